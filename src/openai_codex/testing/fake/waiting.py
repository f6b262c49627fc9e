"""Waiting inside the fake process: for released points, for answers, for interrupts, for time.

One condition for everything, since a fake has few waiters. It must not know what is waited for.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Waiting:
    """The released points; wakes the threads that wait for one, or for any other change."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._released: set[str] = set()

    def release(self, points: Iterable[str]) -> None:
        """Let everything that waits at these points go on, now and later."""
        self._released.update(points)
        self.tell()

    def is_released(self, point: str | None) -> bool:
        """Say whether the point was released; nothing releases None."""
        return point in self._released

    def tell(self) -> None:
        """Make all waiters look again, after something that they may wait for has changed."""
        with self._changed:
            self._changed.notify_all()

    def until(self, ready: Callable[[], bool], *, seconds: float | None = None) -> bool:
        """Wait until `ready()` holds; return False when the seconds ran out first."""
        with self._changed:
            return self._changed.wait_for(ready, seconds)

    def for_ever(self) -> None:
        """Never return; the process ends by its exit."""
        self.until(lambda: False)
