"""Row 18: an event over a unix socket beside one over stdio; how soon a lost client lives again."""

from __future__ import annotations

import os
import signal
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from row import Figures, Goal, Row, Side, main, plain, ratio
from subject import real_runtime, streamed

DELTAS = 2000
RETURNS = 9


def stdio() -> Figures:
    """Stream turns of a runtime that is a child of this process."""
    from openai_codex import AppServerConfig, Codex

    with real_runtime(DELTAS) as fields, Codex(AppServerConfig(**fields)) as codex:
        return streamed(codex, ephemeral=True)


def unix() -> Figures:
    """Stream the same turns of a runtime that listens on a socket."""
    from openai_codex import AppServerConfig, Codex, RuntimeServer

    with (
        real_runtime(DELTAS) as fields,
        RuntimeServer(AppServerConfig(**fields)) as server,
        Codex(connect=server.connect) as codex,
    ):
        return streamed(codex, ephemeral=True)


def back() -> Figures:
    """Kill a server some times; count from its return to the first answer that a client gets."""
    from openai_codex import AppServerConfig, Codex, RuntimeServer

    with real_runtime() as fields, tempfile.TemporaryDirectory() as folder:
        config = AppServerConfig(**fields)
        address = f"unix://{Path(folder) / 'runtime.sock'}"
        server = RuntimeServer(config, listen=address)
        waits = []
        with Codex(connect=server.connect) as codex:
            codex.thread_start().run("go")
            for _ in range(RETURNS):
                os.kill(server.pid, signal.SIGKILL)
                server.close()
                server = RuntimeServer(config, listen=address)
                is_there = time.monotonic()
                _answer(codex)
                waits.append((time.monotonic() - is_there) * 1e3)
        server.close()
        return {"median": statistics.median(waits), "longest": max(waits)}


def _answer(codex: Any) -> None:
    from openai_codex import ConnectionLostError

    try:
        codex.account()
    except ConnectionLostError:  # it was sent before the loss was seen
        codex.account()


ROW = Row(
    number=18,
    title="a runtime that listens on a unix socket",
    how=f"real runtime; a turn of {DELTAS:,} deltas, payloads decoded, the least of five turns in "
    f"each process; {RETURNS} times SIGKILL of the server and a new one at the same address, "
    "counted from the moment it listens",
    sides={"stdio": Side(stdio), "unix": Side(unix), "back": Side(back)},
    goals=[
        Goal("CPU per event, of stdio", ratio("unix.cpu", "stdio.cpu"), 1.15),
        Goal("live again: the median, ms", plain("back.median"), 50),
    ],
    units={"cpu": "us/event", "events": "", "median": "ms", "longest": "ms"},
    repetitions=7,
)

if __name__ == "__main__":
    main(ROW)
