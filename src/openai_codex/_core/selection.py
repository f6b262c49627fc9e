"""A box that takes, of all that comes, what is about one thing: a command, a watch. Pure."""

from __future__ import annotations

from typing import Any, Protocol

from ..errors import StreamOverflowError
from .messages import Closed, Failure, Reply

__all__ = ["Selection"]

_ENDS = (Reply, Failure, Closed)


class _Queue(Protocol):
    def put(self, item: Any) -> None:
        """Append, and wake the reader."""


class Selection:
    """Takes the notifications of some methods whose params have one value, and what ends them.

    Past `limit` unread bytes nothing more is kept, and the reader is told so at the end of what is
    there.
    """

    ends_with_link = True
    """What it takes is told to one connection alone: it cannot go on over the next."""

    def __init__(
        self, queue: _Queue, method: str, key: str, value: str, *, limit: int, last: str = ""
    ) -> None:
        self._queue = queue
        self._methods = (method, last)  # `last` is the method of what ends them, if any does
        self._key = key
        self._value = value
        self._limit = limit
        # Two counters, each written by one side only, so that neither needs a lock.
        self._bytes_in = 0
        self._bytes_out = 0
        self.is_over = False

    def put(self, item: Any) -> None:
        """Take what is wanted of whatever comes; never blocks."""
        if self.is_over:
            return
        if isinstance(item, _ENDS):
            self._end(item)
        elif item.method in self._methods and item.params.get(self._key) == self._value:
            # Counted here alone: the output of other commands is no part of this one's bound.
            self._bytes_in += item.size
            if self._bytes_in - self._bytes_out > self._limit:
                # The reader gets what came before, then the error: output that stops without one
                # looks whole.
                self._end(Closed(StreamOverflowError(limit=self._limit)))
            else:
                self._queue.put(item)

    def read(self, size: int) -> None:
        """Note that so many bytes were taken out of the queue."""
        self._bytes_out += size

    def _end(self, item: Any) -> None:
        self.is_over = True
        self._queue.put(item)
