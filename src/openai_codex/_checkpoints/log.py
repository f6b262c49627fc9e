"""A thread's log of checkpoints on disk: JSON lines, appended, never changed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from .errors import CheckpointError
from .records import Record

__all__ = ["Log"]


class Log:
    """The records of one thread, the oldest first."""

    def __init__(self, state: Path, thread_id: str) -> None:
        if not re.fullmatch(r"[0-9A-Za-z-]{1,80}", thread_id):
            raise CheckpointError(f"{thread_id!r} is no id of a thread")
        self._path = state / "threads" / f"{thread_id}.jsonl"

    def records(self) -> list[Record]:
        """Return every record that was written whole."""
        return _read_all(self._path)

    def others(self, *, since: float) -> Iterator[list[Record]]:
        """Yield the records of each other thread that wrote any since a time, or may be in a turn.

        What it took over from this one, or this one from it, is left out.
        """
        ours = {record.id for record in self.records()}
        for path in sorted(self._path.parent.glob("*.jsonl")):
            if path == self._path:
                continue
            if path.stat().st_mtime >= since or _may_be_in_a_turn(path):
                yield [record for record in _read_all(path) if record.id not in ours]

    def has(self, record_id: str) -> bool:
        """Tell whether a record was written already."""
        return any(record.id == record_id for record in self.records())

    def append(self, *records: Record) -> None:
        """Write records at the end."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # The newline before keeps a line apart from one whose writer was killed.
        data = b"".join(b"\n" + json.dumps(record.to_json()).encode("ascii") for record in records)
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with open(handle, "ab") as file:
            file.write(data + b"\n")


def _read_all(path: Path) -> list[Record]:
    return [record for record in map(_read, _lines(path)) if record is not None]


def _may_be_in_a_turn(path: Path) -> bool:
    """Tell so from the last record alone: there may be very many logs, and most are done."""
    last = next((record for record in map(_read, reversed(_lines(path))) if record), None)
    return last is not None and last.kind in ("turn", "void")


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []


def _read(line: bytes) -> Record | None:
    try:
        return Record.from_json(json.loads(line))
    except (ValueError, KeyError, TypeError):
        return None  # its writer was killed, or is of another version
