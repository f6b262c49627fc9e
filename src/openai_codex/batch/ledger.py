"""The ledger: one line of JSON for each change of state, only ever added to.

The state of a batch is a fold of its ledger. What a line says is durable once `sync` came back. A
line that a crash tore off is ignored by readers and cut away by the next writer.

    run       a process began to work here: versions, options
    started   an attempt began: id, attempt, task (digest)
    thread    its conversation exists: id, thread
    ended     an attempt ended and the task goes on later: id, attempt, outcome, why, spent
    finished  the task is settled: id, attempt, outcome, why, spent
    reopened  a settled task is to be run again: id, fresh
    paused    nothing new starts until the limit is over: until, why
    rejected  a member of the input is not a task: line, why
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import FolderError
from .outcome import Outcome
from .private import opened_private
from .sources import id_key
from .spent import Spent

__all__ = ["Fold", "Ledger", "OpenTask", "entries", "folded"]

CODES = tuple(Outcome)
_as_json = json.JSONEncoder(separators=(",", ":")).encode  # made once: a batch writes many lines
Entry = dict[str, Any]


@dataclass(slots=True)
class OpenTask:
    """A task that was begun and is not settled: what its next attempt needs to know."""

    digest: str = ""
    attempt: int = 0
    failures: int = 0
    deaths: int = 0
    thread: str | None = None
    spent: Spent = field(default_factory=Spent)
    is_unrecorded: bool = False
    """Its attempt began, and how it ended is not in the ledger: its driver runs, or died."""
    reopened: str = ""
    """The outcome that it had before it was reopened."""


@dataclass(slots=True)
class Fold:
    """The state of a batch, as its ledger tells it.

    `finished` keeps no ids, only numbers made of them: a million tasks cost about 130 MB so.
    """

    finished: dict[int, int] = field(default_factory=dict)
    open: dict[str, OpenTask] = field(default_factory=dict)
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    spent: Spent = field(default_factory=Spent)
    runs: int = 0
    rejected: int = 0
    paused_until: float = 0.0

    def outcome_of(self, task_id: str) -> Outcome | None:
        """The outcome of a settled task, None for any other."""
        packed = self.finished.get(id_key(task_id))
        return None if packed is None else CODES[packed & 15]

    def is_same(self, task_id: str, digest: str) -> bool:
        """Tell whether a settled task asked the same as the one with this digest."""
        return self.finished[id_key(task_id)] >> 4 == _digest_bits(digest)

    def add(self, entry: Entry) -> None:
        """Take one entry; unknown events, of a later version, change nothing."""
        handler = _FOLDS.get(entry.get("event", ""))
        if handler is not None:
            handler(self, entry)

    def _run(self, entry: Entry) -> None:
        self.runs += 1
        self.rejected = 0  # each run reads the input again

    def _started(self, entry: Entry) -> None:
        task = self.open.setdefault(entry["id"], OpenTask())
        if entry.get("fresh"):
            task.thread = None
        task.attempt, task.digest = entry["attempt"], entry.get("task", "")
        task.is_unrecorded = True

    def _thread(self, entry: Entry) -> None:
        if entry["id"] in self.open:
            self.open[entry["id"]].thread = entry["thread"]

    def _ended(self, entry: Entry) -> None:
        task = self.open.setdefault(entry["id"], OpenTask())
        task.is_unrecorded = False
        task.failures, task.deaths = entry.get("failures", 0), entry.get("deaths", 0)
        task.thread = entry.get("thread")
        self._spend(task, entry)

    def _finished(self, entry: Entry) -> None:
        task = self.open.pop(entry["id"], OpenTask())
        outcome = Outcome(entry["outcome"])
        bits = _digest_bits(entry.get("task") or task.digest)
        self.finished[id_key(entry["id"])] = bits << 4 | CODES.index(outcome)
        self.counts[outcome] += 1
        self._spend(task, entry)

    def _reopened(self, entry: Entry) -> None:
        packed = self.finished.pop(id_key(entry["id"]), None)
        if packed is not None:
            self.counts[CODES[packed & 15]] -= 1
        self.open[entry["id"]] = OpenTask(
            digest=f"{(packed or 0) >> 4:016x}",
            attempt=entry.get("attempt", 0),
            thread=entry.get("thread"),
            reopened=CODES[packed & 15].value if packed is not None else "",
        )

    def _paused(self, entry: Entry) -> None:
        self.paused_until = max(self.paused_until, entry["until"])

    def _rejected(self, entry: Entry) -> None:
        self.rejected += 1

    def _spend(self, task: OpenTask, entry: Entry) -> None:
        spent = Spent.from_json(entry.get("spent"))
        task.spent += spent
        self.spent += spent


_FOLDS: dict[str, Callable[[Fold, Entry], None]] = {
    "run": Fold._run,
    "started": Fold._started,
    "thread": Fold._thread,
    "ended": Fold._ended,
    "finished": Fold._finished,
    "reopened": Fold._reopened,
    "paused": Fold._paused,
    "rejected": Fold._rejected,
}


def _digest_bits(digest: str) -> int:
    return int(digest or "0", 16)


def entries(path: Path) -> Iterator[Entry]:
    """Yield the entries of a ledger; a torn last line, or none at all, is no error.

    Raises FolderError for a line inside the file that is not an entry.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return  # torn: only the last line can lack its end
            yield _entry(path, number, line)


