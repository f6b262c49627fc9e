"""stdin of the fake process: lines as bytes, and the faults of a reader: stop, close.

It must not interpret a line. Reading can be stopped while it blocks, where pipes can be polled.
"""

from __future__ import annotations

import os
import select
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .waiting import Waiting

CHUNK = 64 * 1024


class Input:
    """Standard input, read on one thread; any thread may stop or close it."""

    def __init__(self, waiting: Waiting, fd: int = 0) -> None:
        self._fd = fd
        self._waiting = waiting
        self._wake_out, self._wake_in = os.pipe()
        self._held_until: list[str | None] = []
        self._closing = False
        self._reader = threading.current_thread()

    def lines(self) -> Iterator[bytes]:
        """Yield each whole line without its newline; return at the end of the stream."""
        pending: list[bytes] = []
        while chunk := self._chunk():
            *whole, rest = chunk.split(b"\n")
            for line in whole:
                yield b"".join((*pending, line))
                pending.clear()
            if rest:
                pending.append(rest)

    def stop(self, until: str | None) -> None:
        """Read nothing more until the point is released."""
        self._held_until.append(until)
        self._obey()

    def close(self) -> None:
        """Close the pipe; the reader waits for ever."""
        self._closing = True
        self._obey()

    def _obey(self) -> None:
        """Make the reader look at its orders; on the reader itself that is its next read."""
        if self._closing and threading.current_thread() is self._reader:
            self._shut()
        os.write(self._wake_in, b"!")
        if self._closing and threading.current_thread() is not self._reader:
            self._waiting.until(lambda: self._fd < 0)

    def _chunk(self) -> bytes:
        while self._is_woken():
            os.read(self._wake_out, 1)
            if self._closing:
                self._shut()
                self._waiting.for_ever()
            while self._held_until:
                point = self._held_until.pop()
                self._waiting.until(partial(self._waiting.is_released, point))
        return os.read(self._fd, CHUNK)

    def _is_woken(self) -> bool:
        if sys.platform == "win32":  # no polling of pipes: an order is seen at the next line
            return bool(self._closing or self._held_until)
        fds = [self._wake_out] if self._fd < 0 else [self._fd, self._wake_out]
        return self._wake_out in select.select(fds, [], [])[0]

    def _shut(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            self._waiting.tell()
