"""Which boxes a notification goes to: those of its turn, of its thread, of a login, of everyone.

A route that is about to open (its call is under way) keeps what comes meanwhile, so that an event
which outruns the reply is not lost. What nobody asked for is counted, never piled up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..errors import StreamOverflowError
from .messages import (
    EDGES,
    FIRST_OF_TURN,
    LAST_OF_LOGIN,
    LAST_OF_TURN,
    Closed,
    NotificationLike,
    Params,
    Run,
    Underway,
)

__all__ = ["Box", "Delivery", "Expectation", "Key", "Routes", "login_key", "thread_key", "turn_key"]

Key = tuple[str, ...]


class Box(Protocol):
    """Where something is put; whoever waits at it is the driver's business."""

    def put(self, item: Any) -> None:
        """Take the item; never block."""


Delivery = tuple[Box, Any]

MAX_KEPT_BYTES = 64 << 20
"""How much may come for a route that is about to open, unless told otherwise."""

EVERYONE: Key = ("everyone",)
NOBODY: Key = ()
_NARROW = ("turn", "login")


def turn_key(thread_id: str, turn_id: str) -> Key:
    """Name the route of one turn."""
    return ("turn", thread_id, turn_id)


def thread_key(thread_id: str) -> Key:
    """Name the route of everything in one thread."""
    return ("thread", thread_id)


def login_key(login_id: str) -> Key:
    """Name the route of one login."""
    return ("login", login_id)


@dataclass(eq=False, slots=True)
class Expectation:
    """A route whose key is not known yet but for its first words, and what came for those."""

    box: Box
    prefix: Key
    kept: list[tuple[Key, NotificationLike]] = field(default_factory=list)
    size: int = 0
    overflowed: bool = False

    def keep(self, key: Key, note: NotificationLike, limit: int) -> None:
        """Keep what came; past `limit` bytes only the first and the last words of turns."""
        self.size += note.size
        if self.size > limit and not self.overflowed:
            self.overflowed = True
            self.kept = [pair for pair in self.kept if pair[1].method in EDGES]
        if not self.overflowed or note.method in EDGES:
            self.kept.append((key, note))


