"""A moment after which to wait no longer, or never."""

from __future__ import annotations

import time

__all__ = ["NEVER", "Deadline", "soonest"]


class Deadline:
    """Count down from `seconds`; None never ends."""

    __slots__ = ("_ends", "seconds")

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._ends = None if seconds is None else time.monotonic() + seconds

    def left(self) -> float | None:
        """Return the seconds that are left, 0 when it is over, None when it never is."""
        return None if self._ends is None else max(0.0, self._ends - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Tell whether the moment has come."""
        return self._ends is not None and time.monotonic() >= self._ends

    def ends_before(self, seconds: float) -> bool:
        """Tell whether it is over before so many seconds have passed."""
        left = self.left()
        return left is not None and left < seconds

    def or_after(self, seconds: float | None) -> Deadline:
        """Return this one, or one in so many seconds if that is sooner."""
        if seconds is None or (self._ends is not None and self.ends_before(seconds)):
            return self
        return Deadline(seconds)


NEVER = Deadline(None)
"""No deadline."""


def soonest(*seconds: float | None) -> float | None:
    """Return the smallest of the given times, where None is for ever."""
    given = [s for s in seconds if s is not None]
    return min(given) if given else None
