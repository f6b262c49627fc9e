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
    FromAgent,
    NotificationLike,
    Params,
    Run,
    Underway,
    turn_of,
)

__all__ = [
    "Box",
    "Delivery",
    "Expectation",
    "Finder",
    "Key",
    "Routes",
    "login_key",
    "thread_key",
    "turn_key",
]

Key = tuple[str, ...]


class Box(Protocol):
    """Where something is put; what waits at it is the driver's business."""

    def put(self, item: Any) -> None:
        """Take the item; never block."""


Delivery = tuple[Box, Any]


class Finder(Protocol):
    """Takes turns of a thread that nobody here started: a goal's, the queue's, a shell command's.

    It is a box as well: it gets the notifications of the thread that it names in `methods`.
    """

    methods: frozenset[str]

    def put(self, item: Any) -> None:
        """Take the item; never block."""

    def found(self, note: NotificationLike) -> Box | None:
        """Return a box for the turn that has begun, or None for one of no interest; never block."""


MAX_KEPT_BYTES = 64 << 20
"""How much may come for a route that is about to open, unless told otherwise."""

MAX_EDGES = 100
"""How many beginnings and ends of turns are kept for a route that may never open."""

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
    edges_only: bool = False
    overflowed: bool = False

    def keep(self, key: Key, note: NotificationLike, limit: int) -> None:
        """Keep what came; past `limit` bytes only what begins and ends turns."""
        # Of all that came, kept or not: what passed the bound once does not fit again.
        self.size += note.size
        if self.size > limit and not self.edges_only:
            self.overflowed = True
            self.keep_edges_only()
        if not self.edges_only or note.method in EDGES:
            self.kept.append((key, note))
            if self.edges_only:  # its reply may never come, while the thread goes on
                del self.kept[:-MAX_EDGES]

    def keep_edges_only(self) -> None:
        """Keep from now on only what begins and ends turns."""
        self.edges_only = True
        self.kept = [pair for pair in self.kept if pair[1].method in EDGES]


