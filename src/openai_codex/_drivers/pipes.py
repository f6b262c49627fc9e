"""Reading and writing descriptors that do not block.

A runtime that stops reading must never stop this package: what a pipe would not take at once is
kept in an `Outbox` until it does.
"""

from __future__ import annotations

import os

__all__ = ["CHUNK", "Outbox", "read"]

# What a pipe of Linux holds: larger reads gained nothing, smaller ones wake the reader more often.
CHUNK = 64 * 1024
"""How much to read at once."""


def read(fd: int) -> bytes | None:
    """Return what is there, b"" at the end, None when nothing is there now."""
    try:
        return os.read(fd, CHUNK)
    except BlockingIOError:
        return None
    except OSError:
        return b""


class Outbox:
    """What a descriptor would not take yet. Not thread-safe; its owner guards it."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        # One buffer that is cut at its front: a list of lines would need a write for each.
        self.pending = bytearray()

    def send(self, data: bytes) -> None:
        """Write `data` after what is pending; raises OSError when the other end is closed."""
        # After what is pending, also when the pipe would take it now: lines keep their order.
        if self.pending:
            self.pending += data
            return
        written = self._write(data)
        if written < len(data):
            self.pending += memoryview(data)[written:]

    # A line that is larger than a pipe takes at once must not be written by a thread that Ctrl-C
    # may strike: how much was taken would be lost, and the next line would end up within it.

    def keep(self, data: bytes) -> None:
        """Put `data` after what is pending, for the one that flushes."""
        self.pending += data

    def flush(self) -> None:
        """Write what is pending, as much as the pipe takes; raises OSError as `send` does."""
        written = self._write(self.pending)
        del self.pending[:written]

    def _write(self, data: bytes | bytearray) -> int:
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0
