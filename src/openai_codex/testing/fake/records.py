"""What the fakes did, as the test sees it: records, in order, and waiting for the next one.

Waits end by an event; the time-out is only there so that a broken test ends too.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from ..._checks import check_choice, check_least

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal[
    "answered",
    "asked",
    "ended",
    "grandchild",
    "grandchild ended",
    "interrupted",
    "malformed",
    "paused",
    "received",
    "spawned",
    "step",
]


@dataclass(frozen=True)
class Record:
    """One thing that a fake process did or saw.

    kind and name:
      spawned, ended          a process connected (facts: pid), or is gone
      received  METHOD        a request or notification came (facts: message, bytes)
      malformed               a line that the runtime would drop came (facts: text)
      asked     METHOD        a question went out (facts: id)
      answered  METHOD        its answer came (facts: message)
      paused    POINT         a script waits for `release(point)`
      step      STEP          a step was taken; `die` is recorded before
      interrupted TURN        a turn stopped playing
      grandchild, grandchild ended

    spawn: which process of the server, counted from 1.
    """

    kind: Kind
    name: str
    spawn: int
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> dict[str, Any]:
        """Return the message that was received, or the answer."""
        message: dict[str, Any] = self.facts.get("message", {})
        return message


@dataclass(frozen=True)
class Wanted:
    """Description of a record to wait for."""

    kind: Kind
    name: str | None
    count: int
    spawn: int | None

    def fits(self, record: Record) -> bool:
        """Say whether a record is of this description, whichever one it is."""
        return (
            record.kind == self.kind
            and self.name in (None, record.name)
            and self.spawn in (None, record.spawn)
        )


def wanted_record(kind: Kind, name: str | None, count: int, spawn: int | None) -> Wanted:
    """Make a description; raises for one that no record can fit."""
    check_choice("kind", kind, get_args(Kind))
    check_least(1, count=count, spawn=spawn)
    return Wanted(kind, name, count, spawn)


class FakeTimeoutError(TimeoutError):
    """Raised when a record did not come in time; lists what came instead."""

    def __init__(self, wanted: Wanted, timeout: float, records: list[Record]) -> None:
        self.wanted = wanted
        self.records = records
        seen = ", ".join(f"{r.kind} {r.name}".strip() for r in records[-20:]) or "nothing"
        super().__init__(f"{wanted} did not come within {timeout} s; last came: {seen}")


class Watch:
    """A pending wait for one record; counts down those that fit."""

    def __init__(self, wanted: Wanted, tell: Callable[[Record], None]) -> None:
        self.tell = tell
        self._wanted = wanted
        self._missing = wanted.count

    def sees(self, record: Record) -> bool:
        """Look at the next record; say whether it is the one."""
        self._missing -= self._wanted.fits(record)
        return self._missing == 0


class Records:
    """The latest records, and the waits for more."""

    def __init__(self, keep: int) -> None:
        self._changing = threading.Lock()  # guards both
        self._kept: deque[Record] = deque(maxlen=keep)
        self._watches: list[Watch] = []

    def add(self, record: Record) -> None:
        """Keep a record, and wake the wait that it satisfies."""
        with self._changing:
            self._kept.append(record)
            due = [watch for watch in self._watches if watch.sees(record)]
            self._watches = [watch for watch in self._watches if watch not in due]
        for watch in due:
            watch.tell(record)

    def watch(self, wanted: Wanted, tell: Callable[[Record], None]) -> None:
        """Tell once, now or later, of the record that is wanted."""
        watch = Watch(wanted, tell)
        with self._changing:
            found = next((record for record in self._kept if watch.sees(record)), None)
            if found is None:
                self._watches.append(watch)
        if found is not None:
            tell(found)

    def forget(self, tell: Callable[[Record], None]) -> None:
        """Drop a watch that nobody waits for any more."""
        with self._changing:
            self._watches = [watch for watch in self._watches if watch.tell is not tell]

    def copy(self) -> list[Record]:
        """Return the records, oldest first."""
        with self._changing:
            return list(self._kept)
