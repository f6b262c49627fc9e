"""The box of one turn: a bounded queue of its unread events, and its milestones.

Counts bytes and remembers how far the turn is; the queue and the latches come from the driver.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Generic, Protocol, TypeVar

from ..errors import StreamOverflowError
from .messages import Asked, Closed, NotificationLike, Reply, Underway

__all__ = ["TurnBox", "hand_over"]


class _Queue(Protocol):
    items: deque[Any]

    def put(self, item: Any) -> None:
        """Append to `items` and wake who waits."""


class _Latch(Protocol):
    def set(self) -> None:
        """Wake everyone, for good."""


Q = TypeVar("Q", bound=_Queue)
L = TypeVar("L", bound=_Latch)

_WORDS = frozenset({Closed, Underway, Asked})
_EDGES = frozenset({"turn/started", "turn/completed"})


class TurnBox(Generic[Q, L]):
    """Take a turn's notifications; give them back one by one, within `limit` unread bytes.

    `started` and `over` are latches; `started_id` is the id that interrupts this turn (a review's
    differs from the turn's own); `seen` counts everything that came, kept or not.
    """

    def __init__(self, *, queue: Q, started: L, over: L, limit: int) -> None:
        self.queue = queue
        self._items = queue.items
        self.started = started
        self.over = over
        self.limit = limit
        self.started_id: str | None = None
        self.is_over = False
        self.seen = 0
        self.last_event: str | None = None
        self._wanted: frozenset[str] | None = None
        self._overflowed = False
        # Two counters, each written by one side only, so that neither needs a lock.
        self._bytes_in = 0
        self._bytes_out = 0
        self._interrupts: list[Any] = []

    def put(self, item: NotificationLike | Closed | Underway | Asked) -> None:
        """Take a notification, or the word that no more will come, or that it began before."""
        if isinstance(item, (Closed, Underway, Asked)):
            self._take_word(item)
            return
        self.seen += 1
        self.last_event = method = item.method
        if method == "turn/completed":
            self._end(item)
            return
        if method == "turn/started":
            self._start(item)
        if self._wanted is None or method in self._wanted:
            self._bytes_in += item.size
            if self._bytes_in - self._bytes_out > self.limit:
                self._overflow()
            else:
                self.queue.put(item)

    def put_all(self, items: list[Any]) -> None:
        """Do what `put` does for each: together where all are from the middle of the turn."""
        if len(items) > 1 and _are_plain(items):
            self._put_plain(items)
        else:
            for item in items:
                self.put(item)

    def _put_plain(self, items: list[Any]) -> None:
        self.seen += len(items)
        self.last_event = items[-1].method
        if self._wanted is not None:
            items = [item for item in items if item.method in self._wanted]
        if not items:
            return
        self._bytes_in += sum([item.size for item in items])
        if self._bytes_in - self._bytes_out > self.limit:
            self._overflow()
        else:
            self._items.extend(items[:-1])
            self.queue.put(items[-1])  # which wakes who waits

    def pop(self) -> NotificationLike | Closed | None:
        """Return the oldest unread event, or None when there is none now."""
        try:
            item: NotificationLike | Closed = self._items.popleft()
        except IndexError:
            return None
        self._bytes_out += item.size
        return item

    def want_only(self, methods: frozenset[str]) -> None:
        """Keep only these from now on: a caller that reads no deltas need not store them."""
        if not self._overflowed:
            self._wanted = methods

    def reply_when_over(self, box: Any) -> None:
        """Put an empty reply into `box` when the turn is over: a repeated interrupt gets none."""
        if self.is_over:
            box.put(Reply(None, {}))
        else:
            self._interrupts.append(box)

    def _take_word(self, word: Closed | Underway | Asked) -> None:
        if isinstance(word, Underway):
            self._start(word.note)
        elif isinstance(word, Asked):
            self.seen += 1
            self.last_event = word.method
        else:
            self._end(word)

    def _start(self, note: NotificationLike) -> None:
        turn = note.params.get("turn")
        self.started_id = turn.get("id") if type(turn) is dict else None
        self.started.set()

    def _overflow(self) -> None:
        self._overflowed = True
        self._wanted = frozenset()
        self._items.clear()
        self.queue.put(Closed(StreamOverflowError(limit=self.limit)))

    def _end(self, item: NotificationLike | Closed) -> None:
        if not self._overflowed:
            self._bytes_in += item.size
            self.queue.put(item)
        self.is_over = True
        self.started.set()
        self.over.set()
        for box in self._interrupts:
            box.put(Reply(None, {}))
        self._interrupts.clear()


def _are_plain(items: list[Any]) -> bool:
    return _WORDS.isdisjoint(map(type, items)) and _EDGES.isdisjoint([i.method for i in items])


def hand_over(deliveries: list[tuple[Any, Any]]) -> None:
    """Put every item into its box; what comes in a row for one turn goes in together."""
    box: Any = None
    row: list[Any] = []
    for taker, item in deliveries:
        if taker is not box:
            _put(box, row)
            box, row = taker, []
        row.append(item)
    _put(box, row)


def _put(box: Any, row: list[Any]) -> None:
    if type(box) is TurnBox:
        box.put_all(row)
        return
    for item in row:
        box.put(item)
