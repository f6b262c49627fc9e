"""Whether a question is settled, and waiting until it is: from any thread, or any event loop."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

__all__ = ["Settlement"]


class Settlement:
    """Be false until the question needs no answer any more, then true, with a `reason`.

    `reason` is one of `answered`, `declined`, `resolved elsewhere`, `turn over`, `closed`. Wait
    with `wait(seconds)` on a thread or with `await` in a task.
    """

    def __init__(self) -> None:
        self.reason: str | None = None
        self._lock = threading.Lock()  # guards reason and listeners
        self._event = threading.Event()
        self._listeners: list[Callable[[], object]] = []

    def __bool__(self) -> bool:
        return self.reason is not None

    def __repr__(self) -> str:
        return f"<Settlement {self.reason or 'open'}>"

    def wait(self, seconds: float | None = None) -> bool:
        """Block until settled, at most `seconds`; tells whether it is."""
        return self._event.wait(seconds)

    def __await__(self) -> Generator[Any, None, str]:
        import asyncio

        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        listener = functools.partial(_finish_on, loop, future)
        self.listen(listener)
        try:
            yield from future
        finally:
            self._forget(listener)
        return self.reason or ""

    @property
    def is_own(self) -> bool:
        """Tell whether it was settled by an answer of this client."""
        return self.reason in ("answered", "declined")

    @property
    def is_foreign(self) -> bool:
        """Tell whether it was settled by something else than an answer of this client."""
        return self.reason is not None and not self.is_own

    def settle(self, reason: str) -> bool:
        """Settle for `reason`; tells whether it was open until now."""
        with self._lock:
            if self.reason is not None:
                return False
            self.reason = reason
            listeners, self._listeners = self._listeners, []
        self._event.set()
        for listener in listeners:
            listener()
        return True

    def listen(self, listener: Callable[[], object]) -> None:
        """Call `listener` once settled: now, or on the thread that settles."""
        with self._lock:
            if self.reason is None:
                self._listeners.append(listener)
                return
        listener()

    def _forget(self, listener: Callable[[], object]) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)


def _finish_on(loop: asyncio.AbstractEventLoop, future: asyncio.Future[None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits there any more
        loop.call_soon_threadsafe(_finish, future)


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
