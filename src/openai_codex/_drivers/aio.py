"""The driver for asyncio: callbacks on the running loop, no thread and no default executor.

Same words as `threads`: Driver, Mailbox, Latch, Lock, CANCELLED, run_handler, run_in_background,
sleep.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import inspect
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError as Cancelled
from typing import Any

from .._core.messages import Params, QuestionId
from .._core.routes import Box
from .._core.session import Session
from .._core.turnbox import hand_over
from ..errors import (
    ClientClosedError,
    HandlerTimeoutError,
    TransportClosedError,
    WrongLoopError,
)
from . import platform as platforms
from .launch import Launch
from .loop_pump import LoopPump
from .process import LADDER, Process
from .settlement import Settlement
from .sink import Pump
from .thread_pump import ThreadPump

__all__ = [
    "CANCELLED",
    "Driver",
    "Latch",
    "Lock",
    "Mailbox",
    "run_handler",
    "run_in_background",
    "sleep",
    "wait_settled",
]

CANCELLED = (asyncio.CancelledError, KeyboardInterrupt, SystemExit)
"""What comes out of a wait that its owner gave up."""

Lock = asyncio.Lock
sleep = asyncio.sleep


class _Waiters:
    """Wake tasks that wait, each with its own time-out, without a task or a shield per wait."""

    def __init__(self) -> None:
        self._waiters: list[asyncio.Future[None]] = []

    def wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            _finish(waiter)

    async def wait(self, seconds: float | None) -> None:
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiters.append(waiter)
        timer = loop.call_later(seconds, _finish, waiter) if seconds is not None else None
        try:
            await waiter
        finally:
            if timer is not None:
                timer.cancel()
            if self._waiters and waiter in self._waiters:
                self._waiters.remove(waiter)


def _finish(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class Latch:
    """A door that opens once."""

    def __init__(self) -> None:
        self._open = False
        self._waiters = _Waiters()

    def set(self) -> None:
        """Open it and wake everyone."""
        self._open = True
        self._waiters.wake()

    def is_set(self) -> bool:
        """Tell whether it is open."""
        return self._open

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is open, at most `seconds`; tells whether it is."""
        if not self._open:
            await self._waiters.wait(seconds)
        return self._open


