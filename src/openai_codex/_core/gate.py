"""A gate that lets a bounded number through and the rest in the order they came.

Never waits: it says who may pass, and tells who passes next when somebody leaves.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Gate"]


class Gate:
    """Admit at most `limit` at once, first come, first served; `tell` is called with who queued."""

    def __init__(self, *, limit: int, tell: Callable[[object], None]) -> None:
        self._limit = limit
        self._tell = tell
        self._inside: set[object] = set()
        self._queue: dict[object, None] = {}  # for its order

    def enter(self, who: object) -> bool:
        """Tell whether `who` is inside; who is not queues, and is told when it is."""
        if who in self._inside:
            return True
        if len(self._inside) < self._limit:  # then nobody queues
            self._inside.add(who)
            return True
        self._queue[who] = None
        return False

    def leave(self, who: object) -> None:
        """Give the place back, or leave the queue; who is in neither changes nothing."""
        if who not in self._inside:
            self._queue.pop(who, None)
            return
        self._inside.remove(who)
        for following in self._queue:
            del self._queue[following]
            self._inside.add(following)
            self._tell(following)
            break

    def clear(self) -> None:
        """Send everybody away; who queued is let through, to see why."""
        self._inside.clear()
        for who in self._queue:
            self._tell(who)
        self._queue.clear()
