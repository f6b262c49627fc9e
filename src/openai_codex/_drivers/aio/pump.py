"""A transport's descriptors on an asyncio event loop that can watch them: no thread, no task.

Never blocks the loop: what stdin would not take at once waits for the loop to say it is writable.
"""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import Callable

from ..pipes import Outbox
from ..transport import Timer
from ..watching import WatchingPump

__all__ = ["LoopPump"]


class _Timer:
    """A call of the loop that is due later; none when the loop is closed."""

    def __init__(self, then: Callable[[], object]) -> None:
        self.is_pending = True
        self.handle: asyncio.TimerHandle | None = None
        self._then = then

    def ring(self) -> None:
        self.is_pending = False
        self._then()

    def cancel(self) -> None:
        self.is_pending = False
        if self.handle is not None:
            self.handle.cancel()


class LoopPump(WatchingPump):
    """A `Pump` whose callbacks are those of one loop. Every method is called on that loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._loop = loop
        self._out: Outbox | None = None
        self._lost: Callable[[], object] = _nothing
        self._stdin = -1
        self._timers: set[_Timer] = set()
        self._close: Callable[[], None] = _nothing

    # --- what to watch ---------------------------------------------------------------------------

    def read(
        self,
        fd: int,
        take: Callable[[bytes], object],
        at_end: Callable[[], object],
        *,
        gathers: bool = False,
    ) -> None:
        """Give `take` what comes from `fd` until its end, which `at_end` is called for."""
        os.set_blocking(fd, False)
        reading = self._gather if gathers else self._read
        self._watch(fd, functools.partial(reading, fd, take, at_end))

    def write(self, fd: int, lost: Callable[[], object]) -> None:
        """Let `send` lead to `fd`; `lost` is called once the other end is closed."""
        os.set_blocking(fd, False)
        self._stdin, self._out, self._lost = fd, Outbox(fd), lost

    def later(self, seconds: float, then: Callable[[], object]) -> Timer:
        """Call `then` in so many seconds."""
        timer = _Timer(then)
        if not self._loop.is_closed():  # else nothing is called any more, and nothing waits for it
            # Those that rang are let go of here: a set that only grows would keep every one of a
            # long life.
            self._timers = {each for each in self._timers if each.is_pending}
            self._timers.add(timer)
            timer.handle = self._loop.call_later(seconds, timer.ring)
        return timer

    def start(self, *, close: Callable[[], None], failed: Callable[[], None]) -> None:
        """Begin to watch. A callback that fails is the loop's to report, and the next is called."""
        self._close = close

    def send(self, data: bytes) -> None:
        """Write, at once or when the loop finds stdin writable."""
        out = self._out
        if out is None:
            return
        self._bursts.end()
        try:
            out.send(data)
        except OSError:
            self._lose_stdin()
        else:
            if out.pending:
                # Only while something is pending: a pipe with room is always writable, and would
                # never let the loop rest.
                self._loop.add_writer(self._stdin, self._flush)

    def close_input(self, close: Callable[[], None]) -> None:
        """Drop what is unsent, write no more, and `close`."""
        self._stop_writing()
        close()

    def stop(self) -> None:
        """Take everything off the loop, and close the descriptors."""
        self._stop_writing()  # first: the number of its descriptor may soon be another file's
        for fd in list(self._handlers):
            self._unwatch(fd)
        for timer in self._timers:
            timer.cancel()
        self._close()

    # --- callbacks -------------------------------------------------------------------------------

    def _flush(self) -> None:
        out = self._out
        if out is None:
            return
        try:
            out.flush()
        except OSError:
            self._lose_stdin()
        else:
            if not out.pending:
                self._loop.remove_writer(self._stdin)

    def _lose_stdin(self) -> None:
        self._stop_writing()
        self._lost()

    def _stop_writing(self) -> None:
        # A closed loop has forgotten its descriptors, and refuses to be asked.
        if self._out is not None and not self._loop.is_closed():
            self._loop.remove_writer(self._stdin)
        self._out = None

    def _watch(self, fd: int, handler: Callable[[], object]) -> None:
        self._handlers[fd] = handler
        self._loop.add_reader(fd, handler)

    def _leave_alone(self, fd: int, seconds: float) -> None:
        self._loop.remove_reader(fd)
        self._loop.call_later(seconds, self._watch_again, fd, self._handlers[fd])

    def _watch_again(self, fd: int, handler: Callable[[], object]) -> None:
        # The number may be another file's by now, which has another handler, or none.
        if self._handlers.get(fd) is handler:
            self._loop.add_reader(fd, handler)

    def _unwatch(self, fd: int) -> None:
        if self._handlers.pop(fd, None) is not None and not self._loop.is_closed():
            self._loop.remove_reader(fd)


def _nothing() -> None:
    pass
