"""Which threads the program still holds a handle of, and which it has let go.

A handle that is collected only notes its thread, on whatever thread of the system that happens.
What was noted is looked at when another thread is opened. Pure; guarded by the driver's lock.
"""

from __future__ import annotations

from collections import deque

from .ledger import Ledger

__all__ = ["Handles"]


class Handles:
    """The handles of threads that nobody could open again: those that are not stored."""

    def __init__(self) -> None:
        self.dropped: deque[str] = deque()
        """Where a handle that is collected notes its thread; may be appended to at any time."""
        self._counts: dict[str, int] = {}
        self._let_go: dict[str, None] = {}
        self._begun: dict[str, str] = {}

    def take(self, thread_id: str) -> None:
        """Count a new handle of a thread."""
        self._counts[thread_id] = self._counts.get(thread_id, 0) + 1

    def begun(self, thread_id: str, turn_id: str) -> None:
        """Note a turn that the runtime has accepted, and may not have begun yet."""
        if thread_id in self._counts:
            self._begun[thread_id] = turn_id

    def unused(self, ledger: Ledger) -> list[str]:
        """Return, once, the threads without handles in which nothing runs."""
        while self.dropped:
            self._drop(self.dropped.popleft())
        idle = [thread_id for thread_id in self._let_go if self._is_idle(thread_id, ledger)]
        for thread_id in idle:
            del self._let_go[thread_id]
            self._begun.pop(thread_id, None)
        return idle

    def _drop(self, thread_id: str) -> None:
        self._counts[thread_id] -= 1
        if not self._counts[thread_id]:
            del self._counts[thread_id]
            self._let_go[thread_id] = None

    def _is_idle(self, thread_id: str, ledger: Ledger) -> bool:
        if thread_id in self._counts or ledger.running_turns(thread_id):
            return False
        turn_id = self._begun.get(thread_id)
        return turn_id is None or ledger.has_begun(thread_id, turn_id)
