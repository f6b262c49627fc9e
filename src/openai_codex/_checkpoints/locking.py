"""One at a time in one working folder, among threads and among processes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import CheckpointError

__all__ = ["locked"]

_SECONDS = 120.0
_PAUSE = 0.01


@contextmanager
def locked(path: Path, *, seconds: float = _SECONDS) -> Iterator[int]:
    """Hold the lock file; it is free again when its holder is gone, however that went.

    Yields the handle, for children that must not be outlived by the lock. Raises CheckpointError
    after `seconds`.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        end = time.monotonic() + seconds
        while not _try_lock(handle):
            if time.monotonic() >= end:
                raise CheckpointError(
                    "another checkpoint or rewind has been at work in this folder for "
                    f"{seconds:g} s"
                )
            time.sleep(_PAUSE)  # there is no wait for a file lock that has a bound
        yield handle
    finally:
        os.close(handle)  # lets go of the lock


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
