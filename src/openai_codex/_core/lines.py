"""Bytes to whole lines, in linear time, with a ceiling that fails one line and not the client.

Knows nothing of JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

__all__ = ["HEAD_BYTES", "LineBuffer", "Oversized"]

HEAD_BYTES = 200
"""How much of a line that cannot be used is kept to tell which it was."""


@final
@dataclass(frozen=True, slots=True)
class Oversized:
    """Stand for a line that was longer than the ceiling: its first bytes and its size."""

    head: bytes
    size: int


class LineBuffer:
    """Cut a stream of bytes into lines; lines over `limit` bytes come out as `Oversized`."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        # Of a line that has begun. Joined once, at the newline, or it would be quadratic.
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[bytes | Oversized]:
        """Return the lines that `data` completes, without newlines; empty ones are left out."""
        if not self._parts and data.endswith(b"\n") and len(data) <= self._limit:
            return [line for line in data.split(b"\n") if line]  # whole lines, as they mostly are
        head, *rest = data.split(b"\n")
        self._keep(head)
        if not rest:
            return []
        tail = rest.pop()
        lines = [self._finish(), *rest]
        self._keep(tail)
        if len(data) > self._limit:  # only then can a line inside this chunk be too long
            lines = [self._sized(line) for line in lines]
        return lines if all(lines) else [line for line in lines if line]

    @property
    def is_empty(self) -> bool:
        """Tell whether the next byte begins a line."""
        return not self._parts

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._limit:  # too long already: only its head is kept
            head = b"".join(kept[:HEAD_BYTES] for kept in (*self._parts, part))
            self._parts = [head[:HEAD_BYTES]]
        elif part:  # without empty parts, a line in one piece is joined without a copy
            self._parts.append(part)

    def _finish(self) -> bytes | Oversized:
        kept, size = b"".join(self._parts), self._size
        self._parts.clear()
        self._size = 0
        return kept if size <= self._limit else Oversized(kept, size)

    def _sized(self, line: bytes | Oversized) -> bytes | Oversized:
        if isinstance(line, Oversized) or len(line) <= self._limit:
            return line
        return Oversized(line[:HEAD_BYTES], len(line))
