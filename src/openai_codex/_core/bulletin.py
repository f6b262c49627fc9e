"""What belongs to no turn: kept for a while, and passed on to everyone who reads it. Pure.

Much of it comes before a program can ask for it: settings that are wrong, MCP servers that do not
start. So the last of it waits here, within bounds, for readers that come later.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Generic

from .desk import Q, Shelf
from .messages import Closed, NotificationLike

__all__ = ["Bulletin", "Feed"]

MOST_KEPT = 256
MOST_KEPT_BYTES = 1 << 20

# What a command prints belongs to the command, which has a reader of its own.
_ELSEWHERE = frozenset({"command/exec/outputDelta", "process/outputDelta"})


class Feed(Shelf[Q], Generic[Q]):
    """The unread events of one reader, within its bound; the connection's end comes last."""

    def put(self, item: NotificationLike | Closed) -> None:
        """Take an event, or the end of the connection."""
        if not isinstance(item, Closed):
            super().put(item)
        elif not self.is_over:
            self.end(item)


class Bulletin:
    """Takes events that belong to no turn; every feed that joined gets all of them."""

    def __init__(self) -> None:
        self._recent: deque[NotificationLike] = deque()
        self._bytes = 0
        self._feeds: list[Feed[Any]] = []

    def put(self, item: NotificationLike | Closed) -> None:
        """Take an event, or the end of the connection."""
        if not isinstance(item, Closed):
            if item.method in _ELSEWHERE:
                return
            self._keep(item)
        for feed in tuple(self._feeds):
            feed.put(item)

    def join(self, feed: Feed[Any]) -> None:
        """Give a feed what was kept, and all that comes."""
        for note in tuple(self._recent):
            feed.put_newest(note)
        self._feeds.append(feed)

    def leave(self, feed: Feed[Any]) -> None:
        """Undo `join`; a feed that is not there is fine."""
        if feed in self._feeds:
            self._feeds.remove(feed)

    def _keep(self, note: NotificationLike) -> None:
        self._recent.append(note)
        self._bytes += note.size
        while len(self._recent) > MOST_KEPT or self._bytes > MOST_KEPT_BYTES:
            self._bytes -= self._recent.popleft().size
