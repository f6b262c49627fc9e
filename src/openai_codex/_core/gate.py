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
        self._limit = limit
        self._inside: set[_Ticket] = set()
        self._queue: deque[_Ticket] = deque()

    def enter(self, ticket: _Ticket) -> None:
        """Set the ticket at once if there is room, else when its turn comes."""
        self._queue.append(ticket)
        self._admit()

    def leave(self, ticket: _Ticket) -> None:
        """Give the place back, or leave the queue; a ticket that is in neither changes nothing."""
        if ticket in self._inside:
            self._inside.remove(ticket)
            self._admit()
        elif ticket in self._queue:
            self._queue.remove(ticket)

    def _admit(self) -> None:
        while len(self._inside) < self._limit and self._queue:
            ticket = self._queue.popleft()
            self._inside.add(ticket)
            ticket.set()
