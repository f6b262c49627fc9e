"""Work that blocks, beside the loop: on a thread of its own, never the default executor's."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from ..new_thread import start_thread
from .loops import call_on

__all__ = ["off_loop"]

T = TypeVar("T")


async def off_loop(work: Callable[[], T], undo: Callable[[T], object] | None = None) -> T:
    """Return what `work` returns; raises what it raises.

    A caller that is cancelled does not wait: `undo` is called with the result once it is there.
    """
    loop = asyncio.get_running_loop()
    job = _Job(loop, work, undo)
    thread = start_thread(job.run, name="codex-beside")
    try:
        await job.done
    except BaseException:
        job.give_up()
        raise
    thread.join()  # it has done its work: the last step of it ends the thread
    if job.error is not None:
        raise job.error
    result: T = job.result
    return result


class _Job:
    """What is done on the thread, and whether somebody still wants it."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Callable[[], Any],
        undo: Callable[[Any], object] | None,
    ) -> None:
        self.done: asyncio.Future[None] = loop.create_future()
        self.error: BaseException | None = None
        self.result: Any = None
        self._loop = loop
        self._work = work
        self._undo = undo
        self._lock = threading.Lock()  # guards which of both ends came first
        self._is_over = False
        self._is_given_up = False

    def run(self) -> None:
        try:
            self.result = self._work()
        except BaseException as error:
            self.error = error
        with self._lock:
            self._is_over = True
            is_unwanted = self._is_given_up
        if is_unwanted:
            self._take_back()
        call_on(self._loop, functools.partial(_finish, self.done))

    def give_up(self) -> None:
        with self._lock:
            self._is_given_up = True
            is_over = self._is_over
        if is_over:
            self._take_back()

    def _take_back(self) -> None:
        if self._undo is not None and self.error is None:
            self._undo(self.result)


def _finish(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)
