"""How threads wait: latches and mailboxes, each wait with its own time-out.

Knows nothing of processes or messages.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from typing import Any

__all__ = ["CANCELLED", "Latch", "Lock", "Mailbox", "sleep"]

CANCELLED = (KeyboardInterrupt, SystemExit)
"""What comes out of a wait that its owner gave up."""

Lock = threading.Lock
Latch = threading.Event
sleep = time.sleep


class Mailbox:
    """A queue that takers wait at. Puts come from one thread at a time."""

    def __init__(self) -> None:
        self.items: deque[Any] = deque()
        # One held lock per taker that sleeps. A condition says the same in twice the time, and
        # every request makes a mailbox.
        self._sleepers: list[threading.Lock] = []

    def put(self, item: Any) -> None:
        """Append, and wake whoever waits."""
        self.items.append(item)
        # Read after the append: a taker announces itself before it looks a last time.
        while self._sleepers:
            with contextlib.suppress(IndexError):  # its time was over: it took itself off
                self._sleepers.pop().release()

    def pop(self) -> Any:
        """Return the oldest item, or None when there is none."""
        try:
            return self.items.popleft()
        except IndexError:
            return None

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until something is there, at most `seconds`; tells whether it is."""
        if self.items:
            return True
        sleeper = threading.Lock()
        sleeper.acquire()
        self._sleepers.append(sleeper)
        try:
            if not self.items:
                sleeper.acquire(timeout=-1 if seconds is None else seconds)
        finally:
            if self._sleepers:  # else whoever woke it took it off
                self._take_off(sleeper)
        return bool(self.items)

    def _take_off(self, sleeper: threading.Lock) -> None:
        with contextlib.suppress(ValueError):
            self._sleepers.remove(sleeper)
