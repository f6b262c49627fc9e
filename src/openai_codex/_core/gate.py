"""A gate that lets a bounded number through and the rest in the order they came.

Never waits: it says who may pass, and tells who passes next when somebody leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["Gate"]

Who = TypeVar("Who", bound=Hashable)


class Gate(Generic[Who]):
    """Admit at most `limit` at once, first come, first served; `tell` is called with who queued."""

    def __init__(self, *, limit: int, tell: Callable[[Who], None]) -> None:
        self._limit = limit
        self._tell = tell
        self._inside: set[Who] = set()
        self._queue: dict[Who, None] = {}  # for its order

    def enter(self, who: Who) -> bool:
        """Tell whether `who` is inside; who is not queues, and is told when it is."""
        if who in self._inside:
            return True
        if len(self._inside) < self._limit:  # then nobody queues
            self._inside.add(who)
            return True
        self._queue[who] = None
        return False

    def leave(self, who: Who) -> None:
        """Give the place back, or leave the queue; who is in neither changes nothing."""
        self._queue.pop(who, None)
        self._inside.discard(who)
        # In this order whatever Ctrl-C breaks off is done, or done again, the next time.
        while self._queue and len(self._inside) < self._limit:
            following = next(iter(self._queue))
            self._tell(following)
            self._inside.add(following)
            del self._queue[following]

    def clear(self) -> None:
        """Send everybody away, and tell nobody."""
        self._inside.clear()
        self._queue.clear()
