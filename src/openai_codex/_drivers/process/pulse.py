"""Whether a process that is to end is still at work: it runs, or it prints."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from .process import Process

__all__ = ["Pulse", "slices"]

_AT_WORK = frozenset({"R", "D"})  # it runs, or wants to; it waits for a disk
_STATE, _TIMES = 0, slice(11, 13)  # of what /proc/PID/stat has after the name


class Pulse:
    """Signs of life of a process since this was made, for where `/proc` shows them."""

    def __init__(self, process: Process, *, silence: float) -> None:
        self._process = process
        self._left = self._silence = silence
        self._last = _look(process)

    def is_gone(self, *, after: float) -> bool:
        """Return whether, `after` seconds more, there was no sign of life for too long."""
        now = _look(self._process)
        if now is None:  # it cannot be seen here: then it has all its time
            return False
        is_alive = now != self._last or now[0] in _AT_WORK
        self._last = now
        self._left = self._silence if is_alive else self._left - after
        return self._left <= 0.0


def slices(whole: float, size: float) -> Iterator[float]:
    """Yield parts of `whole`, none longer than `size`."""
    while whole > 0.0:
        yield min(size, whole)
        whole -= size


def _look(process: Process) -> tuple[str, list[str], int] | None:
    """Return its state, the time that it has run, and how much it has printed; None elsewhere."""
    with contextlib.suppress(OSError, IndexError):
        text = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8", errors="replace")
        fields = text.rpartition(")")[2].split()
        return fields[_STATE], fields[_TIMES], process.printed
    return None
