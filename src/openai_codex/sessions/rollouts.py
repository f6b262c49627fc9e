"""Stored conversations in a CODEX_HOME: a thread's history, whole, out of the files it is in.

Reads only. A thread may go on from the beginning of another file (`history_base`): a fork from that
of its parent, a thread that was cut from its own older segment. What is read here is put together,
in the order of time, so that it needs no other file; the lines are renumbered.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import SessionError
from .names import read_name

__all__ = ["CompressedError", "History", "newest_file", "read_head"]

_FOLDERS = ("sessions", "archived_sessions")
_MOST_HEAD = 64 << 20  # bytes of a first line, which holds the base instructions
_CHUNK = 1 << 20
_MOST_SEGMENTS = 10_000
_NUMBER = re.compile(rb'^(\{"timestamp":"[^"]*","ordinal":)\d+')


class CompressedError(SessionError):
    """Raised for a file that the runtime has compressed; resuming its thread unpacks it."""

    def __init__(self, thread_id: str) -> None:
        super().__init__(
            f"thread {thread_id} is stored compressed: resume it once, and export it then"
        )
        self.thread_id = thread_id


@dataclass(frozen=True, slots=True)
class _Segment:
    """The part of one file that belongs to a history: its first bytes, or all of them."""

    path: Path
    size: int


class History:
    """The whole history of a thread, of which `path` is the current file."""

    def __init__(self, home: Path, path: Path) -> None:
        self._home = home
        self._path = path
        self._segments = self._found()

    def lines(self) -> Iterator[bytes]:
        """Yield the lines that are written to their end now; the file may be growing."""
        yield self._head()
        number = 1
        for segment in self._segments:
            for line in _body(segment):
                yield _NUMBER.sub(rb"\g<1>%d" % number, line)
                number += 1

    def _head(self) -> bytes:
        """Return the first line, which names what the history builds on, without that."""
        with self._path.open("rb") as file:
            line = file.readline(_MOST_HEAD)
        head = json.loads(line)
        if not {"history_base", "forked_from_ordinal_exclusive"} & head["payload"].keys():
            return line
        for name in ("history_base", "forked_from_ordinal_exclusive"):
            head["payload"].pop(name, None)
        if "ordinal" in head:
            head["ordinal"] = 0
        text = json.dumps(head, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "surrogatepass") + b"\n"

    def _found(self) -> list[_Segment]:
        """Return the segments, the oldest first."""
        found = [_Segment(self._path, _whole_lines(self._path))]
        while (base := read_head(found[-1].path).get("history_base")) is not None:
            try:
                path = self._file_of(str(base["thread_id"]))
                found.append(_Segment(path, int(base["end_byte_offset"])))
            except (KeyError, TypeError, ValueError) as error:
                raise SessionError(f"{found[-1].path.name} names its base oddly") from error
            if len(found) > _MOST_SEGMENTS:
                raise SessionError(f"{self._path.name} builds on itself")
        return found[::-1]

    def _file_of(self, segment: str) -> Path:
        for path in _stored(self._home, segment):
            name = read_name(path.name)
            if name is not None and name.segment == segment:
                if name.is_compressed:
                    raise CompressedError(name.thread_id)
                return path
        raise SessionError(
            f"{self._path.name} goes on from {segment}, which is not stored in this home"
        )


def newest_file(home: Path, thread_id: str) -> Path | None:
    """Return the file that a thread goes on in, as far as the names tell, or None."""
    names = {path: read_name(path.name) for path in _stored(home, thread_id)}
    own = [path for path, name in names.items() if name and name.thread_id == thread_id]
    return max(own, key=lambda path: path.name, default=None)


def _stored(home: Path, part: str) -> Iterator[Path]:
    for folder in _FOLDERS:
        yield from (home / folder).rglob(f"rollout-*{part}*")


def read_head(path: Path) -> dict[str, Any]:
    """Return what a file's first line says of its thread; raises SessionError."""
    try:
        with path.open("rb") as file:
            first = json.loads(file.readline(_MOST_HEAD))
        head = first["payload"] if first["type"] == "session_meta" else None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SessionError(f"{path.name} does not begin like a stored conversation") from error
    if not isinstance(head, dict):
        raise SessionError(f"{path.name} does not begin like a stored conversation")
    return head


def _body(segment: _Segment) -> Iterator[bytes]:
    """Yield the lines of a segment but the first, which is about its file."""
    left = segment.size
    with segment.path.open("rb") as file:
        left -= len(file.readline())
        while left > 0:
            line = file.readline()
            left -= len(line)
            if not line.endswith(b"\n") or left < 0:
                raise SessionError(f"{segment.path.name} is shorter than what goes on from it says")
            yield line


def _whole_lines(path: Path) -> int:
    """Return how many bytes of a file are lines that were written to their end."""
    with path.open("rb") as file:
        place = file.seek(0, os.SEEK_END)
        while place:
            start = max(0, place - _CHUNK)
            file.seek(start)
            last = file.read(place - start).rfind(b"\n")
            if last >= 0:
                return start + last + 1
            place = start
    return 0
