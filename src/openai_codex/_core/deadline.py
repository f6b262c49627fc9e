"""A moment after which to wait no longer, or never."""

from __future__ import annotations

import time

__all__ = ["NEVER", "Deadline"]


class Deadline:
    """A moment, `seconds` from when it is made; with None it never comes."""

    __slots__ = ("_ends", "seconds")

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        # The monotonic clock: a limit must not end, or begin again, when the computer's time is
        # set.
        self._ends = None if seconds is None else time.monotonic() + seconds

    def left(self, at_most: float | None = None) -> float | None:
        """Return the seconds that are left, or `at_most` if that is less; None is for ever."""
        if self._ends is None:
            return at_most
        # Never below zero, which some waits take for "for ever".
        left = max(0.0, self._ends - time.monotonic())
        return left if at_most is None or left < at_most else at_most

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
