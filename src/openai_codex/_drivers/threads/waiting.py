"""How threads wait: latches and mailboxes, each wait with its own time-out.

Knows nothing of processes or messages.
"""

from __future__ import annotations

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
        self._waiting = 0
        self._filled = threading.Condition(threading.Lock())

    def put(self, item: Any) -> None:
        """Append, and wake whoever waits."""
        self.items.append(item)
        # Read after the append: a taker announces itself before it looks a last time.
        if self._waiting:
            with self._filled:
                self._filled.notify_all()

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
        with self._filled:
            self._waiting += 1
            try:
                if not self.items:
                    self._filled.wait(seconds)
            finally:
                self._waiting -= 1
        return bool(self.items)
