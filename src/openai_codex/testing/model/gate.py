"""A gate holds a scripted answer until the test opens it: tests wait on events, never on clocks."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ..._checks import check_count, checked_seconds

if TYPE_CHECKING:
    from datetime import timedelta


class Gate:
    """A place that holds every answer until `open`; `wait_reached` returns once one is held.

    In async code: `await asyncio.to_thread(gate.wait_reached)`.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._reached = 0
        self._open = False
        self._abandoned = False

    def open(self) -> None:
        """Let everything held go on, and everything that comes later pass."""
        with self._changed:
            self._open = True
            self._changed.notify_all()

    def wait_reached(self, times: int = 1, *, timeout: float | timedelta | None = 30.0) -> None:
        """Block until answers have reached the gate this many times; raises `TimeoutError`."""
        check_count("times", times)
        bound = checked_seconds("timeout", timeout)
        with self._changed:
            if not self._changed.wait_for(lambda: self._reached >= times, bound):
                raise TimeoutError(
                    f"the gate was reached {self._reached} of {times} times in {bound:g} s; "
                    "is hold(gate) in the script of a turn that has begun?"
                )

    def hold(self) -> bool:
        """Block until the gate opens; False when the server closed instead."""
        with self._changed:
            self._reached += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._open or self._abandoned)
            return self._open

    def abandon(self) -> None:
        """Release what is held without opening: the server is closing."""
        with self._changed:
            self._abandoned = True
            self._changed.notify_all()
