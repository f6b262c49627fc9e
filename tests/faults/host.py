"""A program that uses a client and then ends in one of many ways: `host.py FACE END SETTINGS`.

It starts a turn that never ends, says which runtime it has, waits for a line on stdin and then ends
as it was told. It must import nothing of the tests.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

from openai_codex import (
    AppServerConfig,
    AsyncCodex,
    Codex,
    CodexError,
    Notification,
    WrongProcessError,
)

Codexes = Codex | AsyncCodex

# Who runs the tests in the background may have told us to ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)


def tell(word: str) -> None:
    """Say a word to the test."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def told() -> None:
    """Wait until the test says to go on."""
    sys.stdin.readline()


def tell_start(event: Notification) -> None:
    """Say when the turn has begun, and we read it."""
    if event.method == "turn/started":
        tell("reading")


def ready(codex: Codexes) -> None:
    """Tell which runtime we have, and wait."""
    assert codex.process is not None
    tell(str(codex.process.pid))
    told()


def _return(codexes: list[Codexes]) -> None:
    """Just end, with a client that nobody closed."""


def _raise(codexes: list[Codexes]) -> None:
    raise ValueError("on purpose")


def _exit(codexes: list[Codexes]) -> None:
    sys.exit(3)


def _collect(codexes: list[Codexes]) -> None:
    """Lose the client, and live on until the test has seen that its runtime ended."""
    codexes.clear()
    gc.collect()
    tell("collected")
    told()


def _collect_elsewhere(codexes: list[Codexes]) -> None:
    """Lose the client on another thread than the one that made it."""
    thread = threading.Thread(target=codexes.clear)
    thread.start()
    thread.join()
    gc.collect()


ENDS: dict[str, Callable[[list[Codexes]], None]] = {
    "return": _return,
    "raise": _raise,
    "exit": _exit,
    "collect": _collect,
    "collect_elsewhere": _collect_elsewhere,
}


def sync_host(config: AppServerConfig, end: str) -> None:
    """Run a blocking program."""
    codexes: list[Codexes] = [Codex(config)]
    codex = codexes[0]
    assert isinstance(codex, Codex)
    if end == "close":
        with codex:
            codex.thread_start().turn("hi")
            ready(codex)
        return
    thread = codex.thread_start()
    if end == "run":
        assert codex.process is not None
        tell(str(codex.process.pid))
        thread.run("hi", on_event=tell_start)
    turn = thread.turn("hi")
    ready(codex)
    if end == "fork":
        fork(codex)
    del codex, thread, turn
    ENDS.get(end, _return)(codexes)


def fork(codex: Codex) -> None:
    """Use the client in a forked child, which must be refused, and then here, where it works."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # to fork beside threads; on purpose
        child = os.fork()
    if child == 0:
        tell(_use_in_child(codex))
        sys.exit(0)
    _, status = os.waitpid(child, 0)
    tell(f"child ended with {status}")
    tell("parent works" if codex.models().data else "parent is broken")
    codex.close()


def _use_in_child(codex: Codex) -> str:
    try:
        codex.models()
    except WrongProcessError:
        codex.close()
        return "child refused"
    except CodexError as error:
        return f"child got {error!r}"
    return "child was served"


async def async_host(config: AppServerConfig, end: str) -> None:
    """Run a program on an event loop."""
    asyncio.get_running_loop().slow_callback_duration = 60.0  # we block it on purpose
    codex = AsyncCodex(config)
    await codex.__aenter__()
    if end == "close":
        async with codex:
            await (await codex.thread_start()).turn("hi")
            ready(codex)
        return
    thread = await codex.thread_start()
    if end == "run":
        assert codex.process is not None
        tell(str(codex.process.pid))
        await thread.run("hi", on_event=tell_start)
    turn = await thread.turn("hi")
    codexes: list[Codexes] = [codex]
    ready(codex)
    del codex, thread, turn
    ENDS.get(end, _return)(codexes)


def main() -> None:
    """Do as the command line says."""
    face, end, settings = sys.argv[1:]
    values: dict[str, Any] = json.loads(settings)
    config = AppServerConfig(**values)
    try:
        if face == "sync":
            sync_host(config, end)
        else:
            asyncio.run(async_host(config, end))
    except KeyboardInterrupt:
        tell("interrupted")
        sys.exit(130)


if __name__ == "__main__":
    main()
