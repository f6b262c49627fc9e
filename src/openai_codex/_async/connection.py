"""One connection to one runtime, as all that is built on it sees it. Opens nothing, asks nothing.

Calls, the inbox, turns and what stops them need this much and no more; `rpc` opens the connection
and asks over it.
"""

from __future__ import annotations

import contextlib
import functools
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Protocol

from .._checks import LONGEST
from .._core.deadline import NEVER, Deadline
from .._core.handles import Handles
from .._core.messages import Params, RawQuestion, encode_refusal
from .._core.session import Session
from .._core.turnbox import TurnBox
from .._drivers.aio import Driver, Latch, Mailbox
from .._drivers.facts import RuntimeProcess
from .._places.registry import Places
from ..config import AppServerConfig
from ..display.on_disk import FarFolder
from ..errors import TransportClosedError
from ..telemetry.witness import Witness

__all__ = ["AsyncConnection", "AsyncWayBack"]

# These run as long as what they start; they get an hour for every minute of `request_timeout`.
_SLOW = frozenset({"command/exec", "mcpServer/tool/call", "mcpServer/resource/read"})
_SLOW_FACTOR = 60

_THE_END = ("the end",)  # a route on which nothing comes but the end of the connection
_MOST_FOLDERS = 4096


class Started(Protocol):
    """What stops a turn that was started."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to stop."""
        ...

    def begin(self) -> None:
        """Stop it in the background."""


class AsyncWayBack(Protocol):
    """What brings a connection back, as callers and `close` see it."""

    count: int
    """How often it did."""

    async def is_back(self, within: Deadline) -> bool:
        """Wait until the connection is there again; False where it stays away."""
        ...

    async def revive(self, method: str, thread_id: str) -> None:
        """Resume a stale thread before a call that needs it; raises ThreadLostError."""

    async def stop(self, seconds: float) -> None:
        """Bring nothing back any more."""


