"""When to leave a descriptor alone for a moment, so that one look finds more.

A server of websockets sends each event in a frame, and each frame by itself: a client that wakes
for every one pays three times what the events cost. Network cards rest between interrupts for the
same reason.

Rule 1. What comes alone is never waited for: only a row of small reads makes a burst.
Rule 2. A caller that sends ends the burst: its answer waits for the rest that runs at most.
"""

from __future__ import annotations

__all__ = ["Bursts"]

_ROW = 4
"""How many reads, one soon after the other, make a burst."""

_SOON = 0.005
"""Seconds within which the next one is soon: longer than a rest, or the first would end it."""

_REST = 0.002
"""Seconds to leave a descriptor alone: nobody sees an event come so much later."""

_ENOUGH = 16 * 1024
"""Bytes of one read that are worth their look without a rest."""


class Bursts:
    """The reads of one descriptor as they follow each other."""

    def __init__(self) -> None:
        self._row = 0
        self._last = 0.0

    def rest_after(self, size: int, now: float) -> float:
        """Note a read of so many bytes; returns for how many seconds to read no more."""
        self._row = self._row + 1 if now - self._last < _SOON else 0
        self._last = now
        return _REST if self._row >= _ROW and size < _ENOUGH else 0.0

    def end(self) -> None:
        """Take note that something was sent. From any thread: it only sets a number."""
        self._row = 0
