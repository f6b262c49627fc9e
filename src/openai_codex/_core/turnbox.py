"""The box of one turn: a bounded queue of its unread events, and its milestones.

Counts bytes and remembers how far the turn is; the queue and the latches come from the driver.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeVar

from ..errors import StreamOverflowError
from .careful_log import CarefulLog
from .messages import (
    Closed,
    FromAgent,
    LimitReached,
    MayBeOver,
    NotificationLike,
    QuestionAsked,
    Reply,
    Run,
    Underway,
)
from .routes import Delivery

__all__ = ["TurnBox", "hand_over"]

_log = CarefulLog("openai_codex.wire")


class _Queue(Protocol):
    items: deque[Any]

    def put(self, item: Any) -> None:
        """Append to `items` and wake the reader."""


class _Latch(Protocol):
    def set(self) -> None:
        """Wake everyone, for good."""


class Watch(Protocol):
    """What is shown every event of a turn, kept or not: its limits."""

    def see(self, run: Run, *, is_agents: bool = False) -> None:
        """Take events of the turn, or of its sub-agents; be quick, and never raise."""


Q = TypeVar("Q", bound=_Queue)
L = TypeVar("L", bound=_Latch)

_size = attrgetter("size")


# The same classes twice: type checkers want the union, and `isinstance` is faster with a tuple.
_Word = Closed | Underway | QuestionAsked | FromAgent | LimitReached | MayBeOver
_WORDS = (Closed, Underway, QuestionAsked, FromAgent, LimitReached, MayBeOver)


class TurnBox(Generic[Q, L]):
    """A turn's notifications, given back in order, within `limit` unread bytes.

    `started` and `over` are latches; `started_id` is the id that interrupts this turn (a review's
    differs from the turn's own); `seen` counts everything that came, kept or not.
    """

    def __init__(self, *, queue: Q, started: L, over: L, limit: int) -> None:
        self.queue = queue
        # The driver's own deque: to take an event costs no call and no lock, and that is per event.
        self._items = queue.items
        self.started = started
        self.over = over
        self.limit = limit
        self.started_id: str | None = None
        self.is_over = False
        self.seen = 0
        self.last_event: str | None = None
        self.watch: Watch | None = None
        self.on_agents: Callable[[NotificationLike], object] | None = None
        """Called with every event of the turn's sub-agents; quick, and never raising."""
        self.keeps_agents = False
        self.agents: set[str] = set()  # the threads of sub-agents whose events were kept
        self._wanted: frozenset[str] | None = None
        # For good: after a gap the reader would make a wrong result of what follows.
        self._overflowed = False
        # Two counters, each written by one side only, so that neither needs a lock.
        self._bytes_in = 0
        self._bytes_out = 0
        # A tuple that is replaced: the reader goes through the one it has while a caller adds to
        # it.
        self._interrupts: tuple[Any, ...] = ()

    def put(self, item: NotificationLike | _Word) -> None:
        """Take a notification, or one of the words of the session about the turn."""
        if isinstance(item, _WORDS):
            self._take_word(item)
            return
        self.seen += 1
        self.last_event = method = item.method
        if method == "turn/completed":
            self._end(item)
        elif method == "turn/started":
            self._start(item)
        if self.watch is not None:
            self.watch.see([item])
        # The end is kept in any case, and is kept by `_end`, with the latches.
        if method != "turn/completed" and (self._wanted is None or method in self._wanted):
            self._keep([item])

    def put_run(self, run: Run) -> None:
        """Take events from the middle of the turn together."""
        self.seen += len(run)
        self.last_event = run[-1].method
        if self.watch is not None:
            self.watch.see(run)
        if self._wanted is not None:
            # A new list: the run is that of every reader of the turn.
            run = [note for note in run if note.method in self._wanted]
        if run:
            self._keep(run)

    def pop_run(self) -> Run | Closed | LimitReached | MayBeOver | None:
        """Return the oldest unread events, or None when there are none now."""
        try:
            run, size = self._items.popleft()
        except IndexError:
            return None
        self._bytes_out += size
        return run  # type: ignore[no-any-return]

    def _keep(self, run: Run) -> None:
        # Bytes of the wire, which are known without a look inside; what Python makes of them is
        # larger.
        size = sum(map(_size, run))
        self._bytes_in += size
        if self._bytes_in - self._bytes_out > self.limit:
            self._overflow()
        else:
            self.queue.put((run, size))

    def want_only(self, methods: frozenset[str]) -> None:
        """Keep only these from now on: a caller that reads no deltas need not store them."""
        if not self._overflowed:
            # After an overflow nothing is wanted, and a late reader must not turn the events on
            # again.
            self._wanted = methods

    def reply_when_over(self, box: Any) -> None:
        """Put an empty reply into `box` when the turn is over: a repeated interrupt gets none."""
        if self.is_over:
            box.put(Reply(None, {}))
        else:
            self._interrupts += (box,)

    def _take_word(self, word: _Word) -> None:
        if isinstance(word, Underway):
            self._start(word.note)
        elif isinstance(word, QuestionAsked):
            self.seen += 1
            self.last_event = word.method
        elif isinstance(word, FromAgent):
            self._take_agents(word.note)
        elif isinstance(word, (LimitReached, MayBeOver)):
            # Of no size, so that the reason why a turn ends is never what does not fit.
            self.queue.put((word, 0))
        elif isinstance(word.cause, StreamOverflowError):  # before the turn's route was open
            self._overflow()
        else:
            self._end(word)

    def _take_agents(self, note: NotificationLike) -> None:
        self.seen += 1  # a turn whose sub-agents work is not silent
        if self.on_agents is not None:
            self.on_agents(note)
        if self.watch is not None:
            self.watch.see([note], is_agents=True)
        if self.keeps_agents and not self._overflowed and not self.is_over:
            self.agents.add(str(note.params.get("threadId")))
            self._keep([note])

    def _start(self, note: NotificationLike) -> None:
        turn = note.params.get("turn")
        # Whatever the shape: an interrupt that waits for the start must not wait for ever.
        self.started_id = turn.get("id") if type(turn) is dict else None
        self.started.set()

    def _overflow(self) -> None:
        self._overflowed = True
        self._wanted = frozenset()
        # What is there goes, too: it is what takes the room, and no part of it makes a result.
        self._items.clear()
        self.queue.put((Closed(StreamOverflowError(limit=self.limit)), 0))

    def _end(self, item: NotificationLike | Closed) -> None:
        self.is_over = True  # before anyone can read the end
        if not self._overflowed:
            self._bytes_in += item.size
            self.queue.put((item if isinstance(item, Closed) else [item], item.size))
        self.started.set()
        # A turn may end that never said it began; what waits for its start must wake as well.
        self.over.set()
        # The runtime does not answer an interrupt of a turn that it is ending already.
        for box in self._interrupts:
            box.put(Reply(None, {}))
        self._interrupts = ()


def hand_over(deliveries: list[Delivery]) -> None:
    """Put everything into its box; one that fails loses its item alone."""
    for box, item in deliveries:
        try:
            if type(item) is list:
                box.put_run(item)  # type: ignore[attr-defined]  # runs go to turns alone
            else:
                box.put(item)
        except Exception as error:  # noqa: PERF203
            _log.log(logging.ERROR, "could not deliver a message", exc_info=error)
