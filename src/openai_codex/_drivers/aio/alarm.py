"""One timer of a loop for all tasks that wait there with a time-out.

A timer for each wait would be most of what a wait costs, and nearly nobody waits to the end of it.
"""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

__all__ = ["Alarm", "alarm_of", "finish"]


class Alarm:
    """The futures that wait on one loop, and the timers that finish those whose time is over."""

    def __init__(self) -> None:
        self._due: dict[asyncio.Future[None], float] = {}
        self._timers: list[float] = []  # when they ring: the last is the next

    def set(
        self, loop: asyncio.AbstractEventLoop, waiter: asyncio.Future[None], seconds: float
    ) -> None:
        """Finish `waiter` in so many seconds, unless it is dropped before."""
        self._due[waiter] = due = loop.time() + seconds
        self._wind(loop, due)

    def drop(self, waiter: asyncio.Future[None]) -> None:
        """Do not finish it; one that is not there is fine."""
        self._due.pop(waiter, None)

    def _wind(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        if not self._timers or due < self._timers[-1]:  # else one rings before, and looks again
            self._timers.append(due)
            loop.call_at(due, self._ring, loop)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        now = self._timers.pop()
        for waiter in [waiter for waiter, due in self._due.items() if due <= now]:
            del self._due[waiter]
            finish(waiter)
        if self._due:
            self._wind(loop, min(self._due.values()))


def finish(waiter: asyncio.Future[None]) -> None:
    """Wake the task that waits for it; a future that was cancelled stays so."""
    if not waiter.done():
        waiter.set_result(None)


# An alarm does not know its loop, or neither would ever be collected.
_alarms: WeakKeyDictionary[asyncio.AbstractEventLoop, Alarm] = WeakKeyDictionary()


def alarm_of(loop: asyncio.AbstractEventLoop) -> Alarm:
    """Return the alarm of this loop; call it there."""
    alarm = _alarms.get(loop)
    if alarm is None:
        alarm = _alarms[loop] = Alarm()
    return alarm
