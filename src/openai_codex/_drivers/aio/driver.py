"""The driver for tasks, on the loop that started it: callbacks there, no thread, no executor."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable

from ..._core.messages import QuestionId
from ..._core.session import Session
from ...errors import ClientClosedError, WrongLoopError
from ..driver import BaseDriver, beside
from ..thread_pump import ThreadPump
from ..transport import POLLS_PIPES, Dialled, Transport
from .loops import call_on, running_loop
from .off_loop import off_loop
from .pump import LoopPump
from .waiting import Latch

__all__ = ["Driver"]

_LOOK = 0.05
"""Seconds between two looks at whether a loop still runs."""


class Driver(BaseDriver):
    """One session over one transport, for tasks of one loop."""

    def __init__(
        self, session: Session, transport: Transport, *, polls_pipes: bool = POLLS_PIPES
    ) -> None:
        super().__init__(session, transport, polls_pipes=polls_pipes)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._exited = Latch()
        self._close_lock = asyncio.Lock()  # a second task that closes waits for the first

    async def start(self) -> None:
        """Reach the runtime and begin to read; raises StartupError."""
        loop = asyncio.get_running_loop()
        transport = self.transport
        if isinstance(transport, Dialled):
            await off_loop(transport.dial, lambda _: transport.hang_up())
        if self._polls_pipes:
            self.transport.start(self, LoopPump(loop))
        else:
            # Where pipes cannot be polled, threads read them; the session is still touched on the
            # loop alone.
            self.transport.start(_FromThreads(self, loop), ThreadPump())
        self._loop = loop  # last: a driver whose start failed has no loop to end on

    def answer(self, question_id: QuestionId, line: bytes, *, epoch: int | None = None) -> bool:
        """Send an answer, from any thread; returns whether it was wanted, if that is known."""
        # A handler on a thread may answer by itself, and the loop's descriptors are not its own.
        return self._at_home(lambda: BaseDriver.answer(self, question_id, line, epoch=epoch))

    def later(self, work: Callable[[], object]) -> None:
        """Do `work` soon, on the loop; may be called from anywhere, at any time."""
        if self._loop is not None:
            call_on(self._loop, work)

    async def close(self, seconds: float) -> None:
        """End the connection within about `seconds`. Idempotent; never raises.

        On another loop than its own it returns at once, and a thread does the rest.
        """
        if self._is_forked():
            return
        end = functools.partial(self._end, ClientClosedError("this client is closed"))
        if self._loop is None or running_loop() is not self._loop:
            # Neither its descriptors nor its waiting tasks may be touched from here.
            self._on_loop(end)
            self._abandon(seconds)
            return
        async with self._close_lock:
            if self._closed:
                return
            end()
            self.transport.close_input()
            await self._climb_here(seconds)
            self.transport.stop()
            self._closed = True

    def on_exit(self) -> None:
        """Wake the task that closes."""
        self._exited.set()

    # --- without a loop to await on: it may be closed, or not ours -------------------------------

    def _abandon(self, seconds: float) -> None:
        if self._loop is None or self._closed or self._is_forked():
            return
        self._closed = True
        self._on_loop(self.transport.close_input)
        finish = functools.partial(self._finish, seconds)
        if running_loop() is None and not self._loop_runs():
            finish()
        else:  # a loop must not be blocked, nor a thread that may be blocking ours
            beside(finish)

    def _finish(self, seconds: float) -> None:
        self._climb(seconds)
        stopped = threading.Event()

        def stop_there() -> None:
            self.transport.stop()
            stopped.set()

        # The loop watches the descriptors: to close them under it would have it watch others'
        # files.
        self._on_loop(stop_there)
        # A loop that ends drops what it was asked to do, without a word: so look now and then.
        while self._loop_runs() and not stopped.wait(_LOOK):
            pass
        if not stopped.is_set():
            self.transport.stop()

    async def _climb_here(self, seconds: float) -> None:
        for patience in self.transport.end(seconds):
            if await self._exited.wait(patience):
                return

    # --- which loop ------------------------------------------------------------------------------

    def _at_home(self, work: Callable[[], bool]) -> bool:
        loop = self._loop
        if loop is None:
            return False
        return work() if running_loop() is loop else call_on(loop, work)

    def _on_loop(self, work: Callable[[], None]) -> None:
        """Do `work` where the pump and the waiters live, or here when that place is no more."""
        loop = self._loop
        # A loop that stands still calls nothing back; what it guards is in nobody's way then.
        if loop is None or not loop.is_running() or running_loop() is loop:
            work()
        else:
            call_on(loop, work)

    def _loop_runs(self) -> bool:
        return self._loop is not None and self._loop.is_running()

    def _check_owner(self) -> None:
        super()._check_owner()
        if self._loop is not None and running_loop() is not self._loop:
            raise WrongLoopError(
                "this AsyncCodex runs on another event loop: use it only on the loop "
                "that entered it, and make a client per loop"
            )


class _FromThreads:
    """The sink of a pump that has threads: carries everything over to the loop."""

    def __init__(self, driver: Driver, loop: asyncio.AbstractEventLoop) -> None:
        self._driver = driver
        self._loop = loop

    def on_data(self, data: bytes) -> None:
        call_on(self._loop, functools.partial(self._driver.on_data, data))

    def on_end(self, reason: str) -> None:
        call_on(self._loop, functools.partial(self._driver.on_end, reason))

    def on_exit(self) -> None:
        call_on(self._loop, self._driver.on_exit)
