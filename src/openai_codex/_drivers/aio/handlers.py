"""Running what is not ours: the user's handlers and tools, as tasks or on threads of their own."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import inspect
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError as Cancelled
from typing import Any

from ...errors import HandlerTimeoutError
from ..new_thread import start_thread
from ..settlement import Settlement
from .loops import call_on

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
    """Where async handlers run: here that is the client's own loop."""

    def close(self) -> None:
        """Do nothing: the loop is the program's."""


async def run_handler(
    handler: Callable[[Any], Any],
    argument: Any,
    *,
    seconds: float | None,
    settled: Settlement | None,
    loop: HandlerLoop | None = None,
) -> Any:
    """Return what `handler` returns; raises what it raises, or HandlerTimeoutError.

    An async handler runs as a task, which is cancelled when its time is over or its question is
    settled by others (None is returned then). A plain one runs on a thread of its own, never the
    default executor's, so that it may block as long as it likes. A handler that answered its
    question itself has all the time it wants.
    """
    ours = asyncio.get_running_loop()
    task = ours.create_task(_handled(handler, argument))
    if settled is not None:
        settled.listen(functools.partial(_cancel_on, ours, task, settled))
    try:
        # `wait` and not `wait_for`: that would turn a handler that ends as its time does into a
        # time-out.
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done and settled is not None and settled.is_own:
            done, _ = await asyncio.wait({task})
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
    """Wait until a question is settled, at most `seconds`; returns whether it is."""
    waiter = asyncio.ensure_future(_settling(settled))
    done, _ = await asyncio.wait({waiter}, timeout=seconds)
    waiter.cancel()
    return bool(done)


async def wait_told(ask: Callable[[Callable[[], object]], object], seconds: float) -> bool:
    """Wait until what `ask` was given is called, on any thread; returns whether it was in time."""
    loop = asyncio.get_running_loop()
    told: asyncio.Future[Any] = loop.create_future()
    ask(functools.partial(call_on, loop, functools.partial(_finish_with, told, None)))
    done, _ = await asyncio.wait({told}, timeout=seconds)
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
        call_on(loop, task.cancel)


async def _handled(handler: Callable[[Any], Any], argument: Any) -> Any:
    try:
        if inspect.iscoroutinefunction(handler):
            return await handler(argument)
        result = await _on_a_thread(functools.partial(handler, argument))
        if isinstance(result, _Raised):
            return result
        # A lambda or a partial around an async function shows only now what it is.
        return await result if inspect.isawaitable(result) else result
    except (Exception, SystemExit) as error:
        return _Raised(error)


def _on_a_thread(work: Callable[[], Any]) -> asyncio.Future[Any]:
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Any] = loop.create_future()
    # A thread begins with an empty context, and the handler serves a caller that has one.
    context = contextvars.copy_context()

    def run() -> None:
        try:
            result = context.run(work)
        except BaseException as error:
            result = _Raised(error)  # a future would not take StopIteration
        call_on(loop, functools.partial(_finish_with, outcome, result))

    # Not the default executor: a handful of handlers that wait for people would fill it, and the
    # program's own work would queue behind them.
    start_thread(run, name="codex-answer")
    return outcome


def _finish_with(outcome: asyncio.Future[Any], result: Any) -> None:
    # The task that waited for it may have been cancelled, or its time be over.
    if not outcome.done():
        outcome.set_result(result)


# A loop keeps weak references to its tasks: one that nobody keeps may be collected half way.
_background: set[asyncio.Task[Any]] = set()


def run_in_background(
    work: Callable[[], Coroutine[Any, Any, Any]],
    *,
    context: contextvars.Context | None = None,
    must_finish: bool = False,
) -> None:
    """Run `work` as a task, in `context` if given; it is kept until it is done.

    `must_finish` is for threads: a loop that ends cancels every task, and waits for it to end.
    """
    create = asyncio.get_running_loop().create_task
    task = create(work()) if context is None else context.run(create, work())
    _background.add(task)
    task.add_done_callback(_background.discard)


async def to_the_end(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Await `work()`, which goes on to its end though its caller is cancelled."""
    if asyncio._get_running_loop() is None:  # its loop is closed, and it is driven by hand
        await work()
        return
    task = asyncio.get_running_loop().create_task(work())
    _background.add(task)
    task.add_done_callback(_background.discard)
    # A cancelled `close` goes on beside its caller: half closed it would leave the process.
    await asyncio.shield(task)


# --- on_event of a turn that runs ------------------------------------------------------------


def check_on_event(on_event: Callable[[Any], Any] | None) -> None:
    """Raise TypeError for what cannot be called."""
    if on_event is not None and not callable(on_event):
        raise TypeError(f"on_event must be a function, got {type(on_event).__name__}")


async def call_on_event(on_event: Callable[[Any], Any], event: object) -> None:
    """Call it, and await what it returns if it can be awaited."""
    outcome = on_event(event)
    if inspect.isawaitable(outcome):
        await outcome
