"""stdout of the fake process, to the byte: whole lines, raw bytes, and faults at byte n.

It must not buffer: what was written before a fault is out when the fault happens.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK = 64 * 1024


def print_error(data: bytes) -> None:
    """Write to stderr, as long as somebody may read it."""
    rest = memoryview(data)
    with suppress(BrokenPipeError):
        while rest:
            rest = rest[os.write(2, rest) :]


class Output:
    """Standard output for one writer at a time, with an action at a byte mark."""

    def __init__(self, fd: int = 1) -> None:
        self._fd = fd
        self._writing = threading.RLock()  # re-entrant: what happens at a mark may write
        self._written = 0
        self._marks: list[tuple[int, Callable[[], None]]] = []
        self._open = True

    def at_byte(self, count: int, action: Callable[[], None]) -> None:
        """Act when so many bytes are out, before the next one."""
        self._marks.append((count, action))
        self._marks.sort(key=lambda mark: mark[0])

    def write(self, data: bytes) -> None:
        """Write all of the bytes, or none of them any more once nobody can read them."""
        with self._writing:
            rest = memoryview(data)
            while self._marks and self._marks[0][0] <= self._written + len(rest):
                count, action = self._marks.pop(0)
                head = max(0, count - self._written)
                self._push(rest[:head])
                rest = rest[head:]
                action()
            self._push(rest)

    def repeat(self, line: bytes, count: int) -> None:
        """Write a line so many times, in chunks that fill the pipe."""
        if not line:
            return
        per_chunk = max(1, CHUNK // len(line))
        chunk = line * min(per_chunk, count)
        for _ in range(count // per_chunk):
            self.write(chunk)
        self.write(line * (count % per_chunk))

    def close(self) -> None:
        """Close the pipe for good."""
        with self._writing:
            if self._open:
                self._open = False
                os.close(self._fd)

    def _push(self, data: memoryview) -> None:
        while self._open and data:
            try:
                sent = os.write(self._fd, data)
            except BrokenPipeError:
                self.close()
                return
            self._written += sent
            data = data[sent:]
