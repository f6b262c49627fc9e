"""A recording cut into lanes: one for each thread, and one for what belongs to no thread. Pure.

It says which message waits for which; what a live client says about it is for `playback`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .tape import Entry

NO_THREAD = ""


@dataclass(eq=False)
class Cue:
    """One recorded message in a replay; `has_come` is for what the client says."""

    entry: Entry
    lane: str = NO_THREAD
    has_come: bool = False
    reply: Cue | None = None
    request: Cue | None = None
    live_id: Any = None

    @property
    def asked(self) -> dict[str, Any]:
        """What a request or notification asks, without its id."""
        return asked(self.entry.message)

    @property
    def may_be_asked(self) -> bool:
        """Tell whether it is a request or notification that the client has yet to send."""
        return self.entry.is_from_client and self.entry.method is not None and not self.has_come


@dataclass
class Lane:
    """The messages of one thread that are still to come; `opener` is the request that made it."""

    name: str
    opener: Cue | None = None
    is_fresh: bool = True
    waiting: deque[Cue] = field(default_factory=deque)

    def ready(self) -> Iterator[Cue]:
        """Take out what the runtime says now: all up to what the client has not said yet."""
        while self.waiting:
            first = self.waiting[0]
            if first.entry.is_from_client and not first.has_come:
                return
            self.waiting.popleft()
            if not first.entry.is_from_client:
                yield first

    def askable(self) -> Iterator[Cue]:
        """Yield what the client may ask now: all up to what the runtime says next."""
        for cue in self.waiting:
            if not cue.entry.is_from_client:
                return
            if cue.lane == self.name and cue.may_be_asked:
                yield cue


def asked(message: dict[str, Any]) -> dict[str, Any]:
    """Return what a request or notification asks, without its id."""
    return {key: message[key] for key in ("method", "params") if key in message}


def cut(entries: Iterable[Entry]) -> tuple[list[Cue], dict[str, Lane]]:
    """Return all cues in order, and the lanes that they wait in."""
    cues = [Cue(entry) for entry in entries]
    _pair(cues)
    openers = _openers(cues)
    lanes = {NO_THREAD: Lane(NO_THREAD)}
    for place, cue in enumerate(cues):
        cue.lane = _lane_of(cue, openers)
        if cue.lane not in lanes:
            lanes[cue.lane] = _lane(cue, openers.get(cue.lane), cues[:place])
        if cue.request is None or cue.lane != NO_THREAD:
            lanes[cue.lane].waiting.append(cue)
    return cues, lanes


def _pair(cues: Iterable[Cue]) -> None:
    """Join every reply to its request, and every answer to its question."""
    open_requests: dict[tuple[bool, Any], Cue] = {}
    for cue in cues:
        sender, ident = cue.entry.is_from_client, cue.entry.id
        if ident is not None and cue.entry.method is not None:
            open_requests[(sender, ident)] = cue
        elif ident is not None and (request := open_requests.pop((not sender, ident), None)):
            cue.request, request.reply = request, cue


def _openers(cues: Iterable[Cue]) -> dict[str, Cue]:
    """Return the request that made each thread which has one."""
    openers: dict[str, Cue] = {}
    for cue in cues:
        made = _made_thread(cue)
        if made and cue.request is not None and made != _thread(cue.request):
            openers.setdefault(made, cue.request)
    return openers


def _made_thread(cue: Cue) -> str:
    result = cue.entry.message.get("result") if isinstance(cue.entry.message, dict) else None
    if not isinstance(result, dict) or cue.entry.is_from_client:
        return NO_THREAD
    return str((result.get("thread") or {}).get("id") or result.get("reviewThreadId") or NO_THREAD)


def _thread(cue: Cue) -> str:
    params = cue.entry.message.get("params") if isinstance(cue.entry.message, dict) else None
    if not isinstance(params, dict):
        return NO_THREAD
    thread = params.get("thread")
    inner = thread.get("id") if isinstance(thread, dict) else None
    return str(params.get("threadId") or inner or NO_THREAD)


def _lane_of(cue: Cue, openers: dict[str, Cue]) -> str:
    if cue.request is None:
        return _thread(cue)
    made = _made_thread(cue)
    is_opened = openers.get(made) is cue.request and cue.request.lane == NO_THREAD
    return made if is_opened else cue.request.lane


def _lane(first: Cue, opener: Cue | None, before: list[Cue]) -> Lane:
    lane = Lane(first.lane, opener)
    if opener is not None:
        lane.waiting.append(opener)
    elif not first.entry.is_from_client:
        lane.waiting.extend(cue for cue in before if cue.entry.is_from_client)
    return lane
