"""An input that may block, read in a thread of its own, one member at a time and only when asked.

A pipe, a database or a service gives the next task when it has one. Meanwhile the loop must go on
reading turns, and hear that it is to stop.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from dataclasses import dataclass
from enum import Enum
from typing import Any

__all__ = ["NOT_YET", "Blocking", "Feed", "NotYet"]

WITHIN = 0.005
"""Seconds to wait for a member: most inputs have one at once, and a loop can spare that."""


class NotYet(Enum):
    """What a feed gives while its input is still being read."""

    NOTHING = "nothing"


NOT_YET = NotYet.NOTHING


@dataclass(frozen=True)
class Blocking:
    """Marks an iterable whose next member may take its time."""

    members: Iterable[Any]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.members)


class Feed:
    """Iterates over an input without waiting for it.

    `on_ready` is called, in the reading thread, when there is what was not there yet.
    """

    def __init__(self, members: Iterator[Any], on_ready: Callable[[], None]) -> None:
        self._members = members
        self._on_ready = on_ready
        self._wanted = threading.Semaphore(0)
        self._given: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        self._is_asked = False
        self._is_missed = False
        self._is_closed = False
        read = copy_context().run
        self._thread = threading.Thread(  # a daemon: it may be in a read that never comes back
            target=read, args=(self._read,), name="codex-batch-input", daemon=True
        )

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if not self._is_asked:
            self._is_asked = True
            self._wanted.release()
        if not self._thread.ident:
            self._thread.start()
        try:
            member, error = self._given.get(timeout=0 if self._is_missed else WITHIN)
        except queue.Empty:
            self._is_missed = True
            return NOT_YET
        self._is_asked = self._is_missed = False
        if error is not None:
            raise error
        return member

    def _read(self) -> None:
        while True:
            self._wanted.acquire()
            if self._is_closed:
                return
            try:
                given: tuple[Any, BaseException | None] = next(self._members), None
            except BaseException as error:  # the end is one, too
                given = None, error
            self._given.put(given)
            if self._is_missed:
                self._on_ready()
            if given[1] is not None:
                return

    def close(self) -> None:
        """Read nothing more."""
        self._is_closed = True
        self._wanted.release()
