"""A gate that lets a bounded number through and the rest in the order they came.

Never waits: a caller is let in, or queues and is named to `tell` when there is room.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["Gate"]

Who = TypeVar("Who", bound=Hashable)


class Gate(Generic[Who]):
    """Lets `limit` callers in at once, in the order they came; `tell` gets each that queued."""

    def __init__(self, *, limit: int, tell: Callable[[Who], None]) -> None:
        self._limit = limit
        self._tell = tell
        self._inside: set[Who] = set()
        self._queue: dict[Who, None] = {}  # for its order

    def enter(self, who: Who) -> bool:
        """Tell whether `who` is inside; it queues if not, and is named to `tell` when it is."""
        if who in self._inside:
            return True
        if len(self._inside) < self._limit:  # then nobody queues
            self._inside.add(who)
            return True
        self._queue[who] = None
        self._admit()  # others may have left since we looked, where a signal handler waits above us
        return False

    def leave(self, who: Who) -> None:
        """Give the place back, or leave the queue; a caller in neither changes nothing."""
        self._queue.pop(who, None)
        self._inside.discard(who)
        self._admit()

    def _admit(self) -> None:
        # In this order whatever Ctrl-C breaks off is done, or done again, the next time.
        while self._queue and len(self._inside) < self._limit:
            following = next(iter(list(self._queue)), None)
            if following is None:  # a signal handler above us admitted it
                return
            self._tell(following)
            self._inside.add(following)
            self._queue.pop(following, None)

    def clear(self) -> None:
        """Let go of all, without a call of `tell`."""
        self._inside.clear()
        self._queue.clear()
