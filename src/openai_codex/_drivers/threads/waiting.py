"""How threads wait: latches and mailboxes, each wait with its own time-out.

Knows nothing of processes or messages. Holds no lock: Ctrl-C may come between any two steps, and a
signal handler may put or wait where the frame below it does (docs/interrupts.md).
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from typing import Any

from ..._locks import let_go, sleep_on

__all__ = ["CANCELLED", "Latch", "Lock", "Mailbox", "sleep"]

CANCELLED = (KeyboardInterrupt, SystemExit)
"""What comes out of a wait that its owner gave up."""

Lock = threading.Lock
sleep = time.sleep


class _Sleepers:
    """The threads that wait at something, each at a lock of its own that wakes it."""

    def __init__(self) -> None:
        # One held lock per thread that sleeps. A condition does the same in twice the time, and
        # every request makes a mailbox.
        self._sleepers: list[threading.Lock] = []

    def _wake(self) -> None:
        while self._sleepers:
            with contextlib.suppress(IndexError):  # its time was over: it took itself off
                self._sleepers.pop().release()

    def _has_come(self) -> bool:
        raise NotImplementedError

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is there, at most `seconds`; returns whether it is."""
        if self._has_come():
            return True
        sleeper = threading.Lock()
        # Held from the start: the second `acquire` is what sleeps, and a release is what wakes.
        sleeper.acquire()
        self._sleepers.append(sleeper)
        try:
            # Looked at again after the announcement: what came in between wakes nobody.
            if not self._has_come():
                with let_go():
                    sleep_on(sleeper, seconds)
        finally:
            if self._sleepers:  # else whatever woke it took it off
                with contextlib.suppress(ValueError):
                    self._sleepers.remove(sleeper)
        return self._has_come()


class Latch(_Sleepers):
    """A door that opens once."""

    def __init__(self) -> None:
        super().__init__()
        self._open = False

    def set(self) -> None:
        """Open it and wake everyone."""
        self._open = True  # first: a thread looks a last time before it sleeps
        self._wake()

    def is_set(self) -> bool:
        """Return whether it is open."""
        return self._open

    def _has_come(self) -> bool:
        return self._open


class Mailbox(_Sleepers):
    """A queue that takers wait at."""

    def __init__(self) -> None:
        super().__init__()
        self.items: deque[Any] = deque()

    def put(self, item: Any) -> None:
        """Append, and wake every waiting thread."""
        self.items.append(item)
        if self._sleepers:
            self._wake()

    def pop(self) -> Any:
        """Return the oldest item, or None when there is none."""
        try:
            # Not asked first whether there is one: another thread could take it in between.
            return self.items.popleft()
        except IndexError:
            return None

    def _has_come(self) -> bool:
        return bool(self.items)
