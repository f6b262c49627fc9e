"""Whether a question is settled, and waiting until it is: from any thread, or any event loop."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections import deque
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from .._locks import let_go, sleep_on

if TYPE_CHECKING:
    import asyncio

__all__ = ["Settlement"]


class Settlement:
    """Truthy once the question is settled; `reason` says how.

    `reason` is one of `answered`, `declined`, `resolved elsewhere`, `turn over`, `closed`. Wait
    with `wait(seconds)` on a thread or with `await` in a task.
    """

    # Without a lock: a signal handler may settle above a frame that settles. What has to be one
    # step is one call of a dict or a deque, which nothing can part.

    def __init__(self) -> None:
        self._first: dict[str, list[str]] = {}
        self._listeners: deque[Callable[[], object]] = deque()

    @property
    def reason(self) -> str | None:
        """How the question was settled, or None."""
        first = self._first.get("reason")
        return None if first is None else first[0]

    def __bool__(self) -> bool:
        return self.reason is not None

    def __repr__(self) -> str:
        return f"<Settlement {self.reason or 'open'}>"

    def wait(self, seconds: float | None = None) -> bool:
        """Block until settled, at most `seconds`; returns whether it is."""
        if self.reason is None:
            # Made for each wait: a condition has a lock that a signal handler above it would wait
            # for.
            sleeper = threading.Lock()
            sleeper.acquire()
            self.listen(sleeper.release)
            try:
                with let_go():
                    sleep_on(sleeper, seconds)
            finally:
                self._forget(sleeper.release)
        return self.reason is not None

    def __await__(self) -> Generator[Any, None, str]:
        import asyncio

        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        # By way of the loop: what settles may be another thread, or a handler of a signal.
        listener = functools.partial(_finish_on, loop, future)
        self.listen(listener)
        try:
            yield from future
        finally:
            self._forget(listener)
        return self.reason or ""

    @property
    def is_own(self) -> bool:
        """Whether it was settled by an answer of this client."""
        return self.reason in ("answered", "declined")

    @property
    def is_foreign(self) -> bool:
        """Whether it was settled by something else than an answer of this client."""
        return self.reason is not None and not self.is_own

    def settle(self, reason: str) -> bool:
        """Settle for `reason`; returns whether it was open until now."""
        mine = [reason]
        # One step of a dictionary: of two that settle at once, one finds its own list there.
        if self._first.setdefault("reason", mine) is not mine:
            return False
        self._call_listeners()
        return True

    def correct(self, reason: str) -> None:
        """Replace the reason of an answer that came too late."""
        # Sent while the runtime settled it: the answer did not count, and its caller is to know.
        self._first["reason"] = [reason]

    def listen(self, listener: Callable[[], object]) -> None:
        """Call `listener` once settled: now, or on the thread that settles."""
        self._listeners.append(listener)
        if self.reason is not None:  # maybe since then: whoever takes it off calls it
            self._call_listeners()

    def _call_listeners(self) -> None:
        while self._listeners:
            try:
                listener = self._listeners.popleft()
            except IndexError:  # another thread took it
                return
            listener()

    def _forget(self, listener: Callable[[], object]) -> None:
        with contextlib.suppress(ValueError):
            self._listeners.remove(listener)


def _finish_on(loop: asyncio.AbstractEventLoop, future: asyncio.Future[None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nothing waits there any more
        loop.call_soon_threadsafe(_finish, future)


def _finish(future: asyncio.Future[None]) -> None:
    # The task that waited may have been cancelled between the call and the loop's turn.
    if not future.done():
        future.set_result(None)
