"""The box of one turn: a bounded queue of its unread events, and its milestones.

Counts bytes and remembers how far the turn is; the queue and the latches come from the driver.
"""

from __future__ import annotations

from typing import Any, Generic, Protocol, TypeVar

from ..errors import StreamOverflowError
from .messages import Closed, NotificationLike, Reply

__all__ = ["TurnBox"]


class _Queue(Protocol):
    def put(self, item: Any) -> None:
        """Append and wake who waits."""

    def pop(self) -> Any:
        """Return the oldest item, or None."""

    def clear(self) -> None:
        """Drop everything."""


class _Latch(Protocol):
    def set(self) -> None:
        """Wake everyone, for good."""


Q = TypeVar("Q", bound=_Queue)
L = TypeVar("L", bound=_Latch)


class TurnBox(Generic[Q, L]):
    """Take a turn's notifications; give them back one by one, within `limit` unread bytes.

    `started` and `over` are latches; `started_id` is the id that interrupts this turn (a review's
    differs from the turn's own); `seen` counts everything that came, kept or not.
    """

    def __init__(self, *, queue: Q, started: L, over: L, limit: int) -> None:
        self.queue = queue
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

    def put(self, item: NotificationLike | Closed) -> None:
        """Take a notification, or the word that no more will come."""
        if isinstance(item, Closed):
            self._end(item)
            return
        method = item.method
        self.seen += 1
        self.last_event = method
        if method == "turn/completed":
            self._end(item)
            return
        if method == "turn/started":
            self._start(item)
        if not self._overflowed and (self._wanted is None or method in self._wanted):
            self._keep(item)

    def pop(self) -> NotificationLike | Closed | None:
        """Return the oldest unread event, or None when there is none now."""
        item = self.queue.pop()
        if item is not None and not isinstance(item, Closed):
            self._bytes_out += item.size
        return item  # type: ignore[no-any-return]  # the queue is the driver's, and untyped

    def want_only(self, methods: frozenset[str]) -> None:
        """Keep only these from now on: a caller that reads no deltas need not store them."""
        self._wanted = methods

    def reply_when_over(self, box: Any) -> None:
        """Put an empty reply into `box` when the turn is over: a repeated interrupt gets none."""
        if self.is_over:
            box.put(Reply(None, {}))
        else:
            self._interrupts.append(box)

    def _start(self, note: NotificationLike) -> None:
        turn = note.params.get("turn")
        self.started_id = turn.get("id") if type(turn) is dict else None
        self.started.set()

    def _keep(self, note: NotificationLike) -> None:
        self._bytes_in += note.size
        if self._bytes_in - self._bytes_out > self.limit:
            self._overflowed = True
            self.queue.clear()
            self.queue.put(Closed(StreamOverflowError(limit=self.limit)))
        else:
            self.queue.put(note)

    def _end(self, item: NotificationLike | Closed) -> None:
        if not self._overflowed:
            self.queue.put(item)
            self._bytes_in += getattr(item, "size", 0)
        self.is_over = True
        self.started.set()
        self.over.set()
        for box in self._interrupts:
            box.put(Reply(None, {}))
        self._interrupts.clear()
