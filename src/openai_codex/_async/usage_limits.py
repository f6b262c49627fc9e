"""Waiting for a usage limit of the account to reset: the whole client pauses, once for all turns.

The turn that met the limit goes on with an empty input: the runtime has its message already, so
nothing is said twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .._checks import check_callable, check_choice, checked_seconds
from .._core.careful_log import CarefulLog
from .._core.deadline import NEVER
from .._core.messages import Closed
from .._drivers.aio import run_handler
from .._turns.budget import OnUsageLimit
from ..errors import UsageLimitError

if TYPE_CHECKING:
    from datetime import timedelta

    from .connection import AsyncConnection

__all__ = ["AsyncUsageLimits"]

_log = CarefulLog("openai_codex.limits")

# The service's clock and ours may differ a little.
_MARGIN = 1.0


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
        self._max_wait = checked_seconds("max_wait", max_wait)
        self._on_wait = on_wait
        self._until = 0.0  # unix seconds

    async def gate(self, connection: AsyncConnection, wanted: OnUsageLimit | None) -> None:
        """Wait while the client is paused, if the caller wants to wait at all.

        A connection that comes back is waited for, and the pause goes on. Raises
        TransportClosedError when it stays away.
        """
        if wanted is not None:
            _check(wanted)
        while (wanted or self.wanted) == "wait" and (left := self._until - time.time()) > 0:
            await connection.pause(left)
            cause = connection.driver.session.cause
            if cause is not None and not await connection.is_back(NEVER):
                raise Closed(connection.driver.session.cause or cause).fresh_cause()

    async def outlast(
        self,
        connection: AsyncConnection,
        error: UsageLimitError,
        wanted: OnUsageLimit | None,
    ) -> bool:
        """Pause until the limit resets; False where that is unknown, too late or unwanted."""
        if (wanted or self.wanted) != "wait" or error.resets_at is None:
            return False
        until = error.resets_at + _MARGIN
        if self._max_wait is not None and until - time.time() > self._max_wait + _MARGIN:
            return False
        if until > self._until:  # the first of several turns that met it says so
            self._until = until
            seconds = max(0.0, until - time.time())
            _log.warning("usage limit reached: this client waits %.0f s until it resets", seconds)
            if self._on_wait is not None:
                await run_handler(self._on_wait, error, seconds=None, settled=None)
        await self.gate(connection, wanted)
        return True


def _check(wanted: object) -> None:
    check_choice("on_usage_limit", wanted, ("raise", "wait"))
