"""Which boxes a notification goes to: those of its turn, of its thread, of a login, of everyone.

A route that is about to open (its call is under way) keeps what comes meanwhile, so that an event
which outruns the reply is not lost. What nobody asked for is counted, never piled up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from .messages import NotificationLike, Params

__all__ = ["Box", "Delivery", "Expectation", "Key", "Routes", "login_key", "thread_key", "turn_key"]

Key = tuple[str, ...]


class Box(Protocol):
    """Where something is put; whoever waits at it is the driver's business."""

    def put(self, item: Any) -> None:
        """Take the item; never block."""


Delivery = tuple[Box, Any]

EVERYONE: Key = ("everyone",)
_LAST_OF_TURN = "turn/completed"
_LAST_OF_LOGIN = "account/login/completed"


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


class Routes:
    """Keep who listens to what."""

    def __init__(self) -> None:
        self._boxes: dict[Key, list[Box]] = {}
        self._expected: list[Expectation] = []
        self.dropped = 0

    def expect(self, box: Box, prefix: Key) -> Expectation:
        """Keep what comes for keys that start so, until `open` or `cancel`."""
        expectation = Expectation(box, prefix)
        self._expected.append(expectation)
        return expectation

    def cancel(self, expectation: Expectation) -> None:
        """Forget an expectation and what it kept; twice is harmless."""
        if expectation in self._expected:
            self._expected.remove(expectation)

    def open(self, expectation: Expectation, key: Key) -> list[Delivery]:
        """Open the route; returns what came for it while it was expected."""
        self.cancel(expectation)
        early = [note for kept_key, note in expectation.kept if kept_key == key]
        if not any(_ends(note) for note in early):
            self.join(key, expectation.box)
        return [(expectation.box, note) for note in early]

    def join(self, key: Key, box: Box) -> None:
        """Let the box have what comes for the key from now on."""
        self._boxes.setdefault(key, []).append(box)

    def has(self, key: Key) -> bool:
        """Tell whether a box listens to the key, or to something that may turn out to be it."""
        about_to = (key[: len(each.prefix)] == each.prefix for each in self._expected)
        return key in self._boxes or any(about_to)

    def end(self, key: Key, word: Any) -> list[Delivery]:
        """Close one route; its boxes get the word that tells why."""
        return [(box, word) for box in self._boxes.pop(key, [])]

    def leave(self, key: Key, box: Box) -> None:
        """Undo `join`; a box that is not there is fine."""
        boxes = self._boxes.get(key, [])
        if box in boxes:
            boxes.remove(box)
        if not boxes:
            self._boxes.pop(key, None)

    def boxes(self) -> Iterable[Box]:
        """Return every box that listens or is about to."""
        listening = [box for boxes in self._boxes.values() for box in boxes]
        return listening + [expectation.box for expectation in self._expected]

    def clear(self) -> None:
        """Close every route."""
        self._boxes.clear()
        self._expected.clear()

    def deliver(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Add where the notification goes to `out`."""
        params = note.params
        key = _narrow_key(note.method, params)
        if key is not None:
            if self._expected:
                self._keep(key, note)
            boxes = self._boxes.get(key)
            if boxes is not None:
                out += [(box, note) for box in boxes]
                if _ends(note):
                    del self._boxes[key]
            elif not self._expected:
                self.dropped += 1
        if len(self._boxes) > 0:
            self._deliver_wide(note, params.get("threadId"), out)

    def _deliver_wide(self, note: NotificationLike, thread_id: Any, out: list[Delivery]) -> None:
        if type(thread_id) is str:
            out += [(box, note) for box in self._boxes.get(thread_key(thread_id), ())]
        out += [(box, note) for box in self._boxes.get(EVERYONE, ())]

    def _keep(self, key: Key, note: NotificationLike) -> None:
        for expectation in self._expected:
            if key[: len(expectation.prefix)] == expectation.prefix:
                expectation.kept.append((key, note))


def _ends(note: NotificationLike) -> bool:
    return note.method in (_LAST_OF_TURN, _LAST_OF_LOGIN)


def _narrow_key(method: str, params: Params) -> Key | None:
    turn_id = params.get("turnId")
    if type(turn_id) is not str:
        return _key_of_milestone(method, params)
    return ("turn", str(params.get("threadId", "")), turn_id)


def _key_of_milestone(method: str, params: Params) -> Key | None:
    turn = params.get("turn")
    if type(turn) is dict:
        turn_id = turn.get("id")
        if method != _LAST_OF_TURN:
            # A review's `turn/started` has an id of its own; the turn we know is its root.
            turn_id = turn.get("rootTurnId") or turn_id
        return turn_key(str(params.get("threadId")), str(turn_id))
    if method == _LAST_OF_LOGIN and params.get("loginId"):
        return login_key(str(params["loginId"]))
    return None
