"""All events of a connection, sorted for callers that ask for the next one of a turn or login.

Rule 1: what names a turn waits for the reader of that turn, also when that reader comes later.
Rule 2: the end of a login waits for its reader, and is among the rest as well.
Rule 3: nothing grows without bound. Past `limit` bytes the reader of a turn gets an error instead
of its events, the oldest turns first, and the rest loses its oldest.

Knows no waiting: what it fills are boxes of the driver.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from ..errors import StreamOverflowError
from .messages import LAST_OF_LOGIN, LAST_OF_TURN, Closed, NotificationLike, turn_of

__all__ = ["Desk", "Q", "Shelf"]

MAX_TURNS = 10_000
"""How many turns that nobody reads are remembered."""


class Queue(Protocol):
    """What a box of the driver is to the desk."""

    def put(self, item: Any) -> None:
        """Append an item and wake its taker."""

    def pop(self) -> Any:
        """Return the oldest item, or None."""


Q = TypeVar("Q", bound=Queue)


class Shelf(Generic[Q]):
    """One queue, and how many bytes of it are unread."""

    def __init__(self, queue: Q, limit: int) -> None:
        self.queue = queue
        self.is_over = False  # its last event is there, or its reader lost some
        self._limit = limit
        # Two counters, each with one writer: who reads the runtime, and who reads the queue.
        self._put = 0
        self._taken = 0

    @property
    def unread(self) -> int:
        """How many bytes wait here."""
        return self._put - self._taken

    def put(self, item: NotificationLike) -> None:
        """Append an event, or past the limit the error that tells of its loss."""
        if self.is_over:
            return
        self._put += item.size
        self.queue.put(item)
        if self.unread > self._limit:
            self.lose()

    def put_newest(self, note: NotificationLike) -> None:
        """Append an event; past the limit the oldest go."""
        if not self.is_over:
            self._put += note.size
            self.queue.put(note)
            while self.unread > self._limit:
                self.take()

    def lose(self) -> None:
        """Throw away what was not read, and let the reader know."""
        # Taken one by one: the reader may take at the same time, and the counts must stay true.
        while self.unread > 0 and not isinstance(self.take(), Closed):
            pass
        if not self.is_over:
            self.end(Closed(StreamOverflowError(limit=self._limit)))

    def end(self, why: Closed) -> None:
        """Append the reason why nothing more comes."""
        # Before the reason is there: a put that comes between the two would follow the end.
        self.is_over = True
        self.queue.put(why)

    def take(self) -> Any:
        """Return the oldest event or None; the reason of the end stays for the next call."""
        item = self.queue.pop()
        if isinstance(item, Closed):
            self.queue.put(item)
        elif item is not None:
            self._taken += item.size
        return item


class Desk(Generic[Q]):
    """Takes every notification; hands out the shelf of a turn, of a login, and of the rest."""

    def __init__(self, make_queue: Callable[[], Q], *, limit: int) -> None:
        self._make_queue = make_queue
        self._limit = limit
        # In the order they came, which is the order they are given up in.
        self._turns: OrderedDict[str, Shelf[Q]] = OrderedDict()
        self._logins: dict[str, Shelf[Q]] = {}
        # For readers that come later: a shelf made after the end must not let them wait.
        self._closed: Closed | None = None
        self.rest = self._shelf()

    def turn(self, turn_id: str) -> Shelf[Q]:
        """Return the shelf of a turn, with what came for it so far."""
        return self._of(self._turns, turn_id)

    def login(self, login_id: str) -> Shelf[Q]:
        """Return the shelf of a login."""
        return self._of(self._logins, login_id)

    def knows_login(self, login_id: str) -> bool:
        """Tell whether somebody waits for a login, or its end came already."""
        return login_id in self._logins

    def forget_turn(self, turn_id: str) -> None:
        """Throw a turn's events away."""
        self._turns.pop(turn_id, None)

    def forget_login(self, login_id: str) -> None:
        """Throw a login's end away."""
        self._logins.pop(login_id, None)

    def put(self, item: Any) -> None:
        """Take what the connection delivers; called by one thread at a time."""
        if isinstance(item, Closed):
            # First, so that a shelf that is made meanwhile finds it, and then those that are there.
            self._closed = item
            for shelf in (self.rest, *self._turns.values(), *self._logins.values()):
                shelf.end(item)
            return
        turn_id = turn_of(item.params)
        if turn_id is not None:
            self.turn(turn_id).put(item)
            if item.method == LAST_OF_TURN:
                # At the end of a turn alone: what piles up are turns that nobody reads, and to add
                # the sizes of all of them up at each event would cost with every turn.
                self._lose_oldest()
            return
        if item.method == LAST_OF_LOGIN and type(item.params.get("loginId")) is str:
            self.login(item.params["loginId"]).put(item)
        # The oldest go: a program that reads the rest now and then wants what is so now.
        self.rest.put_newest(item)

    def _of(self, shelves: dict[str, Shelf[Q]], name: str) -> Shelf[Q]:
        # `setdefault` is one step: the runtime's reader and a caller may come at the same time.
        shelf = shelves.setdefault(name, self._shelf())
        if self._closed is not None and not shelf.is_over:  # looked at last: it may just have ended
            shelf.end(self._closed)
        return shelf

    def _shelf(self) -> Shelf[Q]:
        return Shelf(self._make_queue(), self._limit)

    def _lose_oldest(self) -> None:
        shelves = list(self._turns.values())
        total = sum(shelf.unread for shelf in shelves)
        for shelf in shelves:
            if total > self._limit:
                total -= shelf.unread
                shelf.lose()
        # Small ones add up as well: a turn that said nothing has a shelf of no bytes.
        while len(self._turns) > MAX_TURNS:
            self._turns.popitem(last=False)
