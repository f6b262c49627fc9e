"""Running what is not ours: the user's handlers and tools, on threads of their own."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError, Future, wait
from typing import Any

from ...errors import HandlerTimeoutError
from ..settlement import Settlement

__all__ = ["run_handler", "run_in_background", "wait_settled"]


def run_handler(
    handler: Callable[[Any], Any],
    argument: Any,
    *,
    seconds: float | None,
    settled: Settlement | None,
) -> Any:
    """Return what `handler` returns; raises what it raises, or HandlerTimeoutError.

    An async handler runs on a loop of its own. A thread cannot be stopped: a handler that takes
    longer, or whose question is settled meanwhile, goes on, and nobody listens to it. Who answered
    its question itself has all the time it wants.
    """
    if seconds is None:
        return _resolved(handler(argument))
    outcome: Future[Any] = Future()
    run_in_background(functools.partial(_fulfil, outcome, handler, argument))
    is_done = bool(wait([outcome], seconds).done)
    if not is_done and not (settled is not None and settled.is_own):
        raise HandlerTimeoutError(seconds=seconds)
    return outcome.result()


def wait_settled(settled: Settlement, seconds: float) -> bool:
    """Wait until a question is settled, at most `seconds`; tells whether it is."""
    return settled.wait(seconds)


def _resolved(result: Any) -> Any:
    """Run what an async tool or handler returned on a loop of its own, for this thread has none."""
    if not inspect.isawaitable(result):
        return result
    import asyncio

    try:
        return asyncio.run(_awaited(result))
    except asyncio.CancelledError as error:
        raise CancelledError("the handler was cancelled from within") from error


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result


def _fulfil(outcome: Future[Any], handler: Callable[[Any], Any], argument: Any) -> None:
    try:
        outcome.set_result(_resolved(handler(argument)))
    except BaseException as error:
        outcome.set_exception(error)


def run_in_background(work: Callable[[], Any]) -> None:
    """Run `work` on a thread of its own, which does not keep the program alive."""
    threading.Thread(target=work, name="codex-answer", daemon=True).start()
