"""Work that is done in order, beside the thread that finds it: exporters may take their time.

What goes in is run once, by a thread that lives as long as there is work, or by `flush`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from .._core.careful_log import CarefulLog
from .._locks import signal_lock

__all__ = ["Outbox"]

_log = CarefulLog("openai_codex.telemetry")

_LINGER = 0.2
"""Seconds that the thread waits for more to do before it ends."""

_GATHER = 0.05
"""Seconds that it lets work come together: each time it wakes, it takes the reader's processor."""

Work = tuple[Callable[..., object], tuple[Any, ...]]


class Outbox:
    """A queue of work, and the thread that does it."""

    def __init__(self) -> None:
        self._work: deque[Work] = deque()
        self._scheduling = signal_lock()  # guards whether a thread is there
        self._running = signal_lock()  # held while work is done: it stays in order
        self._wake = threading.Event()
        self._is_scheduled = False
        self._is_working = False
        self._has_failed = False

    @property
    def is_busy(self) -> bool:
        """Whether something is left to do."""
        return bool(self._work) or self._is_working

    def put(self, work: Callable[..., object], *given: Any) -> None:
        """Have it called soon, with what is given."""
        self._work.append((work, given))
        with self._scheduling:
            is_new, self._is_scheduled = not self._is_scheduled, True
        if is_new:
            self._start()
        elif not self._wake.is_set():
            self._wake.set()

    def flush(self, _: object = None) -> None:
        """Do all that is left, here; returns when it is done."""
        with self._running:
            self._is_working = True  # before it is taken: `is_busy` must not miss it
            while self._work:
                try:
                    work, given = self._work.popleft()
                except IndexError:  # a signal handler above us took it
                    break
                try:
                    work(*given)
                except Exception as error:  # a span processor of the program
                    self._tell(error)
            self._is_working = False

    def _start(self) -> None:
        try:
            threading.Thread(target=self._run, name="codex-telemetry", daemon=True).start()
        except RuntimeError:  # no thread can be started: the program may be ending
            self._is_scheduled = False
            self.flush()

    def _run(self) -> None:
        while True:
            self._wake.clear()
            self.flush()
            if self._work or self._wake.wait(_LINGER):  # a new thread costs more than a wait
                time.sleep(_GATHER)
                continue
            with self._scheduling:
                if not self._work:
                    self._is_scheduled = False
                    return

    def _tell(self, error: Exception) -> None:
        level = logging.DEBUG if self._has_failed else logging.ERROR
        self._has_failed = True
        _log.log(level, "could not send telemetry", exc_info=error)
