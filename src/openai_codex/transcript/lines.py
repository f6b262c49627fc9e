"""The records of a thread's file, one at a time: never more than one line is in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from .errors import TranscriptError

__all__ = ["first_record", "records"]

MOST = 64 * 1024 * 1024  # bytes of one record; a longer one is told of, not read
SHOWN = 2000  # of a line that is no JSON

Json = dict[str, Any]


def records(path: Path, *, until: int | None = None) -> Iterator[Json]:
    """Yield the records of a file, up to a byte; what is no record has the type `unreadable`."""
    try:
        with path.open("rb") as file:
            while until is None or file.tell() < until:
                line = file.readline(MOST)
                if not line:
                    return
                if len(line) == MOST and not line.endswith(b"\n"):
                    yield _unreadable(line, f"a record of more than {MOST} bytes")
                    _skip(file)
                elif line.strip():
                    yield _record(line)
    except OSError as error:
        raise TranscriptError(f"cannot read {path}: {error.strerror}", path=str(path)) from error


def first_record(path: Path) -> Json:
    """Return the payload of a file's first record, or nothing where that is not a session's."""
    record = next(records(path), {})
    payload = record.get("payload")
    return payload if record.get("type") == "session_meta" and isinstance(payload, dict) else {}


def _record(line: bytes) -> Json:
    try:
        record = from_json(line)
    except ValueError as error:  # the last line of a runtime that was killed, most likely
        return _unreadable(line, str(error))
    return record if isinstance(record, dict) else _unreadable(line, "not an object")


def _unreadable(line: bytes, why: str) -> Json:
    text = line[:SHOWN].decode("utf-8", errors="replace")
    return {"type": "unreadable", "payload": {"why": why, "text": text}}


def _skip(file: Any) -> None:
    while True:
        piece = file.readline(MOST)
        if not piece or piece.endswith(b"\n"):
            return
