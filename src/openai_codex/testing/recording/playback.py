"""What comes next in a recording, given what the client has said so far. Pure: no process, no pipe.

Rule 1: in a thread, what the runtime said comes when all that the client said before it has come.
Rule 2: a reply outside the threads waits for its own request alone, as the runtime's do.
Rule 3: what the client says between two words of the runtime may come in any order, and threads
never wait for each other. A thread that no request made, such as a sub-agent's, begins when all
that was said before it has been said.
Rule 4: everything else is a divergence.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .cues import NO_THREAD, Cue, Lane, asked, cut
from .divergence import Diverged, different, silent, surplus
from .matching import Bindings
from .tape import Entry

Message = dict[str, Any]


class Playback:
    """Answers a client from the recording `name`; what `start` and `receive` return is sent."""

    def __init__(self, entries: Iterable[Entry], bindings: Bindings, *, name: str) -> None:
        self._name = name
        self._bindings = bindings
        self._cues, self._lanes = cut(entries)
        self._questions: dict[Any, Cue] = {}
        self._open_requests: set[Cue] = set()
        self._open_turns: set[str] = set()

    def start(self) -> list[Message | str]:
        """Return what comes unasked."""
        return self._next([])

    def receive(self, message: Message) -> list[Message | str]:
        """Take what the client says; raises `Diverged` when the recording does not say so."""
        if "method" not in message:
            return self._take_answer(message)
        cue = self._find(message)
        cue.has_come, cue.live_id = True, message.get("id")
        self._lanes[cue.lane].is_fresh = False
        if cue.reply is None:
            return self._next([])
        self._open_requests.add(cue)
        return self._next([cue.reply] if cue.reply.lane == NO_THREAD else [])

    @property
    def is_awaited(self) -> bool:
        """Tell whether something open waits for the next message of the client."""
        return bool(self._open_requests or self._open_turns)

    @property
    def unasked(self) -> list[Entry]:
        """Return what the client asked when it was recorded, and not now."""
        return [cue.entry for cue in self._cues if cue.may_be_asked]

    def silence(self, seconds: float) -> Diverged | None:
        """Return what to say of a client that has waited so long, or None when nothing is due."""
        due = (cue for cue in self._cues if cue.entry.is_from_client and not cue.has_come)
        cue = next(due, None)
        if cue is None:
            return None
        return silent(self._name, cue.entry, self._bindings.fill(cue.entry.message), seconds)

    # --- what the client says --------------------------------------------------------------------

    def _find(self, message: Message) -> Cue:
        askable = [cue for lane in self._lanes.values() for cue in self._askable(lane)]
        askable.sort(key=lambda cue: cue.entry.line)
        for cue in askable:
            if self._accepts(cue.asked, asked(message)):
                return cue
        found = self._find_exchanged(message)
        if found is None:
            raise self._divergence(message, askable)
        return found

    def _askable(self, lane: Lane) -> Iterable[Cue]:
        if lane.name != NO_THREAD:
            return lane.askable()
        return (cue for cue in self._cues if cue.lane == NO_THREAD and cue.may_be_asked)

    def _accepts(self, recorded: Message, live: Message) -> bool:
        trial = self._bindings.copy()
        if trial.difference(recorded, live) is not None:
            return False
        self._bindings = trial
        return True

    def _find_exchanged(self, message: Message) -> Cue | None:
        """Let threads that were made alike, and where nothing was asked yet, change places."""
        mine = self._lane_of(message)
        if mine is None or mine.opener is None or not mine.is_fresh:
            return None
        for lane in self._lanes.values():
            if lane.opener is None or lane.opener.asked != mine.opener.asked or not lane.is_fresh:
                continue
            before = self._bindings
            self._bindings = before.exchanged(mine.name, lane.name)
            for cue in lane.askable():
                if self._accepts(cue.asked, asked(message)):
                    return cue
            self._bindings = before
        return None

    def _lane_of(self, message: Message) -> Lane | None:
        thread = (message.get("params") or {}).get("threadId")
        lanes = (lane for lane in self._lanes.values() if lane.name != NO_THREAD)
        return next((lane for lane in lanes if self._bindings.current(lane.name) == thread), None)

    def _divergence(self, message: Message, askable: list[Cue]) -> Diverged:
        lane = self._lane_of(message)

        def closeness(cue: Cue) -> tuple[bool, bool]:
            is_same_thread = lane is not None and cue.lane == lane.name
            return (is_same_thread, cue.entry.method == message["method"])

        if not askable:
            return surplus(self._name, message)
        cue = max(askable, key=closeness)
        return self._different(cue, cue.asked, asked(message)) or surplus(self._name, message)

    def _different(self, cue: Cue, recorded: Message, live: Message) -> Diverged | None:
        found = self._bindings.copy().difference(recorded, live)
        if found is None:
            return None
        return different(self._name, cue.entry, self._bindings.fill(recorded), live, found)

    def _take_answer(self, message: Message) -> list[Message | str]:
        question = self._questions.pop(message.get("id"), None)
        cue = question.reply if question else None
        if cue is None:
            return []  # it was settled before anyone answered; the runtime would ignore this too
        if not self._accepts(cue.entry.message, message):
            raise self._different(cue, cue.entry.message, message) or surplus(self._name, message)
        cue.has_come = True
        return self._next([])

    # --- what the runtime says -------------------------------------------------------------------

    def _next(self, cues: list[Cue]) -> list[Message | str]:
        for lane in self._lanes.values():
            cues.extend(lane.ready())
        return [self._say(cue) for cue in sorted(cues, key=lambda cue: cue.entry.line)]

    def _say(self, cue: Cue) -> Message | str:
        message = self._bindings.fill(cue.entry.message)
        if not isinstance(message, dict):
            return str(message)
        if cue.request is not None:
            self._open_requests.discard(cue.request)
            return {**message, "id": cue.request.live_id}
        if cue.entry.id is not None:
            self._questions[cue.entry.id] = cue
        elif cue.entry.method == "turn/started":
            self._open_turns.add(cue.lane)
        elif cue.entry.method == "turn/completed":
            self._open_turns.discard(cue.lane)
        return dict(message)
