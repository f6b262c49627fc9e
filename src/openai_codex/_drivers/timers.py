"""What a pump's thread is to call later."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Timers"]


class _Timer:
    """One call that is due later."""

    def __init__(self, due: float, then: Callable[[], object]) -> None:
        self.due = due
        self.then: Callable[[], object] | None = then

    def cancel(self) -> None:
        """Do not call it; harmless when it was called already."""
        self.then = None


class Timers:
    """Calls that are due later. Added from any thread, run by one."""

    def __init__(self) -> None:
        self._timers: list[_Timer] = []  # few; append and remove are atomic

    def __bool__(self) -> bool:
        return bool(self._timers)

    def add(self, seconds: float, then: Callable[[], object]) -> _Timer:
        """Call `then` in so many seconds."""
        timer = _Timer(time.monotonic() + seconds, then)
        self._timers.append(timer)
        return timer

    def next_in(self) -> float | None:
        """Return the seconds until the next call is due, or None when there is none."""
        dues = [timer.due for timer in self._timers if timer.then is not None]
        return max(0.0, min(dues) - time.monotonic()) if dues else None

    def run(self) -> None:
        """Call what is due."""
        now = time.monotonic()
        for timer in list(self._timers):  # a copy: what is called may add others
            then = timer.then  # taken once: another thread may cancel it meanwhile
            if then is None or timer.due <= now:
                self._timers.remove(timer)
                if then is not None:
                    then()
