"""When to try again, and how long to wait before: pure delays, and two thin callers of them."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from .errors import JsonRpcError, OverloadedError, RetryLimitExceededError
from .failures import is_overload

__all__ = ["async_retry_on_overload", "backoff", "is_retryable_error", "retry_on_overload"]

T = TypeVar("T")

SERVER_BUSY = -32001
"""The error code of a runtime that refused a request before it did anything."""


def backoff(
    *, attempts: int, initial: float = 0.25, maximum: float = 2.0, jitter: float = 0.2
) -> Iterator[float]:
    """Yield `attempts` delays in seconds: doubling up to `maximum`, each off by up to `jitter`."""
    delay = initial
    for _ in range(attempts):
        yield max(0.0, delay * (1 + random.uniform(-jitter, jitter)))
        delay = min(delay * 2, maximum)


def is_retryable_error(exc: BaseException) -> bool:
    """Tell whether `exc` is transient overload, so that the same call may work a little later."""
    if isinstance(exc, RetryLimitExceededError):
        return False
    if isinstance(exc, JsonRpcError):
        return exc.code == SERVER_BUSY or is_overload(exc.data)
    return isinstance(exc, OverloadedError)


def retry_on_overload(
    op: Callable[[], T],
    *,
    max_attempts: int = 3,
    initial_delay_s: float = 0.25,
    max_delay_s: float = 2.0,
    jitter_ratio: float = 0.2,
) -> T:
    """Call `op` until it is not refused for overload, `max_attempts` times at most.

    Delays are in seconds. Raises RetryLimitExceededError when the last attempt was refused by the
    runtime, the turn's OverloadedError when it was refused by the service, and at once whatever
    else `op` raises.
    """
    for delay in _delays(max_attempts, initial_delay_s, max_delay_s, jitter_ratio):
        try:
            return op()
        except Exception as error:
            _raise_unless_worth_another(error, delay)
        time.sleep(delay or 0.0)
    raise AssertionError("unreachable: the last delay raises")  # pragma: no cover


async def async_retry_on_overload(
    op: Callable[[], Awaitable[T]],
    *,
    max_attempts: int = 3,
    initial_delay_s: float = 0.25,
    max_delay_s: float = 2.0,
    jitter_ratio: float = 0.2,
) -> T:
    """Await `op()` until it is not refused for overload; see `retry_on_overload`."""
    import asyncio

    for delay in _delays(max_attempts, initial_delay_s, max_delay_s, jitter_ratio):
        try:
            return await op()
        except Exception as error:
            _raise_unless_worth_another(error, delay)
        await asyncio.sleep(delay or 0.0)
    raise AssertionError("unreachable: the last delay raises")  # pragma: no cover


def _delays(attempts: int, initial: float, maximum: float, jitter: float) -> Iterator[float | None]:
    """Yield one delay per attempt, None for the last: there is nothing to wait for after it."""
    if attempts < 1:
        raise ValueError("max_attempts must be at least 1")
    yield from backoff(attempts=attempts - 1, initial=initial, maximum=maximum, jitter=jitter)
    yield None


def _raise_unless_worth_another(error: Exception, delay: float | None) -> None:
    if not is_retryable_error(error):
        raise error
    if delay is None and isinstance(error, JsonRpcError):
        raise RetryLimitExceededError(error.code, error.message, error.data) from error
    if delay is None:
        raise error
