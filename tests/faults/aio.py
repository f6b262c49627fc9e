"""What tests written once need of asyncio: something under way beside the test. See `threads`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Generic, ParamSpec, TypeVar

import pytest

from openai_codex import AppServerConfig, AsyncCodex, AsyncThread, AsyncTurnHandle
from openai_codex.testing.fake import FakeAppServer, Record
from tests.faults.leftovers import busy

__all__ = [
    "BOUND",
    "Running",
    "assert_idle",
    "connect",
    "each",
    "give_up",
    "nap",
    "read",
    "saw",
    "start",
    "until",
]

BOUND = 30.0
"""Seconds after which a broken test gives up; no good test waits so long."""

P = ParamSpec("P")
T = TypeVar("T")


class Running(Generic[T]):
    """Hold a call that is under way."""

    def __init__(self, call: Callable[[], Awaitable[T]]) -> None:
        self.ended_at = 0.0
        self._call = call
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> T:
        try:
            return await self._call()
        finally:
            self.ended_at = time.monotonic()

    async def result(self) -> T:
        """Wait for its result, or raise what it raised."""
        return await asyncio.wait_for(self._task, BOUND)

    async def error(self) -> BaseException:
        """Wait for what it raises."""
        try:
            value = await self.result()
        except Exception as error:
            return error
        raise AssertionError(f"it returned {value!r}")


def start(work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> Running[T]:
    """Begin a call beside the test."""
    return Running(lambda: work(*args, **kwargs))


async def each(running: list[Running[Any]], *, within: float = BOUND) -> list[Any]:
    """Wait for all; return results and errors."""
    tasks = [one._task for one in running]
    return await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), within)


async def saw(
    server: FakeAppServer,
    name: str | None = None,
    *,
    kind: Any = "received",
    count: int = 1,
    spawn: int | None = None,
) -> Record:
    """Wait until the server has recorded this."""
    return await server.wait_for_async(name, kind=kind, count=count, spawn=spawn, timeout=BOUND)


async def connect(config: AppServerConfig) -> AsyncCodex:
    """Start a client, whose owner closes it."""
    codex = AsyncCodex(config)
    await codex.__aenter__()
    return codex


async def read(turn: AsyncTurnHandle, seen: list[str]) -> None:
    """Read a turn's stream to its end; note the methods of its events."""
    async for note in turn.stream():
        seen.append(note.method)  # noqa: PERF401  # what came before an error counts


async def nap(seconds: float) -> None:
    """Let time pass, for scripts of random moments."""
    await asyncio.sleep(seconds)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until this is so, of what nothing tells."""
    end = time.monotonic() + BOUND
    while not condition():
        assert time.monotonic() < end, "it never came to be so"
        await nap(0.005)


async def give_up(thread: AsyncThread, text: str, *, after: float) -> None:
    """Begin to run a turn, and leave it behind as one does here: cancel the task."""
    task = asyncio.create_task(thread.run(text))
    await nap(after)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def assert_idle(codex: AsyncCodex) -> None:
    """Check that no call waits, no turn is listened to and every place at the gates is free.

    What happens in the background, such as the interrupt of a turn that nobody watches, may end
    a moment later.
    """
    assert codex._rpc is not None
    session, end = codex._rpc.driver.session, time.monotonic() + BOUND
    while (busy(session) or _is_stopping_a_turn(codex)) and time.monotonic() < end:
        await nap(0.002)
    assert busy(session) == []


def _is_stopping_a_turn(codex: AsyncCodex) -> bool:
    """Tell whether a turn that nobody watches is being interrupted, though no call shows it yet."""
    return codex._rpc is not None and not all(done.is_set() for done in codex._rpc._left)