class AsyncConnection:
    """A driver, the bounds it works within, and what is known of the runtime behind it."""

    def __init__(self, config: AppServerConfig) -> None:
        self.config = config
        self.witness = Witness()
        self.driver: Driver
        self.server_info: dict[str, Any] = {}
        self.lacks: dict[str, dict[str, str]] = {}  # by method, what an older runtime would drop
        self.places = Places()
        self.comeback: AsyncWayBack | None = None
        self.stale: set[str] = set()  # threads that this runtime does not have yet
        self._folders: dict[str, str] = {}
        self._handles = Handles()
        self._remarked: object = None  # the last event that was
        self._left: dict[Latch, str] = {}  # and the threads of the turns
        self._starting: set[Latch] = set()
        self._started: list[Started] = []  # where they outlive us: for `close`

    def locked(self, work: Callable[[Session], Any]) -> Any:
        """Return what `work` returns; it has the session to itself."""
        return self.driver.locked(work)

    def is_news(self, event: object) -> bool:
        """Tell whether an event was not remarked upon yet; from now on it was.

        The last one alone is kept: all handles of a turn ask one after the other.
        """

        def swap(_: Session) -> bool:
            known, self._remarked = self._remarked, event
            return known is not event

        is_new: bool = self.locked(swap)
        return is_new

    def answer(self, asked: RawQuestion, line: bytes) -> bool:
        """Send the line that answers a question; returns whether it was still open."""
        driver = self.driver
        is_open = driver.answer(asked.id, line, epoch=asked.epoch)
        if not is_open and driver is not self.driver:  # it came back just now
            return self.driver.answer(asked.id, line, epoch=asked.epoch)
        return is_open

    def refuse(self, asked: RawQuestion, *, code: int, message: str) -> bool:
        """Answer a question with an error; returns whether it was still open."""
        return self.answer(asked, encode_refusal(asked.id, code, message))

    async def is_back(self, within: Deadline) -> bool:
        """Wait until a connection that was lost is back; False where it stays away."""
        return self.comeback is not None and await self.comeback.is_back(within)

    async def come_back(self) -> None:
        """Wait while a connection that was lost comes back: what joins routes joins those of it."""
        if self.is_closed:
            await self.is_back(NEVER)

    async def revive(self, method: str, params: Params | None) -> None:
        """Resume the thread that a call is for, where its runtime does not have it yet."""
        given = params or {}
        thread_id = given.get("threadId")
        if method == "thread/goal/set" and given.get("status") == "paused":
            return  # which may be what keeps it from coming back
        if thread_id in self.stale and self.comeback is not None:
            await self.comeback.revive(method, thread_id)

    def turn_box(self) -> TurnBox[Mailbox, Latch]:
        """Return an empty box for the events of one turn."""
        return TurnBox(
            queue=Mailbox(), started=Latch(), over=Latch(), limit=self.config.max_unread_bytes
        )

    def timeout_for(self, method: str) -> float | None:
        """Return the seconds that `method` is given unless its caller says otherwise."""
        seconds = self.config.request_timeout
        if seconds is None or method not in _SLOW:
            return seconds
        return min(seconds * _SLOW_FACTOR, LONGEST)

    @property
    def is_closed(self) -> bool:
        """Whether nothing comes any more."""
        return self.driver.session.cause is not None

    async def pause(self, seconds: float) -> None:
        """Let `seconds` pass, or less when the connection ends."""
        box = Mailbox()
        self.locked(functools.partial(_await_the_end, box))
        try:
            await box.wait(seconds)
        finally:
            self.locked(functools.partial(_leave_the_end, box))

    # --- what callers leave to us -----------------------------------------------------------------

    def leave(self, thread_id: str, done: Latch) -> None:
        """Note that a turn was left and is being stopped, in the background; `done` is set then.

        `close`, and the thread's next turn, wait for it.
        """
        # What is done by now goes: nobody else takes it off, and a client may live for long.
        left = {**self._left, done: thread_id}
        self._left = {latch: thread for latch, thread in left.items() if not latch.is_set()}

    @contextlib.contextmanager
    def starting(self) -> Iterator[None]:
        """Let `close` wait for a turn that is being started: it has no id to be stopped by yet."""
        begun = Latch()
        try:
            self._starting.add(begun)
            yield
        finally:
            self._starting.discard(begun)
            begun.set()

    def note_turn(self, turn: Started) -> None:
        """Note a turn of ours that would outlive this connection."""
        if self.config._connect is not None:
            self._started = [each for each in self._started if not each.is_over]
            self._started.append(turn)

    async def stop_turns(self, deadline: Deadline) -> None:
        """Begin to stop the turns of ours that would outlive this connection; see `settle`."""
        for begun in list(self._starting) if self.config._connect is not None else ():
            await begun.wait(deadline.left())
        for turn in self._started:
            turn.begin()

    async def settle(self, deadline: Deadline, thread_id: str | None = None) -> None:
        """Wait until turns that were left, of one thread or of all, are stopped."""
        while self._left and not deadline.is_over and self.driver.is_at_home:
            left = [
                done
                for done, thread in self._left.items()
                if not done.is_set() and thread_id in (None, thread)
            ]
            if not left:
                return
            await left[0].wait(deadline.left())

    # --- handles of threads -----------------------------------------------------------------------

    def hold(self, handle: object, thread_id: str) -> None:
        """Count a handle of a thread that is not stored, until it is collected."""
        self.locked(lambda session: self._handles.take(thread_id))
        # It may be collected on any thread, above any frame: it is noted, and nothing else done.
        weakref.finalize(handle, self._handles.dropped.append, thread_id).atexit = False

    def note_begun(self, thread_id: str, turn_id: str) -> None:
        """Note a turn that the runtime has accepted."""
        self.locked(lambda session: self._handles.begun(thread_id, turn_id))

    def let_go(self) -> None:
        """Unsubscribe from threads that the program let go of; nobody waits for the replies."""
        for thread_id in self.locked(lambda session: self._handles.unused(session.ledger)):
            with contextlib.suppress(TransportClosedError):
                self.driver.call("thread/unsubscribe", {"threadId": thread_id}, Mailbox())

    # --- what is known of the runtime -------------------------------------------------------------

    def parent_of(self, thread_id: str) -> str | None:
        """Return the thread whose sub-agent this one is, or None."""
        parent: str | None = self.locked(lambda session: session.notices.parents.get(thread_id))
        return parent

    def note_folder(self, thread_id: str, folder: object) -> None:
        """Remember the folder that a thread works in, by which its diffs name files."""
        if isinstance(folder, str):
            self._folders.pop(thread_id, None)
            self._folders[thread_id] = folder
            if len(self._folders) > _MOST_FOLDERS:  # a client may see any number of threads
                self._folders.pop(next(iter(self._folders)))

    def folder_of(self, thread_id: str | None) -> str | None:
        """Return the folder that a thread, or the one whose sub-agent it is, works in, or None."""
        seen: set[str] = set()
        while thread_id is not None and thread_id not in seen:
            if thread_id in self._folders:
                place, folder = self.places.of(thread_id), self._folders[thread_id]
                return folder if place is None else FarFolder(folder, place.environment)
            seen.add(thread_id)
            thread_id = self.parent_of(thread_id)
        return None

    def usage_before(self, thread_id: str, turn_id: str) -> Any:
        """Return the last report of a thread's token usage from before a turn, or None."""
        return self.locked(lambda session: session.ledger.usage_before(thread_id, turn_id))

    def signs_of_life(self) -> dict[str, Any]:
        """Return what a time-out error reports: the last message, and whether the process lives."""
        facts = self.driver.transport.facts()
        last_event, skipped = self.locked(
            lambda session: (session.intake.last_event, session.intake.skipped)
        )
        is_alive = not self.is_closed if facts is None else facts.is_alive
        return {"last_event": last_event, "skipped": skipped, "alive": is_alive}

    def process_facts(self) -> RuntimeProcess | None:
        """Return what is known of the process, or None when none was started."""
        facts = self.driver.transport.facts()
        return None if facts is None else replace(facts, version=self.runtime_version)

    def resets_at(self) -> int | None:
        """Return when the usage limits that were reported last reset, in unix seconds, or None.

        Of two windows that are full, the later one counts.
        """
        note = self.locked(lambda session: session.notices.latest.get("account/rateLimits/updated"))
        limits = (note.params.get("rateLimits") if note is not None else None) or {}
        windows = [limits.get("primary") or {}, limits.get("secondary") or {}]
        full = [w for w in windows if w.get("usedPercent", 0) >= 100]
        return max((w["resetsAt"] for w in full if w.get("resetsAt")), default=None)

    @property
    def runtime_version(self) -> str | None:
        """The runtime's version as its user agent has it, or None before the handshake."""
        head, _, _ = str(self.server_info.get("userAgent", "")).partition(" (")
        _, slash, version = head.rpartition("/")  # the client's name, before it, may hold slashes
        return version if slash else None


def _await_the_end(box: Mailbox, session: Session) -> None:
    session.routes.join(_THE_END, box)
    session.tell_if_closed(box)


def _leave_the_end(box: Mailbox, session: Session) -> None:
    session.routes.leave(_THE_END, box)
