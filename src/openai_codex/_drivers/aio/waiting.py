"""How tasks wait: latches and mailboxes, each wait with its own time-out.

Knows nothing of processes or messages.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from .alarm import alarm_of, finish

__all__ = ["CANCELLED", "Latch", "Lock", "Mailbox", "sleep"]

CANCELLED = (asyncio.CancelledError, KeyboardInterrupt, SystemExit)
"""What comes out of a wait that its owner gave up."""

Lock = asyncio.Lock
sleep = asyncio.sleep


class _Waiting:
    """Something that tasks wait at, each with its own time-out, without a task per wait."""

    # No list, and no coroutine around the one that waits: of each turn among hundreds the garbage
    # collector would look through them.
    _waiters: tuple[asyncio.Future[None], ...] = ()

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, ()  # each is woken once, and looks for itself
        for waiter in waiters:
            finish(waiter)

    def _join(self, seconds: float | None) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiters += (waiter,)
        if seconds is not None:
            alarm_of(loop).set(loop, waiter, seconds)
        return waiter

    def _leave(self, waiter: asyncio.Future[None], seconds: float | None) -> None:
        if seconds is not None:
            # By the waiter's own loop: a generator may be closed where no loop runs any more.
            alarm_of(waiter.get_loop()).drop(waiter)
        # Still there after a time-out or a cancellation; what woke it took it off otherwise.
        if waiter in self._waiters:
            self._waiters = tuple(each for each in self._waiters if each is not waiter)


class Latch(_Waiting):
    """A door that opens once."""

    def __init__(self) -> None:
        self._open = False

    def set(self) -> None:
        """Open it and wake everyone."""
        self._open = True
        if self._waiters:
            self._wake()

    def is_set(self) -> bool:
        """Return whether it is open."""
        return self._open

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is open, at most `seconds`; returns whether it is."""
        if not self._open:
            waiter = self._join(seconds)
            try:
                await waiter
            finally:
                self._leave(waiter, seconds)
        return self._open


class Mailbox(_Waiting):
    """A queue that takers wait at."""

    def __init__(self) -> None:
        self.items: deque[Any] = deque()

    def put(self, item: Any) -> None:
        """Append, and wake every waiting task."""
        self.items.append(item)
        if self._waiters:
            self._wake()

    def pop(self) -> Any:
        """Return the oldest item, or None when there is none."""
        # On one loop nothing comes in between the two looks.
        return self.items.popleft() if self.items else None

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait until something is there, at most `seconds`; returns whether it is."""
        if not self.items:
            waiter = self._join(seconds)
            try:
                await waiter
            finally:
                self._leave(waiter, seconds)
        return bool(self.items)
