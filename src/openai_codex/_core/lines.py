"""Bytes to whole lines, in linear time, with a ceiling that fails one line and not the client.

Knows nothing of JSON.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from itertools import chain
from typing import final

__all__ = ["HEAD_BYTES", "LineBuffer", "Oversized"]

HEAD_BYTES = 200
"""How much of a line that cannot be used is kept to tell which it was."""


@final
@dataclass(frozen=True, slots=True)
class Oversized:
    """What is kept of a line over the ceiling: its first and last bytes, and its size."""

    head: bytes
    size: int
    tail: bytes = field(default=b"", compare=False)


class LineBuffer:
    """Cuts a stream of bytes into lines; lines over `limit` bytes come out as `Oversized`."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        # Of a line that has begun. Joined once, at the newline, or it would be quadratic.
        self._parts: list[bytes] = []
        self._size = 0
        self._tail = b""  # of a line that is too long

    def feed(self, data: bytes) -> Iterable[bytes | Oversized]:
        """Return the lines that `data` completes, with their newlines; to be gone through once."""
        end = data.rfind(b"\n") + 1
        if not end:
            self._keep(data)
            return ()
        begin = data.index(b"\n") + 1 if self._parts else 0
        # Each line is cut when it is asked for, where the last one was: those of `split` have left
        # the processor's cache before they are parsed.
        whole = BytesIO(data[begin:end])
        is_long = end - begin > self._limit  # only then can one of its lines be too long
        lines: Iterable[bytes | Oversized] = map(self._sized, whole) if is_long else whole
        if begin:
            self._keep(data[:begin])
            lines = chain((self._finish(),), lines)
        self._keep(data[end:])
        return lines

    @property
    def is_empty(self) -> bool:
        """Tell whether the next byte begins a line."""
        return not self._parts

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._limit + 1:  # too long already: only its two ends are kept
            self._tail = b"".join((*self._parts[-1:], self._tail, part))[-HEAD_BYTES:]
            head = b"".join(kept[:HEAD_BYTES] for kept in (*self._parts, part))
            self._parts = [head[:HEAD_BYTES]]
        elif part:  # without empty parts, a line in one piece is joined without a copy
            self._parts.append(part)

    def _finish(self) -> bytes | Oversized:
        kept, size = b"".join(self._parts), self._size - 1  # without its newline
        tail, self._tail = self._tail, b""
        self._parts.clear()
        self._size = 0
        return kept if size <= self._limit else Oversized(kept[:size], size, tail)

    def _sized(self, line: bytes) -> bytes | Oversized:
        size = len(line) - 1
        if size <= self._limit:
            return line
        return Oversized(line[: min(size, HEAD_BYTES)], size, line[-HEAD_BYTES:])
