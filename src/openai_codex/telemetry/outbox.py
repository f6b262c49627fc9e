"""Work that is done in order, beside the thread that finds it: exporters may take their time.

What goes in is run once, by a thread that ends some seconds after the last of it, or by `flush`.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from .._core.careful_log import CarefulLog
from .._locks import signal_lock

__all__ = ["Outbox"]

_log = CarefulLog("openai_codex.telemetry")

_GATHER = 0.5
"""Seconds that work comes together, unless somebody waits for it.

Each time the thread wakes it takes the processor from the one that reads, and a span that is begun
when it is over already costs half. So only that time wakes it, and somebody who waits.
"""

_LINGER = 10
"""How often in a row it finds nothing before it ends: a new one costs more."""

Work = tuple[Callable[..., object], tuple[Any, ...]]


class Outbox:
    """A queue of work, and the thread that does it."""

    def __init__(self) -> None:
        self._work: deque[Work] = deque()
        self._scheduling = signal_lock()  # guards whether a thread is there
        self._running = signal_lock()  # held while work is done: it stays in order
        # One for each that does not wait for the thread's time. No event: a signal handler may put
        # one above a frame that does.
        self._asked: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._is_scheduled = False
        self._may_rest = False  # the thread need not wait for more
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

    def tell_when_done(self, then: Callable[[], object]) -> None:
        """Have all that is there done soon, and then call this, on whatever thread did it."""
        self.put(then)
        self._asked.put(None)

    def rest(self) -> None:
        """Let the thread end as soon as nothing is left to do: no more is expected."""
        self._may_rest = True
        self._asked.put(None)

    def flush(self) -> None:
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
        idle = 0
        while self._is_wanted(idle):
            idle = 0 if self._work else idle + 1
            self.flush()

    def _is_wanted(self, idle: int) -> bool:
        """Let work come together; False when none came in a while, and the thread is to end."""
        if not self._may_rest:
            with contextlib.suppress(queue.Empty):
                self._asked.get(timeout=_GATHER)
        with self._scheduling:
            is_over = self._may_rest or idle >= _LINGER
            self._is_scheduled = bool(self._work) or not is_over
            return self._is_scheduled

    def _tell(self, error: Exception) -> None:
        level = logging.DEBUG if self._has_failed else logging.ERROR
        self._has_failed = True
        _log.log(level, "could not send telemetry", exc_info=error)
