"""One thread for all that is to be done later; there while anything is, and no longer."""

from __future__ import annotations

import functools
import itertools
import logging
import os
import threading
import time
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from ..._core.careful_log import CarefulLog
from ...errors import CodexError
from ..new_thread import start_thread

__all__ = ["call_in"]

_log = CarefulLog("openai_codex.turns")

Work = Callable[[], object]


class _Clock:
    """Calls what is due; `work` must be quick and must not raise."""

    def __init__(self) -> None:
        # An RLock inside, for a signal handler may set a timer above a frame that just does so.
        self._changed = threading.Condition()
        self._due: list[list[Any]] = []  # moment, number, work; None for what was cancelled
        self._numbers = itertools.count()  # two moments may be equal, and works do not compare
        self._is_running = False
        self._pid = os.getpid()

    def call_in(self, seconds: float, work: Work) -> Work:
        entry = [time.monotonic() + seconds, next(self._numbers), work]
        with self._changed:
            heappush(self._due, entry)
            if not self._is_running:
                self._start()
            elif self._due[0] is entry:
                self._changed.notify()
        return functools.partial(self._cancel, entry)

    def _start(self) -> None:
        try:
            start_thread(self._run, name="codex-clock")
        except CodexError as error:
            # What is due stays, and the next call tries again: a turn that runs already must not
            # fail for this, and its readers look at the time themselves.
            _log.log(logging.WARNING, "nothing rings on time: %s", error)
        else:
            self._is_running = True

    def _cancel(self, entry: list[Any]) -> None:
        with self._changed:
            # It stays where it is: to take something out of the middle of a heap would cost its
            # order.
            entry[2] = None
            if self._due and self._due[0] is entry:
                self._changed.notify()

    def _run(self) -> None:
        while (work := self._next()) is not None:
            work()

    def _next(self) -> Work | None:
        """Wait for the next work that is due and return it; None when there is none at all."""
        with self._changed:
            while True:
                while self._due and self._due[0][2] is None:
                    heappop(self._due)
                if not self._due:
                    self._is_running = False  # under the lock: the next call starts a new thread
                    return None
                left = self._due[0][0] - time.monotonic()
                if left <= 0:
                    work: Work = heappop(self._due)[2]
                    return work
                self._changed.wait(left)


_clock = _Clock()


def call_in(seconds: float, work: Work) -> Work:
    """Have the clock's thread call `work` in so many seconds; returns what cancels that."""
    global _clock
    if _clock._pid != os.getpid():  # forked: the thread stayed behind, and the lock is in any state
        _clock = _Clock()
    return _clock.call_in(seconds, work)