class Routes:
    """Which boxes listen to what."""

    def __init__(
        self, *, max_kept_bytes: int = MAX_KEPT_BYTES, turnless: Box | None = None
    ) -> None:
        self._max_kept_bytes = max_kept_bytes
        # Two dictionaries, because nearly no client has wide routes: then an event is looked up
        # once.
        self._narrow: dict[Key, list[Box]] = {}  # turns and logins
        self._wide: dict[Key, list[Box]] = {}  # threads and everyone: seldom any
        self._turnless = turnless  # what belongs to no turn goes there, too
        self._started: dict[Key, NotificationLike] = {}  # the first word of each open turn
        self._expected: dict[Key, list[Expectation]] = {}  # by their prefixes
        # Of a thread whose turn works for a turn of another one: that turn. Seldom any.
        self._roots: dict[str, Key] = {}
        self._finders: dict[str, list[Finder]] = {}  # by their threads: seldom any
        self.dropped = 0

    def expect(self, expectation: Expectation) -> None:
        """Keep what comes for keys that start so, until `open` or `cancel`."""
        _add(self._expected, expectation.prefix, expectation)

    def cancel(self, expectation: Expectation) -> None:
        """Forget an expectation and what it kept; twice is harmless."""
        alike = self._expected.get(expectation.prefix, [])
        if expectation in alike:
            alike.remove(expectation)
        if not alike:
            self._expected.pop(expectation.prefix, None)

    def open(self, expectation: Expectation, key: Key) -> list[Delivery]:
        """Open the route; returns what came for it while it was expected."""
        # First: what is kept is given out here, and what comes from now on must not be kept again.
        self.cancel(expectation)
        box = expectation.box
        if not (expectation.kept or expectation.overflowed or key in self._started):  # as mostly
            self.join(key, box)
            return []
        early = [note for kept_key, note in expectation.kept if kept_key == key]
        out: list[Delivery] = []
        # At its beginning, as what is missing comes before what was kept.
        if expectation.overflowed:
            out.append((box, Closed(StreamOverflowError(limit=self._max_kept_bytes))))
        # Over before its reply came: the box gets all of it, and a route would never close.
        if any(_ends(note) for note in early):
            return out + [(box, note) for note in early]
        self.join(key, box)
        # The turn runs for another caller since before; its start went by, and the box needs its
        # id.
        if key in self._started:
            out.append((box, Underway(self._started[key])))
        self._started.update((key, note) for note in early if note.method == FIRST_OF_TURN)
        return out + [(box, note) for note in early]

    def join(self, key: Key, box: Box) -> None:
        """Let the box have what comes for the key from now on."""
        side = self._narrow if key[0] in _NARROW else self._wide
        _add(side, key, box)

    def find(self, thread_id: str, finder: Finder) -> None:
        """Let the finder have the turns that begin in a thread from now on."""
        alike = self._finders.setdefault(thread_id, [])
        if finder not in alike:
            alike.append(finder)

    def stop_finding(self, thread_id: str, finder: Finder) -> None:
        """Undo `find`; a finder that is not there is fine, and what it found goes on."""
        alike = [each for each in self._finders.pop(thread_id, ()) if each is not finder]
        if alike:
            self._finders[thread_id] = alike

    def has(self, key: Key) -> bool:
        """Tell whether a box listens to the key, or to something that may turn out to be it."""
        return key in self._narrow or bool(self._takers(key))

    def readers(self, key: Key) -> list[Box]:
        """Return the boxes that listen to one turn, the one that opened its route first."""
        return list(self._narrow.get(key, ()))

    def turn_in(self, thread_id: str) -> str | None:
        """Return the id of an open turn of a thread, "" if one is being started, None for none."""
        keys = (key for key in list(self._narrow) if key[:2] == ("turn", thread_id))
        running = next(keys, None)
        if running is not None:
            return running[2]
        return "" if ("turn", thread_id) in self._expected else None

    def end(self, key: Key, word: Any) -> list[Delivery]:
        """Close one route; its boxes get `word`, which says why."""
        boxes = self._narrow.get(key, [])
        self._forget(key)
        return [(box, word) for box in boxes]

    def adopt(self, thread_id: str, root_id: object) -> str | None:
        """Note that a thread works for the open turn `root_id`; returns that turn's thread, if any.

        Until its own turn ends, or the root's, its events also go to the root, as `FromAgent`.
        """
        root = self._open_turn(root_id)
        if root is None or root[1] == thread_id:
            return None
        self._roots[thread_id] = root
        return root[1]

    def root_of(self, params: Params) -> str | None:
        """Return the id of the turn that the params' thread works for as a sub-agent, or None."""
        root = self._roots.get(str(params.get("threadId")))
        return root[2] if root is not None else None

    def tell_turn(self, params: Params, word: Any) -> list[Delivery]:
        """Return the word for the readers of the turn that the params name, and of its root."""
        thread_id = str(params.get("threadId"))
        key = turn_key(thread_id, str(params.get("turnId")))
        keys = (key, self._roots[thread_id]) if thread_id in self._roots else (key,)
        return [(box, word) for each in keys for box in self._narrow.get(each, ())]

    def tell_thread(self, thread_id: object, word: Any) -> list[Delivery]:
        """Return the word for the readers of every open turn of a thread."""
        narrow = list(self._narrow.items())
        boxes = (boxes for key, boxes in narrow if key[0] == "turn" and key[1] == thread_id)
        return [(box, word) for each in boxes for box in each]

    def leave(self, key: Key, box: Box) -> None:
        """Undo `join`; a box that is not there is fine."""
        boxes = self._narrow.get(key) or self._wide.get(key, [])
        if box in boxes:
            boxes.remove(box)
        if not boxes:
            self._forget(key)

    def suspend(self) -> list[Box]:
        """Close what cannot go on over another connection; returns its boxes.

        Those are logins, and all that reads what one connection alone is told: commands, watches.
        """
        ended: list[Box] = []
        self._expected.clear()
        for key in [key for key in self._narrow if key[0] == "login"]:
            ended += self._narrow[key]
            self._forget(key)
        for key, boxes in list(self._wide.items()):
            for box in [box for box in boxes if getattr(box, "ends_with_link", False)]:
                ended.append(box)
                self.leave(key, box)
        return ended

    def open_turns(self, thread_id: str | None = None) -> list[tuple[str, str]]:
        """Return the (thread, turn) of all routes of turns, or of those of one thread."""
        keys = [key for key in list(self._narrow) if key[0] == "turn"]
        return [(key[1], key[2]) for key in keys if thread_id in (None, key[1])]

    def boxes(self) -> Iterable[Box]:
        """Return every box that listens or is about to."""
        both = (*self._narrow.values(), *self._wide.values())
        listening = [box for boxes in both for box in boxes]
        listening += [each for alike in list(self._finders.values()) for each in alike]
        return listening + [each.box for alike in list(self._expected.values()) for each in alike]

    def clear(self) -> None:
        """Close every route."""
        self._narrow.clear()
        self._wide.clear()
        self._started.clear()
        self._expected.clear()
        self._roots.clear()
        self._finders.clear()

    def deliver(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Add where the notification goes to `out`."""
        key = _key_of(note.method, note.params) or self._key_of_turn(note.params)
        before, is_kept = len(out), False
        if self._finders:
            self._show_finders(key, note, out)
        if key:
            is_kept = self._keep(key, note)
            self._deliver_narrow(key, note, out)
        if self._roots:
            self._deliver_to_root(note, note.params.get("threadId"), out)
        if self._wide:
            self._deliver_wide(note, note.params.get("threadId"), out)
        # Counted and not kept: a client whose threads others drive would fill up with their events.
        if len(out) == before and not is_kept:
            self.dropped += 1
        if self._turnless is not None and turn_of(note.params) is None:
            out.append((self._turnless, note))

    def deliver_run(self, run: Run, out: list[Delivery]) -> None:
        """Add where the run goes to `out`: to its turn as it is, to others note by note."""
        params = run[0].params
        key = ("turn", params["threadId"], params["turnId"])
        try:
            boxes = self._narrow.get(key)
        except TypeError:  # its ids are not even hashable
            boxes = None
        # Boxes of threads and of everyone take notes one by one; runs are for the boxes of turns.
        is_shared = self._wide or key[1] in self._roots or key[1] in self._finders
        if boxes is None or is_shared or self._takers(key):
            for note in run:
                self.deliver(note, out)
        else:
            out += [(box, run) for box in boxes]

    def _key_of_turn(self, params: Params) -> Key:
        """Return the route of an open turn that is named without its thread, as news may be."""
        turn_id = None if "threadId" in params else turn_of(params)
        return NOBODY if turn_id is None else self._open_turn(turn_id) or NOBODY

    def is_open(self, turn_id: object) -> bool:
        """Tell whether anybody listens to a turn, whichever thread it is of."""
        return self._open_turn(turn_id) is not None

    def _open_turn(self, turn_id: object) -> Key | None:
        # All are looked at, for so few events name no thread that an index would cost more.
        keys = (key for key in self._narrow if key[0] == "turn" and key[2] == turn_id)
        return next(keys, None)

    def _show_finders(self, key: Key, note: NotificationLike, out: list[Delivery]) -> None:
        thread_id = note.params.get("threadId")
        finders = self._finders.get(thread_id, ()) if type(thread_id) is str else ()
        for finder in list(finders):
            if note.method in finder.methods:
                out.append((finder, note))
            if note.method == FIRST_OF_TURN and key:
                box = finder.found(note)
                if box is not None:
                    self.join(key, box)

    def _deliver_narrow(self, key: Key, note: NotificationLike, out: list[Delivery]) -> None:
        boxes = self._narrow.get(key)
        if boxes is None:
            return
        out += [(box, note) for box in boxes]
        if note.method == FIRST_OF_TURN:
            self._started[key] = note
        elif _ends(note):
            self._forget(key)

    def _deliver_to_root(self, note: NotificationLike, thread_id: Any, out: list[Delivery]) -> None:
        root = self._roots.get(thread_id) if type(thread_id) is str else None
        if root is not None:
            out += [(box, FromAgent(note)) for box in self._narrow.get(root, ())]
            if note.method == LAST_OF_TURN:  # its next turn names its root again
                self._roots.pop(thread_id, None)

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
        # By two words and by one: a review's thread is not known before its reply.
        return [*self._expected.get(key[:2], ()), *self._expected.get(key[:1], ())]

    def _forget(self, key: Key) -> None:
        self._narrow.pop(key, None)
        self._wide.pop(key, None)
        self._started.pop(key, None)
        if self._roots:
            self._roots = {thread: root for thread, root in self._roots.items() if root != key}


def _add(lists: dict[Key, list[Any]], key: Key, item: Any) -> None:
    alike = lists.setdefault(key, [])
    alike.append(item)
    while lists.get(key) is not alike:  # a signal handler above us left the list, and dropped it
        alike = lists.setdefault(key, [])
        alike.append(item)


def _ends(note: NotificationLike) -> bool:
    return note.method in (LAST_OF_TURN, LAST_OF_LOGIN)


def _key_of(method: str, params: Params) -> Key:
    thread_id, turn_id = params.get("threadId"), params.get("turnId")
    if type(thread_id) is str and type(turn_id) is str:
        return turn_key(thread_id, turn_id)
    turn = params.get("turn")
    if type(turn) is dict and "threadId" in params:
        turn_id = turn.get("id")
        if method != LAST_OF_TURN:
            # A review's `turn/started` has an id of its own; the turn we know is its root.
            turn_id = turn.get("rootTurnId") or turn_id
        return turn_key(str(thread_id), str(turn_id))
    if method == LAST_OF_LOGIN and params.get("loginId"):
        return login_key(str(params["loginId"]))
    return NOBODY
