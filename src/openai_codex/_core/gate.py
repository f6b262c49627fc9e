"""A gate that lets a bounded number through and the rest in the order they came.

Never waits: it says who may pass, and who passes next when somebody leaves.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

__all__ = ["Gate"]


class _Ticket(Protocol):
    def set(self) -> None:
        """Let the holder through."""


class Gate:
    """Admit at most `limit` holders at once, first come, first served."""

    def __init__(self, *, limit: int) -> None:
        self._free = limit
        self._queue: deque[_Ticket] = deque()

    def enter(self, ticket: _Ticket) -> None:
        """Set the ticket at once if there is room, else when its turn comes."""
        self._queue.append(ticket)
        self._admit()

    def leave(self, ticket: _Ticket) -> None:
        """Give the place back; a ticket that never got one just leaves the queue."""
        if ticket in self._queue:
            self._queue.remove(ticket)
            return
        self._free += 1
        self._admit()

    def _admit(self) -> None:
        while self._free and self._queue:
            self._free -= 1
            self._queue.popleft().set()
