"""Which threads are busy, and the starts of turns that wait until theirs is free. Pure.

Rule 1. A thread is busy while a turn of it runs, whoever started that, and while a start that has
claimed it, or that was sent without a claim, is under way.
Rule 2. Starts that wait get the thread in the order they came, and have claimed it by then.
"""

from __future__ import annotations

from collections import deque

from .ledger import Ledger
from .messages import Reply
from .routes import Box, Delivery, Routes

__all__ = ["Occupancy"]


class Occupancy:
    """The claims on threads; a box stands for the start of one turn."""

    def __init__(self, routes: Routes, ledger: Ledger) -> None:
        self._routes = routes
        self._ledger = ledger
        self._claims: dict[str, Box] = {}
        self._waiting: dict[str, deque[Box]] = {}

    def turn_in(self, thread_id: str) -> str | None:
        """Return the id of the turn that runs in a thread, "" if one is about to, None for none."""
        running = self._routes.turn_in(thread_id)
        return running if running is not None else self._ledger.turn_in(thread_id)

    def claim(self, thread_id: str, box: Box) -> str | None:
        """Claim a free thread, and return None; or return the turn that keeps it busy."""
        running = "" if thread_id in self._claims else self.turn_in(thread_id)
        if running is None:
            self._claims[thread_id] = box
        return running

    def queue(self, thread_id: str, box: Box) -> None:
        """Claim a thread as soon as it is free: `box` gets an empty reply then."""
        self._waiting.setdefault(thread_id, deque()).append(box)

    def leave(self, thread_id: str, box: Box) -> list[Delivery]:
        """Give up a claim, or a place in the queue; what has neither is fine."""
        waiting = self._waiting.get(thread_id, deque())
        if box in waiting:
            waiting.remove(box)
            self._waiting = {thread: boxes for thread, boxes in self._waiting.items() if boxes}
        if self._claims.get(thread_id) is box:
            del self._claims[thread_id]
        return self.free(thread_id)

    def free(self, thread_id: object) -> list[Delivery]:
        """Let the next one have a thread that is not busy any more."""
        waiting = self._waiting.get(str(thread_id))
        if not waiting or self.claim(str(thread_id), waiting[0]) is not None:
            return []
        box = waiting.popleft()
        if not waiting:
            del self._waiting[str(thread_id)]
        return [(box, Reply(None, {}))]

    def boxes(self) -> list[Box]:
        """Return every box that waits."""
        return [box for boxes in self._waiting.values() for box in boxes]

    def clear(self) -> None:
        """Forget everyone."""
        self._claims.clear()
        self._waiting.clear()
