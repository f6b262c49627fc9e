"""Bytes on their way to stdin: written at once where the pipe takes them, kept where it does not.

A runtime that stops reading must never stop us: nothing here blocks. Not thread-safe; its owner
guards it.
"""

from __future__ import annotations

import os

__all__ = ["Outbox"]


class Outbox:
    """Keep what a non-blocking descriptor would not take yet."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.pending = bytearray()

    def send(self, data: bytes) -> None:
        """Write `data` after what is pending; raises OSError when nobody reads any more."""
        if self.pending:
            self.pending += data
            return
        written = self._write(data)
        if written < len(data):
            self.pending += memoryview(data)[written:]

    def keep(self, data: bytes) -> None:
        """Put `data` after what is pending, for whoever flushes."""
        self.pending += data

    def flush(self) -> None:
        """Write what is pending, as much as the pipe takes; raises OSError as `send` does."""
        written = self._write(self.pending)
        del self.pending[:written]

    def clear(self) -> None:
        """Give up what is pending."""
        self.pending.clear()

    def _write(self, data: bytes | bytearray) -> int:
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0