class Mailbox:
    """A queue that takers wait at."""

    def __init__(self) -> None:
        self.items: deque[Any] = deque()
        self._waiters = _Waiters()
        self._has_waiters = False

    def put(self, item: Any) -> None:
        """Append, and wake whoever waits."""
        self.items.append(item)
        if self._has_waiters:
            self._has_waiters = False
            self._waiters.wake()

    def pop(self) -> Any:
        """Return the oldest item, or None when there is none."""
        return self.items.popleft() if self.items else None

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait until something is there, at most `seconds`; tells whether it is."""
        if not self.items:
            self._has_waiters = True
            await self._waiters.wait(seconds)
        return bool(self.items)


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

    def call(self, method: str, params: Params | None, box: Box, events: Box | None = None) -> int:
        """Send a call; its reply goes to `box`. Raises at once when the runtime is gone."""
        self._check_owner()
        call_id, line = self.session.call(method, params, box, events=events)
        self._send(line)
        return call_id

    def forget(self, call_id: int) -> None:
        """Let go of a call that nobody waits for."""
        self.session.forget(call_id)

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
        if loop is None or loop.is_closed():
            return False
        if _running_loop() is loop:
            return work()
        loop.call_soon_threadsafe(work)
        return True

    def later(self, work: Callable[[], object]) -> None:
        """Do `work` soon, on the loop; may be called from anywhere, at any time."""
        if self._loop is not None:
            _call_on(self._loop, work)

    def locked(self, change: Callable[[Session], Any]) -> Any:
        """Let `change` work on the session, as the threaded driver does under its lock."""
        self._check_owner()
        return change(self.session)

    async def close(self, seconds: float) -> None:
        """Climb the shutdown ladder within about `seconds`. Idempotent; never raises.

        On another loop than its own it returns at once, and a thread climbs.
        """
        if self._is_forked():
            return
        end = functools.partial(self._end, ClientClosedError("this client is closed"))
        process, pump = self.process, self._pump
        if process is None or pump is None or _running_loop() is not self._loop:
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
        if _running_loop() is None:
            finish()
        else:  # a loop must not be blocked
            threading.Thread(target=finish, name="codex-close", daemon=True).start()

    def _finish(self, process: Process, pump: Pump | None, seconds: float) -> None:
        process.end_now(seconds)
        self._on_loop(process.close_pipes if pump is None else pump.stop)

    async def _climb(self, process: Process, seconds: float) -> None:
        for rung in LADDER:
            rung.act(process)
            if await self._exited.wait(seconds * rung.share):
                return

    def _on_loop(self, work: Callable[[], None]) -> None:
        """Do `work` where the pump and the waiters live, or here when that place is no more."""
        loop = self._loop
        if loop is None or not loop.is_running() or _running_loop() is loop:
            work()
        else:
            _call_on(loop, work)

    def _is_forked(self) -> bool:
        return self.process is not None and self.process.owner_pid != os.getpid()

    def _end(self, cause: TransportClosedError) -> None:
        hand_over(self.session.close(cause))

    def _send(self, line: bytes) -> bool:
        if not line or self._pump is None:
            return False
        if self.tap is not None:
            self.tap(">", line)
        self._pump.send(line)
        return True

    def _check_owner(self) -> None:
        if self.process is None:
            return
        self.process.check_owner()
        if _running_loop() is not self._loop:
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
        _call_on(self._loop, functools.partial(self._driver.on_data, data))

    def on_end(self, reason: str) -> None:
        _call_on(self._loop, functools.partial(self._driver.on_end, reason))

    def on_exit(self) -> None:
        _call_on(self._loop, self._driver.on_exit)


def _call_on(loop: asyncio.AbstractEventLoop, work: Callable[[], object]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits there any more
        loop.call_soon_threadsafe(work)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


async def run_handler(
    handler: Callable[[Any], Any],
    argument: Any,
    *,
    seconds: float | None,
    settled: Settlement | None,
) -> Any:
    """Return what `handler` returns; raises what it raises, or HandlerTimeoutError.

    An async handler runs as a task, which is cancelled when its time is over or its question is
    settled by others (None is returned then). A plain one runs on a thread of its own, never the
    default executor's, so that it may block as long as it likes.
    """
    loop = asyncio.get_running_loop()
    task = loop.create_task(_handled(handler, argument))
    if settled is not None:
        settled.listen(functools.partial(_cancel_on, loop, task, settled))
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()  # of no effect when it is done
    if not done:
        raise HandlerTimeoutError(seconds=seconds or 0.0)
    if task.cancelled():
        if settled:
            return None
        raise Cancelled("the handler was cancelled from within")
    result = task.result()
    if isinstance(result, _Raised):
        raise result.error
    return result


async def wait_settled(settled: Settlement, seconds: float) -> bool:
    """Wait until a question is settled, at most `seconds`; tells whether it is."""
    waiter = asyncio.ensure_future(_settling(settled))
    done, _ = await asyncio.wait({waiter}, timeout=seconds)
    waiter.cancel()
    return bool(done)


async def _settling(settled: Settlement) -> None:
    await settled


class _Raised:
    """What a handler raised, as a value: a task that raises SystemExit would end the loop."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def _cancel_on(
    loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any], settled: Settlement
) -> None:
    if settled.is_foreign:  # a handler that answered by itself may have more to do
        _call_on(loop, task.cancel)


async def _handled(handler: Callable[[Any], Any], argument: Any) -> Any:
    try:
        if inspect.iscoroutinefunction(handler):
            return await handler(argument)
        result = await _on_a_thread(functools.partial(handler, argument))
        if isinstance(result, _Raised):
            return result
        return await result if inspect.isawaitable(result) else result
    except (Exception, SystemExit) as error:
        return _Raised(error)


def _on_a_thread(work: Callable[[], Any]) -> asyncio.Future[Any]:
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Any] = loop.create_future()
    context = contextvars.copy_context()

    def run() -> None:
        try:
            result = context.run(work)
        except BaseException as error:
            result = _Raised(error)  # a future would not take StopIteration
        _call_on(loop, functools.partial(_finish_with, outcome, result))

    threading.Thread(target=run, name="codex-answer", daemon=True).start()
    return outcome


def _finish_with(outcome: asyncio.Future[Any], result: Any) -> None:
    if not outcome.done():
        outcome.set_result(result)


_background: set[asyncio.Task[Any]] = set()


def run_in_background(work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    """Run `work` as a task, which is kept until it is done."""
    task = asyncio.get_running_loop().create_task(work())
    _background.add(task)
    task.add_done_callback(_background.discard)
