"""Running what is not ours: the user's handlers and tools, on threads of their own."""

from __future__ import annotations

import contextlib
import functools
import inspect
import threading
import weakref
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError, Future, wait
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

from ...errors import CodexError, HandlerTimeoutError
from ..driver import beside
from ..new_thread import start_thread
from ..settlement import Settlement
from .waiting import Latch

if TYPE_CHECKING:
    import asyncio

__all__ = [
    "HandlerLoop",
    "call_on_event",
    "check_on_event",
    "run_handler",
    "run_in_background",
    "to_the_end",
    "wait_settled",
    "wait_told",
]


class HandlerLoop:
    """One event loop for all async tools and handlers of a client, on a thread of its own.

    What they open on it - a connection pool, a lock - lives from the first of them to `close`. It
    starts when it is first needed. A handler that blocks it keeps all others waiting: to call the
    client, a plain function is the better one.
    """

    def __init__(self) -> None:
        self._starting = threading.RLock()  # guards the loop's making and end
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def run(self, awaitable: Awaitable[Any]) -> Any:
        """Await it on the loop, in this thread's context; return or raise what comes of it."""
        import asyncio

        try:
            loop = self._running()
        except CodexError:
            if inspect.iscoroutine(awaitable):
                awaitable.close()  # nobody awaits it any more, of which Python would complain
            raise
        if loop is None:  # the client was closed meanwhile
            return asyncio.run(_awaited(awaitable))
        # A coroutine around it, because handlers return futures and other awaitables as well.
        return asyncio.run_coroutine_threadsafe(_awaited(awaitable), loop).result()

    def close(self) -> None:
        """Cancel what runs on the loop and end it. Idempotent."""
        with self._starting:
            self._is_closed = True
            # Taken off under the lock, so that no handler starts on a loop that is told to stop.
            loop, self._loop = self._loop, None
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)
        if self._thread is not None and self._thread is not threading.current_thread():
            # Bounded: a handler that blocks the loop must not hold up `close`.
            self._thread.join(_FAREWELL)

    def _running(self) -> asyncio.AbstractEventLoop | None:
        import asyncio

        with self._starting:
            if self._loop is None and not self._is_closed:
                loop = self._loop = asyncio.new_event_loop()
                try:
                    self._thread = start_thread(functools.partial(_serve, loop), name="codex-loop")
                except CodexError:
                    # Kept, it would run nothing, and the next handler would wait for it for ever.
                    self._loop = None
                    loop.close()
                    raise
                weakref.finalize(self, _stop, loop)  # of a client that was never closed
            return self._loop


_FAREWELL = 1.0
"""Seconds that the tasks of a loop which ends are given."""


def _stop(loop: asyncio.AbstractEventLoop) -> None:
    with contextlib.suppress(RuntimeError):  # it is closed
        loop.call_soon_threadsafe(loop.stop)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    import asyncio

    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            loop.run_until_complete(asyncio.wait(tasks, timeout=_FAREWELL))
        # Generators that were left half way hold connections, which their `finally` gives back.
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


def run_handler(
    handler: Callable[[Any], Any],
    argument: Any,
    *,
    seconds: float | None,
    settled: Settlement | None,
    loop: HandlerLoop | None = None,
) -> Any:
    """Return what `handler` returns; raises what it raises, or HandlerTimeoutError.

    An async handler runs on `loop`, or on one of its own. A thread cannot be stopped: a handler
    that takes longer, or whose question is settled meanwhile, goes on, and what it returns is
    dropped. A handler that answered its question itself has all the time it wants.
    """
    if seconds is None:
        return _resolved(handler(argument), loop)
    outcome: Future[Any] = Future()
    # A thread for each and no pool: a handler may wait for a person for hours, and hundreds may.
    work = functools.partial(_fulfil, outcome, handler, argument, loop)
    run_in_background(work, context=copy_context())
    is_done = bool(wait([outcome], seconds).done)
    # It answered and has more to do, as to write a log: its time was for the answer.
    if not is_done and not (settled is not None and settled.is_own):
        raise HandlerTimeoutError(seconds=seconds)
    return outcome.result()


def wait_settled(settled: Settlement, seconds: float) -> bool:
    """Wait until a question is settled, at most `seconds`; returns whether it is."""
    return settled.wait(seconds)


def wait_told(ask: Callable[[Callable[[], object]], object], seconds: float) -> bool:
    """Wait until what `ask` was given is called, on any thread; returns whether it was in time."""
    told = Latch()  # and no event: a signal handler above its lock would have others wait for us
    ask(told.set)
    return told.wait(seconds)


def _resolved(result: Any, loop: HandlerLoop | None) -> Any:
    """Run what an async tool or handler returned on a loop, for this thread has none."""
    if not inspect.isawaitable(result):
        return result
    import asyncio

    try:
        return asyncio.run(_awaited(result)) if loop is None else loop.run(result)
    except (asyncio.CancelledError, CancelledError) as error:
        raise CancelledError("the handler was cancelled from within") from error


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result


def _fulfil(
    outcome: Future[Any],
    handler: Callable[[Any], Any],
    argument: Any,
    loop: HandlerLoop | None,
) -> None:
    try:
        outcome.set_result(_resolved(handler(argument), loop))
    except BaseException as error:
        # Also SystemExit: on this thread it would end nothing, and the caller would wait.
        outcome.set_exception(error)


def run_in_background(
    work: Callable[[], Any], *, context: Context | None = None, must_finish: bool = False
) -> None:
    """Run `work` on a thread of its own, in `context` if given.

    The program does not wait for it when it ends, unless it `must_finish`.
    """
    run = work if context is None else functools.partial(context.run, work)
    if must_finish:
        beside(run)
    else:
        # A daemon: a program that ends must not wait for a person who will never answer.
        start_thread(run, name="codex-answer")


def to_the_end(work: Callable[[], None]) -> None:
    """Do `work`: nothing cancels a thread."""
    work()


# --- on_event of a turn that runs ------------------------------------------------------------

_ASYNC = "on_event of Codex must be a plain function, not an async one: only AsyncCodex awaits it"


def check_on_event(on_event: Callable[[Any], Any] | None) -> None:
    """Raise TypeError for what cannot be called, or is async."""
    if on_event is not None and not callable(on_event):
        raise TypeError(f"on_event must be a function, got {type(on_event).__name__}")
    if _is_async(on_event):
        raise TypeError(_ASYNC)


def call_on_event(on_event: Callable[[Any], Any], event: object) -> None:
    """Call it; raises TypeError where it turns out to be async, as a lambda around such may."""
    outcome = on_event(event)
    if inspect.iscoroutine(outcome):
        outcome.close()  # or Python warns that it was never awaited
        raise TypeError(_ASYNC)


def _is_async(function: object) -> bool:
    while isinstance(function, functools.partial):
        function = function.func
    # An object whose `__call__` is async is async as well, and `inspect` does not say so.
    called = getattr(type(function), "__call__", None)  # noqa: B004  # what a call runs
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(called)
