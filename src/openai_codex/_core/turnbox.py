"""The box of one turn: a bounded queue of its unread events, and its milestones.

Counts bytes and remembers how far the turn is; the queue and the latches come from the driver.
"""

from __future__ import annotations

from collections import deque
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeVar

from ..errors import StreamOverflowError
from .messages import Asked, Closed, NotificationLike, Reply, Run, Underway
from .routes import Delivery

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

_size = attrgetter("size")


class TurnBox(Generic[Q, L]):
    """Take a turn's notifications; give them back in order, within `limit` unread bytes.

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
        self._interrupts: tuple[Any, ...] = ()

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
            self._keep([item])

    def put_run(self, run: Run) -> None:
        """Take events from the middle of the turn together."""
        self.seen += len(run)
        self.last_event = run[-1].method
        if self._wanted is not None:
            run = [note for note in run if note.method in self._wanted]
        if run:
            self._keep(run)

    def pop_run(self) -> Run | Closed | None:
        """Return the oldest unread events, or None when there are none now."""
        try:
            run, size = self._items.popleft()
        except IndexError:
            return None
        self._bytes_out += size
        return run  # type: ignore[no-any-return]

    def _keep(self, run: Run) -> None:
        size = sum(map(_size, run))
        self._bytes_in += size
        if self._bytes_in - self._bytes_out > self.limit:
            self._overflow()
        else:
            self.queue.put((run, size))

    def want_only(self, methods: frozenset[str]) -> None:
        """Keep only these from now on: a caller that reads no deltas need not store them."""
        if not self._overflowed:
            self._wanted = methods

    def reply_when_over(self, box: Any) -> None:
        """Put an empty reply into `box` when the turn is over: a repeated interrupt gets none."""
        if self.is_over:
            box.put(Reply(None, {}))
        else:
            self._interrupts += (box,)

    def _take_word(self, word: Closed | Underway | Asked) -> None:
        if isinstance(word, Underway):
            self._start(word.note)
        elif isinstance(word, Asked):
            self.seen += 1
            self.last_event = word.method
        elif isinstance(word.cause, StreamOverflowError):  # before the turn's route was open
            self._overflow()
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
        self.queue.put((Closed(StreamOverflowError(limit=self.limit)), 0))

    def _end(self, item: NotificationLike | Closed) -> None:
        self.is_over = True  # before anyone can read the end
        if not self._overflowed:
            self._bytes_in += item.size
            self.queue.put((item if isinstance(item, Closed) else [item], item.size))
        self.started.set()
        self.over.set()
        for box in self._interrupts:
            box.put(Reply(None, {}))
        self._interrupts = ()


def hand_over(deliveries: list[Delivery]) -> None:
    """Put everything into its box."""
    for box, item in deliveries:
        if type(item) is list:
            box.put_run(item)  # type: ignore[attr-defined]  # runs go to turns alone
        else:
            box.put(item)
