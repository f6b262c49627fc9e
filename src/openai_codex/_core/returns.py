"""How often a connection that is lost may be brought back, and how long to wait before. Pure."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

__all__ = ["Reaching", "Returns"]

_FIRST_WAIT = 0.1
_LONGEST_WAIT = 5.0


class Returns:
    """At most `limit` attempts in any `within` seconds: what fails faster will not hold."""

    def __init__(
        self, *, limit: int, within: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.within = within
        self.limit = limit
        self._clock = clock
        self._begun: deque[float] = deque()

    def reset(self) -> None:
        """Change nothing when an attempt worked: it counts for its span."""

    def next_wait(self) -> float | None:
        """Count an attempt and return the seconds to wait before it, or None for one too many.

        The first comes at once; each further one in the same span waits twice as long, within a
        bound.
        """
        now = self._clock()
        while self._begun and now - self._begun[0] >= self.within:
            self._begun.popleft()
        count = len(self._begun)
        if count >= self.limit:
            return None
        self._begun.append(now)
        return min(_FIRST_WAIT * 2 ** min(count - 1, 10), _LONGEST_WAIT) if count else 0.0


_SHORTEST_WAIT = 0.02


class Reaching:
    """Attempts for `seconds` in all, at most `longest` seconds apart; None is for ever."""

    def __init__(
        self,
        *,
        seconds: float | None,
        longest: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seconds = seconds
        self._longest = longest
        self._clock = clock
        self._since: float | None = None
        self._wait = 0.0

    def reset(self) -> None:
        """Begin from the start with the next attempt: the last one worked."""
        self._since, self._wait = None, 0.0

    def next_wait(self) -> float | None:
        """Return the seconds to wait before the next attempt, or None when the time is over."""
        if self._since is None:
            self._since = self._clock()
        wait = self._wait
        self._wait = min(max(wait * 1.5, _SHORTEST_WAIT), self._longest)
        if self.seconds is not None and self._clock() - self._since >= self.seconds:
            return None
        return wait
