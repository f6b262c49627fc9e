"""A start that fails, or that Ctrl-C breaks off, leaves no descriptor, no thread and no process."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import openai_codex
from openai_codex._drivers import aio, threads
from openai_codex._drivers.process.platform import Platform
from openai_codex._drivers.process.transport import ProcessTransport
from openai_codex.errors import StartupError
from tests.ctrl_c import CtrlC
from tests.drivers import children
from tests.drivers.children import on_every_platform
from tests.faults.leftovers import Belongings

PACKAGE = str(Path(openai_codex.__file__).parent)


class Owner:
    """Stands for the connection that owns a driver."""


Around = contextlib.AbstractContextManager[Any]
NOTHING: Around = contextlib.nullcontext()


def start_and_close_sync(platform: Callable[[], Platform], around: Around = NOTHING) -> None:
    transport, owner = ProcessTransport(children.CAT, platform=platform()), Owner()
    polls_pipes = children.polls_pipes(platform)
    driver = threads.Driver(children.session(threads.Mailbox()), transport, polls_pipes=polls_pipes)
    driver.abandon_with(owner, 5.0)
    try:
        with around:
            driver.start()
    finally:
        driver.close(5.0)


def start_and_close_async(platform: Callable[[], Platform], around: Around = NOTHING) -> None:
    async def work() -> None:
        transport, owner = ProcessTransport(children.CAT, platform=platform()), Owner()
        polls_pipes = children.polls_pipes(platform)
        driver = aio.Driver(children.session(aio.Mailbox()), transport, polls_pipes=polls_pipes)
        driver.abandon_with(owner, 5.0)
        try:
            with around:
                await driver.start()
        finally:
            await driver.close(5.0)

    asyncio.run(work())


@contextlib.contextmanager
def few_descriptors(spare: int) -> Iterator[None]:
    """Let this process open so many more descriptors, about."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    in_use = max(int(fd.name) for fd in Path("/proc/self/fd").iterdir())
    # The numbers that are free below the highest one count as well: who ran the tests chose that.
    filling = [os.open(os.devnull, os.O_RDONLY)]
    while filling[-1] < in_use:
        filling.append(os.dup(filling[0]))
    resource.setrlimit(resource.RLIMIT_NOFILE, (in_use + spare, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in filling:
            os.close(descriptor)


every_api = pytest.mark.parametrize(
    "start_and_close", [start_and_close_sync, start_and_close_async], ids=["sync", "async"]
)


@every_api
@on_every_platform
def test_a_start_without_descriptors_is_a_startup_error_and_leaves_nothing(
    start_and_close: Callable[..., None], platform: Callable[[], Platform]
) -> None:
    start_and_close(platform)
    before = Belongings.now()
    started = 0
    for spare in range(16):
        with contextlib.suppress(StartupError):
            start_and_close(platform, few_descriptors(spare))
            started += 1
    assert 0 < started < 12
    before.assert_nothing_came()


@on_every_platform
@pytest.mark.parametrize("missing", range(4))
def test_a_start_without_threads_is_a_startup_error_and_leaves_nothing(
    platform: Callable[[], Platform], missing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, started, start = Belongings.now(), [0], threading.Thread.start

    def some_threads(thread: threading.Thread) -> None:
        is_ours = threading.current_thread() is threading.main_thread()  # not of an earlier test
        if is_ours and thread.name.startswith("codex-") and thread.name != "codex-uninterrupted":
            started[0] += 1
            if started[0] > missing:
                raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", some_threads)
    if missing == 0 or platform is children.ThreadsOnly:
        with pytest.raises(StartupError, match="can't start new thread") as caught:
            start_and_close_sync(platform)
        assert isinstance(caught.value.__cause__, RuntimeError)
    else:
        start_and_close_sync(platform)
    before.assert_nothing_came()


def test_ctrl_c_anywhere_in_a_start_leaves_nothing() -> None:
    start_and_close_sync(children.Posix)
    before, place, came = Belongings.now(), 0, True
    while came:
        place += 1
        ctrl_c = CtrlC(place, below=f"{PACKAGE}/_drivers")
        with contextlib.suppress(KeyboardInterrupt):
            start_and_close_sync(children.Posix, ctrl_c)
        came = ctrl_c.came
    assert place > 20
    gc.collect()
    before.assert_nothing_came()