def _entry(path: Path, number: int, line: bytes) -> Entry:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise FolderError(path, f"line {number} is damaged: {error}") from error
    if not isinstance(entry, dict) or not isinstance(entry.get("event"), str):
        raise FolderError(path, f"line {number} is damaged: it is not an object with an event")
    return entry


def folded(path: Path) -> Fold:
    """Read a ledger and return the state that it tells; raises FolderError for what is damaged."""
    fold, number = Fold(), 0
    try:
        for number, entry in enumerate(entries(path), 1):  # noqa: B007 - named when it fails
            fold.add(entry)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        why = f"line {number} is damaged, or of a later version: {error!r}"
        raise FolderError(path, why) from error
    return fold


class Ledger:
    """The writer of a ledger. Not for several threads at once, but `sync` may run beside `add`."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self._clock = clock
        try:
            self._file = opened_private(path, os.O_RDWR)
        except OSError as error:
            raise FolderError(path, error.strerror or str(error)) from error
        self._size = self._whole_lines()
        os.ftruncate(self._file, self._size)
        os.lseek(self._file, self._size, os.SEEK_SET)

    def _whole_lines(self) -> int:
        """The size up to the end of the last whole line."""
        size = os.fstat(self._file).st_size
        while size:
            start = max(0, size - 64 * 1024)
            os.lseek(self._file, start, os.SEEK_SET)
            end = os.read(self._file, size - start).rfind(b"\n")
            if end >= 0:
                return start + end + 1
            size = start
        return 0

    @property
    def size(self) -> int:
        """The length of the file in bytes."""
        return self._size

    def add(self, event: str, **facts: Any) -> None:
        """Append one entry; raises FolderError, and leaves no torn line, when the disk is full."""
        entry = {"at": round(self._clock(), 3), "event": event, **facts}
        line = _as_json(entry).encode() + b"\n"
        try:
            written = os.write(self._file, line)
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError as error:
            self._cut_back()
            raise FolderError(self.path, error.strerror or str(error)) from error
        self._size += len(line)

    def _cut_back(self) -> None:
        os.ftruncate(self._file, self._size)
        os.lseek(self._file, self._size, os.SEEK_SET)

    def sync(self) -> None:
        """Return once everything that was added is on the disk."""
        try:
            os.fsync(self._file)
        except OSError as error:
            raise FolderError(self.path, error.strerror or str(error)) from error

    def close(self) -> None:
        """Close the file; idempotent."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
