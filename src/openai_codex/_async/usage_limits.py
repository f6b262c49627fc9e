"""Waiting for a usage limit of the account to reset: the whole client pauses, once for all turns.

The turn that met the limit goes on with an empty input: the runtime has its message already, so
nothing is said twice. A service that still refuses after the time that it told is asked again less
and less often, for the time is often told to the minute only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .._checks import check_callable, check_choice, checked_seconds
from .._core.careful_log import CarefulLog
from .._core.deadline import NEVER, Deadline
from .._core.messages import Closed
from .._drivers.aio import run_handler
from .._turns.budget import OnUsageLimit
from ..errors import UsageLimitError

if TYPE_CHECKING:
    from datetime import timedelta

    from .connection import AsyncConnection

__all__ = ["AsyncPatience", "AsyncUsageLimits"]

_log = CarefulLog("openai_codex.limits")

# The service's clock and ours may differ a little.
_MARGIN = 1.0

# Seconds before a limit is tried again that should have reset: twice as many each time.
_FIRST, _LONGEST = 1.0, 60.0
_DOUBLINGS = 10  # more than it takes to get there; a number without end does not fit a float


class AsyncUsageLimits:
    """What one client does at a usage limit, and until when it is paused."""

    def __init__(
        self,
        wanted: OnUsageLimit,
        max_wait: float | timedelta | None,
        on_wait: Callable[[UsageLimitError], Any] | None,
    ) -> None:
        _check(wanted)
        check_callable("on_wait", on_wait)
        self.wanted: OnUsageLimit = wanted
        self.max_wait = checked_seconds("max_wait", max_wait)
        self.error: UsageLimitError | None = None
        """The limit that the client was paused for last."""
        self._on_wait = on_wait
        self._until = 0.0  # unix seconds

    def patience(self, wanted: OnUsageLimit | None, deadline: Deadline) -> AsyncPatience:
        """Return the patience of one call, which has until `deadline`."""
        if wanted is not None:
            _check(wanted)
        return AsyncPatience(self, (wanted or self.wanted) == "wait", deadline)

    def left(self) -> float:
        """Return for how many seconds the client is paused."""
        return max(0.0, self._until - time.time())

    async def pause(self, until: float, error: UsageLimitError) -> None:
        """Pause the client; the first of several turns that met one limit says so."""
        before, self.error = self.error, error
        self._until = max(self._until, until)
        if before is not None and before.resets_at == error.resets_at:
            return
        seconds = self.left()
        _log.warning("usage limit reached: this client waits %.0f s until it resets", seconds)
        if self._on_wait is not None:
            await run_handler(self._on_wait, error, seconds=None, settled=None)


class AsyncPatience:
    """How long one call waits for usage limits: until its deadline, `max_wait` seconds in all."""

    def __init__(self, limits: AsyncUsageLimits, waits: bool, deadline: Deadline) -> None:
        self._limits = limits
        self._waits = waits
        self._deadline = deadline
        self._since: float | None = None  # unix seconds
        self._tries = 0

    async def gate(self, connection: AsyncConnection) -> None:
        """Wait while the client is paused, if the caller wants to wait at all.

        A connection that comes back is waited for, and the pause goes on. Raises
        TransportClosedError when it stays away, UsageLimitError where the pause outlasts the call.
        """
        while self._waits and (left := self._limits.left()) > 0:
            if self._deadline.ends_before(left) and self._limits.error is not None:
                raise _again(self._limits.error)
            await connection.pause(left)
            cause = connection.driver.session.cause
            if cause is not None and not await connection.is_back(NEVER):
                raise Closed(connection.driver.session.cause or cause).fresh_cause()

    async def outlast(self, connection: AsyncConnection, error: UsageLimitError) -> bool:
        """Pause until the limit resets; False where that is unknown, too late or unwanted."""
        if not self._waits or error.resets_at is None:
            return False
        now = time.time()
        at_least = min(_FIRST * 2 ** min(self._tries, _DOUBLINGS), _LONGEST)
        until = max(error.resets_at + _MARGIN, now + at_least)
        if self._is_too_late(now, until):
            return False
        self._tries += 1
        await self._limits.pause(until, error)
        await self.gate(connection)
        return True

    def _is_too_late(self, now: float, until: float) -> bool:
        if self._since is None:
            self._since = now
        longest = self._limits.max_wait
        is_long = longest is not None and until - self._since > longest + _MARGIN
        return is_long or self._deadline.ends_before(until - now)


def _again(error: UsageLimitError) -> UsageLimitError:
    """Return the error of a limit for one more caller: each gets an exception of its own."""
    fresh = UsageLimitError(error.args[0], result=error.result)
    fresh.resets_at = error.resets_at
    return fresh


def _check(wanted: object) -> None:
    check_choice("on_usage_limit", wanted, ("raise", "wait"))
