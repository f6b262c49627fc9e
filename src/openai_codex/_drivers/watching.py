"""What the pumps that can poll descriptors do alike, on a thread or on a loop.

Knows how to read what is watched; each pump adds how the system is told to watch it.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

from .bursts import Bursts
from .pipes import read

__all__ = ["WatchingPump"]

_MOST_IN_A_PIPE = 16  # chunks: a grandchild that writes for ever must not keep us reading


class WatchingPump:
    """Descriptors and what is called when they are readable."""

    polls = True

    def __init__(self) -> None:
        self._handlers: dict[int, Callable[[], object]] = {}
        self._bursts = Bursts()

    def drain(self, fd: int) -> None:
        """Give what is there already, within a bound, and read no more."""
        read_some = self._handlers.get(fd)
        for _ in range(_MOST_IN_A_PIPE):
            if read_some is None or not read_some():
                break
        self._unwatch(fd)

    def watch(self, fd: int, then: Callable[[], object]) -> None:
        """Call `then` once `fd` is readable."""
        self._watch(fd, functools.partial(self._once, fd, then))

    def _read(
        self, fd: int, take: Callable[[bytes], object], at_end: Callable[[], object]
    ) -> bytes | None:
        data = read(fd)  # one chunk: a loop serves others before it comes back for the next
        if data:
            take(data)
        elif data is not None:
            self._unwatch(fd)
            at_end()
        return data

    def _gather(
        self, fd: int, take: Callable[[bytes], object], at_end: Callable[[], object]
    ) -> bytes | None:
        data = self._read(fd, take, at_end)
        rest = self._bursts.rest_after(len(data), time.monotonic()) if data else 0.0
        if rest and fd in self._handlers:  # else `take` has ended it
            self._leave_alone(fd, rest)
        return data

    def _once(self, fd: int, then: Callable[[], object]) -> None:
        self._unwatch(fd)
        then()

    def _watch(self, fd: int, handler: Callable[[], object]) -> None:
        raise NotImplementedError

    def _leave_alone(self, fd: int, seconds: float) -> None:
        raise NotImplementedError

    def _unwatch(self, fd: int) -> None:
        raise NotImplementedError
