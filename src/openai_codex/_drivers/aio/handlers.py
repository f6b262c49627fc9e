"""Running what is not ours: the user's handlers and tools, as tasks or on threads of their own."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import inspect
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError as Cancelled
from typing import Any

from ...errors import HandlerTimeoutError
from ..settlement import Settlement
from .loops import call_on

__all__ = ["run_handler", "run_in_background", "wait_settled"]


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
    default executor's, so that it may block as long as it likes. Who answered its question itself
    has all the time it wants.
    """
    loop = asyncio.get_running_loop()
    task = loop.create_task(_handled(handler, argument))
    if settled is not None:
        settled.listen(functools.partial(_cancel_on, loop, task, settled))
    try:
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
        call_on(loop, task.cancel)


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
        call_on(loop, functools.partial(_finish_with, outcome, result))

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
