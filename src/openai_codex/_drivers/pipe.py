"""A pipe that does not block, and the one who reads it."""

from __future__ import annotations

import os
from collections.abc import Callable

__all__ = ["CHUNK", "Pipe", "read"]

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


class Pipe:
    """A pipe that its owner polls and reads."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def fileno(self) -> int:
        """Return what its owner polls."""
        return self._fd

    def read(self, deliver: Callable[[bytes], None]) -> bytes | None:
        """Deliver what is there and return it: b"" at the end, None when nothing is there now."""
        data = read(self._fd)
        if data:
            deliver(data)
        return data

    @property
    def has_unread(self) -> bool:
        """Tell whether something was read that its owner must deliver: the next `read` does."""
        return False

    def recall(self) -> None:
        """Take it back from whoever reads it in the owner's place."""

    def close(self) -> None:
        """Let go of whatever belongs to the reading; the descriptor itself is not ours."""