class Routes:
    """Keep who listens to what."""

    def __init__(self, *, max_kept_bytes: int = MAX_KEPT_BYTES) -> None:
        self._max_kept_bytes = max_kept_bytes
        self._narrow: dict[Key, list[Box]] = {}  # turns and logins
        self._wide: dict[Key, list[Box]] = {}  # threads and everyone: seldom any
        self._started: dict[Key, NotificationLike] = {}  # the first word of each open turn
        self._expected: dict[Key, list[Expectation]] = {}  # by their prefixes
        self.dropped = 0

    def expect(self, expectation: Expectation) -> None:
        """Keep what comes for keys that start so, until `open` or `cancel`."""
        self._expected.setdefault(expectation.prefix, []).append(expectation)

    def cancel(self, expectation: Expectation) -> None:
        """Forget an expectation and what it kept; twice is harmless."""
        alike = self._expected.get(expectation.prefix, [])
        if expectation in alike:
            alike.remove(expectation)
        if not alike:
            self._expected.pop(expectation.prefix, None)

    def open(self, expectation: Expectation, key: Key) -> list[Delivery]:
        """Open the route; returns what came for it while it was expected."""
        self.cancel(expectation)
        box = expectation.box
        if not (expectation.kept or expectation.overflowed or key in self._started):  # as mostly
            self.join(key, box)
            return []
        early = [note for kept_key, note in expectation.kept if kept_key == key]
        out: list[Delivery] = []
        if expectation.overflowed:
            out.append((box, Closed(StreamOverflowError(limit=self._max_kept_bytes))))
        if any(_ends(note) for note in early):
            return out + [(box, note) for note in early]
        self.join(key, box)
        if key in self._started:
            out.append((box, Underway(self._started[key])))
        self._started.update((key, note) for note in early if note.method == FIRST_OF_TURN)
        return out + [(box, note) for note in early]

    def join(self, key: Key, box: Box) -> None:
        """Let the box have what comes for the key from now on."""
        side = self._narrow if key[0] in _NARROW else self._wide
        side.setdefault(key, []).append(box)

    def has(self, key: Key) -> bool:
        """Tell whether a box listens to the key, or to something that may turn out to be it."""
        return key in self._narrow or bool(self._takers(key))

    @property
    def has_listeners(self) -> bool:
        """Tell whether any route is open."""
        return bool(self._narrow or self._wide)

    def end(self, key: Key, word: Any) -> list[Delivery]:
        """Close one route; its boxes get the word that tells why."""
        boxes = self._narrow.get(key, [])
        self._forget(key)
        return [(box, word) for box in boxes]

    def tell_turn(self, params: Params, word: Any) -> list[Delivery]:
        """Return the word for who listens to the turn that the params name."""
        key = turn_key(str(params.get("threadId")), str(params.get("turnId")))
        return [(box, word) for box in self._narrow.get(key, ())]

    def leave(self, key: Key, box: Box) -> None:
        """Undo `join`; a box that is not there is fine."""
        boxes = self._narrow.get(key) or self._wide.get(key, [])
        if box in boxes:
            boxes.remove(box)
        if not boxes:
            self._forget(key)

    def thread_of_turn(self, turn_id: object) -> str | None:
        """Return the thread of an open turn, or None when no route is open for such a turn."""
        return next(
            (key[1] for key in self._narrow if key[0] == "turn" and key[2] == turn_id), None
        )

    def boxes(self) -> Iterable[Box]:
        """Return every box that listens or is about to."""
        both = (*self._narrow.values(), *self._wide.values())
        listening = [box for boxes in both for box in boxes]
        return listening + [each.box for alike in self._expected.values() for each in alike]

    def clear(self) -> None:
        """Close every route."""
        self._narrow.clear()
        self._wide.clear()
        self._started.clear()
        self._expected.clear()

    def deliver(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Add where the notification goes to `out`."""
        key = _key_of(note.method, note.params)
        before, is_kept = len(out), False
        if key:
            is_kept = self._keep(key, note)
            self._deliver_narrow(key, note, out)
        if self._wide:
            self._deliver_wide(note, note.params.get("threadId"), out)
        if len(out) == before and not is_kept:
            self.dropped += 1

    def deliver_run(self, run: Run, out: list[Delivery]) -> None:
        """Add where the run goes to `out`: to its turn as it is, to others note by note."""
        params = run[0].params
        key = ("turn", params["threadId"], params["turnId"])
        try:
            boxes = self._narrow.get(key)
        except TypeError:  # its ids are not even hashable
            boxes = None
        if boxes is None or self._wide or self._takers(key):
            for note in run:
                self.deliver(note, out)
        else:
            out += [(box, run) for box in boxes]

    def _deliver_narrow(self, key: Key, note: NotificationLike, out: list[Delivery]) -> None:
        boxes = self._narrow.get(key)
        if boxes is None:
            return
        out += [(box, note) for box in boxes]
        if note.method == FIRST_OF_TURN:
            self._started[key] = note
        elif _ends(note):
            self._forget(key)

    def _deliver_wide(self, note: NotificationLike, thread_id: Any, out: list[Delivery]) -> None:
        if type(thread_id) is str:
            out += [(box, note) for box in self._wide.get(thread_key(thread_id), ())]
        out += [(box, note) for box in self._wide.get(EVERYONE, ())]

    def _keep(self, key: Key, note: NotificationLike) -> bool:
        takers = self._takers(key)
        for expectation in takers:
            expectation.keep(key, note, self._max_kept_bytes)
        return bool(takers)

    def _takers(self, key: Key) -> list[Expectation]:
        if not self._expected:
            return []
        return [*self._expected.get(key[:2], ()), *self._expected.get(key[:1], ())]

    def _forget(self, key: Key) -> None:
        self._narrow.pop(key, None)
        self._wide.pop(key, None)
        self._started.pop(key, None)


def _ends(note: NotificationLike) -> bool:
    return note.method in (LAST_OF_TURN, LAST_OF_LOGIN)


def _key_of(method: str, params: Params) -> Key:
    thread_id, turn_id = params.get("threadId"), params.get("turnId")
    if type(thread_id) is str and type(turn_id) is str:
        return turn_key(thread_id, turn_id)
    turn = params.get("turn")
    if type(turn) is dict:
        turn_id = turn.get("id")
        if method != LAST_OF_TURN:
            # A review's `turn/started` has an id of its own; the turn we know is its root.
            turn_id = turn.get("rootTurnId") or turn_id
        return turn_key(str(params.get("threadId")), str(turn_id))
    if method == LAST_OF_LOGIN and params.get("loginId"):
        return login_key(str(params["loginId"]))
    return NOBODY
