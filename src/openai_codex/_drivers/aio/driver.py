"""One runtime process for a session, on the loop that started it.

Callbacks on that loop, no thread and no default executor.
"""

from __future__ import annotations

import asyncio
import functools
import os
import threading
import weakref
from collections.abc import Awaitable, Callable
from typing import Any

from ..._core.messages import Params, QuestionId
from ..._core.routes import Box
from ..._core.session import Session
from ..._core.turnbox import hand_over
from ...errors import ClientClosedError, TransportClosedError, WrongLoopError
from .. import platform as platforms
from ..beside import beside
from ..launch import Launch
from ..loop_pump import LoopPump
from ..process import LADDER, Process
from ..sink import Pump
from ..thread_pump import ThreadPump
from .loops import call_on, running_loop
from .waiting import Latch, Mailbox

__all__ = ["Driver"]

_LOOK = 0.05
"""Seconds between two looks at whether a loop still runs."""


class Driver:
    """Run one runtime process for a session, on the loop that started it."""

    def __init__(self, session: Session, *, platform: platforms.Platform | None = None) -> None:
        self.session = session
        self.process: Process | None = None
        self.tap: Callable[[str, bytes], None] | None = None
        self._platform = platform or platforms.current()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pump: Pump | None = None
        self._closed = False
        self._exited = Latch()
        self._close_lock = asyncio.Lock()

    async def start(self, launch: Launch) -> None:
        """Spawn the runtime and begin to read; raises StartupError."""
        self._loop = loop = asyncio.get_running_loop()
        self.process = Process(launch, platform=self._platform)
        if self._platform.polls_pipes:
            self._pump = LoopPump(self.process, self, loop)
        else:
            self._pump = ThreadPump(self.process, _FromThreads(self, loop))
        self._pump.start()

    def call(
        self,
        method: str,
        params: Params | None,
        box: Box,
        events: Box | None = None,
        *,
        will_wait: bool = False,
    ) -> int:
        """Send a call, or have it queue, and return its id; its reply goes to `box`.

        Raises at once when the runtime is gone. `will_wait` makes no difference here.
        """
        self._check_owner()
        call_id, line = self.session.call(method, params, box, events=events)
        self._send(line)
        return call_id

    def wait_for_reply(
        self, call_id: int | None, box: Mailbox, seconds: float | None
    ) -> Awaitable[object]:
        """Wait at `box` for what becomes of a call, at most `seconds`."""
        return box.wait(seconds)

    def forget(self, call_id: int) -> None:
        """Let go of a call that nobody waits for."""
        self.session.forget(call_id)
        self._send_ready()

    def notify(self, method: str, params: Params | None) -> None:
        """Send a notification."""
        self._check_owner()
        self._send(self.session.notify(method, params))

    def answer(self, question_id: QuestionId, result: object) -> bool:
        """Answer a question, from any thread; tells whether it was still open, if that is known."""
        return self._at_home(lambda: self._send(self.session.answer(question_id, result)))

    def refuse(self, question_id: QuestionId, *, code: int, message: str) -> bool:
        """Answer a question with an error, from any thread; see `answer`."""
        return self._at_home(
            lambda: self._send(self.session.refuse(question_id, code=code, message=message))
        )

    def _at_home(self, work: Callable[[], bool]) -> bool:
        loop = self._loop
        if loop is None:
            return False
        return work() if running_loop() is loop else call_on(loop, work)

    def later(self, work: Callable[[], object]) -> None:
        """Do `work` soon, on the loop; may be called from anywhere, at any time."""
        if self._loop is not None:
            call_on(self._loop, work)

    def locked(self, change: Callable[[Session], Any]) -> Any:
        """Let `change` work on the session, as the threaded driver does under its lock."""
        self._check_owner()
        outcome = change(self.session)
        self._send_ready()
        return outcome

    async def close(self, seconds: float) -> None:
        """Climb the shutdown ladder within about `seconds`. Idempotent; never raises.

        On another loop than its own it returns at once, and a thread climbs.
        """
        if self._is_forked():
            return
        end = functools.partial(self._end, ClientClosedError("this client is closed"))
        process, pump = self.process, self._pump
        if process is None or pump is None or running_loop() is not self._loop:
            self._on_loop(end)
            self._abandon(seconds)
            return
        async with self._close_lock:
            if self._closed:
                return
            end()
            pump.close_stdin()
            await self._climb(process, seconds)
            pump.stop()
            self._closed = True

    def abandon_with(self, owner: object, seconds: float) -> None:
        """End the process when `owner` is collected, or at exit, if nobody closed it before."""
        weakref.finalize(owner, self._abandon, seconds)

    # --- the pump's sink -------------------------------------------------------------------------

    def on_data(self, data: bytes) -> None:
        """Take what the runtime wrote."""
        if self.tap is not None:
            self.tap("<", data)
        hand_over(self.session.receive_data(data))
        self._send_ready()

    def on_end(self, reason: str) -> None:
        """Tell everyone that the runtime is gone."""
        process = self.process
        assert process is not None
        self._end(process.closed_error(reason))

    def on_exit(self) -> None:
        """Wake whoever waits for the process to end."""
        self._exited.set()

    # --- small words -----------------------------------------------------------------------------

    def _abandon(self, seconds: float) -> None:
        """Clean up without a loop to await on: it may be closed, or not ours."""
        process, pump = self.process, self._pump
        if process is None or self._closed or self._is_forked():
            return
        self._closed = True
        self._on_loop((pump or process).close_stdin)
        finish = functools.partial(self._finish, process, pump, seconds)
        if running_loop() is None and not self._loop_runs():
            finish()
        else:  # a loop must not be blocked, nor who may be blocking ours
            beside(finish)

    def _finish(self, process: Process, pump: Pump | None, seconds: float) -> None:
        process.end_now(seconds)
        stop = process.close_pipes if pump is None else pump.stop
        stopped = threading.Event()

        def stop_there() -> None:
            stop()
            stopped.set()

        self._on_loop(stop_there)
        # A loop that ends drops what it was asked to do, and tells nobody: so look now and then.
        while self._loop_runs() and not stopped.wait(_LOOK):
            pass
        if not stopped.is_set():
            stop()

    async def _climb(self, process: Process, seconds: float) -> None:
        for rung in LADDER:
            rung.act(process)
            if await self._exited.wait(rung.patience(seconds)):
                return

    def _on_loop(self, work: Callable[[], None]) -> None:
        """Do `work` where the pump and the waiters live, or here when that place is no more."""
        loop = self._loop
        if loop is None or not loop.is_running() or running_loop() is loop:
            work()
        else:
            call_on(loop, work)

    def _loop_runs(self) -> bool:
        return self._loop is not None and self._loop.is_running()

    def _is_forked(self) -> bool:
        return self.process is not None and self.process.owner_pid != os.getpid()

    def _end(self, cause: TransportClosedError) -> None:
        hand_over(self.session.close(cause))
        self.session.forget_everyone()

    def _send(self, line: bytes) -> bool:
        if not line or self._pump is None:
            return False
        if self.tap is not None:
            self.tap(">", line)
        self._pump.send(line)
        return True

    def _send_ready(self) -> None:
        lines = self.session.take_ready()
        if self.tap is None:
            self._send(b"".join(lines))
        else:
            for line in lines:
                self._send(line)

    def _check_owner(self) -> None:
        if self.process is None:
            return
        self.process.check_owner()
        if running_loop() is not self._loop:
            raise WrongLoopError(
                "this AsyncCodex runs on another event loop: use it only on the loop "
                "that entered it, and make a client per loop"
            )


class _FromThreads:
    """Carry what a pump's threads tell over to the loop."""

    def __init__(self, driver: Driver, loop: asyncio.AbstractEventLoop) -> None:
        self._driver = driver
        self._loop = loop

    def on_data(self, data: bytes) -> None:
        call_on(self._loop, functools.partial(self._driver.on_data, data))

    def on_end(self, reason: str) -> None:
        call_on(self._loop, functools.partial(self._driver.on_end, reason))

    def on_exit(self) -> None:
        call_on(self._loop, self._driver.on_exit)
