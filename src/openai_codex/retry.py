"""When to try again, and how long to wait before: pure delays, and two thin callers of them."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ._checks import LONGEST, check_count, check_least, checked_bound
from .errors import JsonRpcError, RetryLimitExceededError, is_retryable_error

if TYPE_CHECKING:
    from datetime import timedelta

__all__ = [
    "Restart",
    "async_retry_on_overload",
    "backoff",
    "is_retryable_error",
    "retry_on_overload",
]

T = TypeVar("T")


@dataclass(frozen=True)
class Restart:
    """How often a runtime that died is started again: `Codex(restart=Restart())`.

    limit   how many times within the span; one more is a crash loop, and the client's end
    within  the span in seconds

    The first restart comes at once, each further one in the span after a wait that doubles, up to
    five seconds. Raises TypeError or ValueError for a bound that could never hold.
    """

    limit: int = 5
    within: float | timedelta = 60.0

    def __post_init__(self) -> None:
        check_count("limit", self.limit, least=1)
        object.__setattr__(self, "within", checked_bound("within", self.within))


def backoff(
    *, attempts: int, initial: float = 0.25, maximum: float = 2.0, jitter: float = 0.2
) -> Iterator[float]:
    """Yield `attempts` delays in seconds: doubling up to `maximum`, each off by up to `jitter`."""
    check_count("attempts", attempts)
    delay = checked_bound("initial", initial)
    most = checked_bound("maximum", maximum)
    check_least(0, jitter=jitter)
    return _doubling(attempts, delay, most, min(jitter, LONGEST))


def _doubling(attempts: int, delay: float, most: float, jitter: float) -> Iterator[float]:
    for _ in range(attempts):
        yield min(max(0.0, delay * random.uniform(1 - jitter, 1 + jitter)), LONGEST)
        delay = min(delay * 2, most)


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
    delays = _delays(max_attempts, initial_delay_s, max_delay_s, jitter_ratio)
    while True:
        try:
            return op()
        except Exception as error:
            delay = _delay_after(error, delays)
        time.sleep(delay)


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

    delays = _delays(max_attempts, initial_delay_s, max_delay_s, jitter_ratio)
    while True:
        try:
            return await op()
        except Exception as error:
            delay = _delay_after(error, delays)
        await asyncio.sleep(delay)


def _delays(attempts: int, initial: float, maximum: float, jitter: float) -> Iterator[float]:
    """Return one delay per attempt but the last: there is nothing to wait for after that."""
    check_count("max_attempts", attempts, least=1)
    check_least(0, jitter_ratio=jitter)
    first = checked_bound("initial_delay_s", initial)
    most = checked_bound("max_delay_s", maximum)
    return backoff(attempts=attempts - 1, initial=first, maximum=most, jitter=jitter)


def _delay_after(error: Exception, delays: Iterator[float]) -> float:
    """Return how long to wait for another attempt; raises where there is none."""
    if not is_retryable_error(error):
        raise error
    for delay in delays:
        return delay
    if isinstance(error, JsonRpcError):
        raise RetryLimitExceededError(error.code, error.message, error.data) from error
    raise error
