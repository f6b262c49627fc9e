"""One thread that polls a transport's descriptors: for systems where pipes can be polled.

Callers write for themselves when the pipe takes it; the thread writes what was left over. What may
come in between, and what the thread must not wait for, is told in docs/interrupts.md.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import select
import threading
import time
from collections.abc import Callable

from ..._locks import is_held_here
from ..pipes import Outbox, read
from ..timers import Timers
from ..transport import Timer
from ..watching import WatchingPump

__all__ = ["PollPump"]

_LONG = 5000  # milliseconds: a runtime that reads nothing for so long is not waited for


class PollPump(WatchingPump):
    """A `Pump` with a thread of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._out: Outbox | None = None
        # Guards the outbox, its descriptor and the wake-up pipe. A signal handler may send above a
        # frame that sends; the thread never waits for it, or it would not read for that handler.
        self._out_lock = threading.RLock()
        self._wake_fds: list[tuple[int, int]] = []
        self._stopped = False
        self._is_lost = False
        self._lost: Callable[[], object] = _nothing
        self._stdin = -1
        self._timers = Timers()
        self._poll = select.poll()
        self._just_data: list[tuple[int, int]] = []
        self._thread: threading.Thread | None = None

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
        self._just_data = self._just_data or [(fd, select.POLLIN)]  # the busiest comes first
        reading = self._gather if gathers else self._read
        self._watch(fd, functools.partial(reading, fd, take, at_end))

    def write(self, fd: int, lost: Callable[[], object]) -> None:
        """Let `send` lead to `fd`; `lost` is called once the other end is closed."""
        os.set_blocking(fd, False)  # a runtime that stops reading must not stop its callers
        self._stdin, self._out, self._lost = fd, Outbox(fd), lost

    def later(self, seconds: float, then: Callable[[], object]) -> Timer:
        """Call `then` in so many seconds, on the thread."""
        timer = self._timers.add(seconds, then)
        if self._thread is not threading.current_thread():  # it may sleep for longer
            with self._out_lock:
                self._wake()
        return timer

    def start(self, *, close: Callable[[], None], failed: Callable[[], None]) -> None:
        """Begin to watch; raises RuntimeError or OSError where there is no thread or descriptor."""
        # In one step, which Ctrl-C cannot part, from the system to where `stop` finds them.
        self._wake_fds.extend(itertools.starmap(os.pipe, ((),)))
        wake_read, wake_write = self._wake_fds[0]
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        self._watch(wake_read, functools.partial(read, wake_read))
        work = functools.partial(self._run, close, failed)
        self._thread = threading.Thread(target=work, name="codex-io", daemon=True)
        self._thread.start()

    # --- any thread ------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Write, at once or by the thread later."""
        self._bursts.end()
        is_nested = is_held_here(self._out_lock)
        with self._out_lock:
            out = self._out
            if out is None or self._is_lost:
                return
            # A pipe takes this much whole or not at all. Of more it may take a part, and Ctrl-C in
            # the caller's thread would lose how much; the pump's own thread is never interrupted.
            send = out.send if len(data) <= select.PIPE_BUF else out.keep
            try:
                send(data)
                if is_nested:  # the thread cannot flush before the frame below us goes on
                    self._flush_here(out)
            except OSError:
                self._is_lost = True
            if out.pending or self._is_lost:
                self._wake()

    def _flush_here(self, out: Outbox) -> None:
        poll = select.poll()
        poll.register(self._stdin, select.POLLOUT)
        while out.pending and poll.poll(_LONG):
            out.flush()

    def close_input(self, close: Callable[[], None]) -> None:
        """Drop what is unsent, write no more, and `close`: a frame below may be writing still."""
        self._out = None
        close()
        with self._out_lock:
            self._wake()

    def stop(self) -> None:
        """End the thread, which closes the descriptors on its way out."""
        self._stopped = True
        with self._out_lock:
            self._wake()
        thread = self._thread
        is_nested = is_held_here(self._out_lock)  # then it ends when the frame below us goes on
        if thread is None or thread.ident is None:  # it could not be started
            with self._out_lock:
                self._close_wake()
        elif thread is not threading.current_thread() and not is_nested:
            thread.join()

    def _wake(self) -> None:
        """Make the thread look at everything."""
        for _, writer in self._wake_fds:
            with contextlib.suppress(BlockingIOError):  # full: the thread has enough to wake it
                os.write(writer, b"\0")

    # --- the thread ------------------------------------------------------------------------------

    def _run(self, close: Callable[[], None], failed: Callable[[], None]) -> None:
        try:
            while not self._stopped:
                self._turn()
        finally:
            if not self._stopped:  # a fault of ours must leave no waiter
                failed()
            with self._out_lock:
                self._out = None
                self._close_wake()
                close()

    def _turn(self) -> None:
        ready = self._poll.poll(self._patience())
        for fd, _ in ready:
            handler = self._handlers.get(fd)
            if handler is not None and not self._stopped:
                handler()
        if ready == self._just_data and not self._timers:
            return  # nothing else can have changed
        if not self._stopped:
            self._watch_stdin()
            self._timers.run()

    def _patience(self) -> float | None:
        """Return the milliseconds after which to look, though nothing came."""
        seconds = self._timers.next_in() if self._timers else None
        return None if seconds is None else seconds * 1000

    def _watch_stdin(self) -> None:
        # Without the lock: a caller that leaves something unsent wakes this thread to look again.
        out = self._out
        if self._is_lost:
            self._unwatch(self._stdin)
            lost, self._lost = self._lost, _nothing
            lost()
        elif out is not None and out.pending:
            self._handlers[self._stdin] = self._flush
            self._poll.register(self._stdin, select.POLLOUT)
        elif self._stdin in self._handlers:
            self._unwatch(self._stdin)

    def _flush(self) -> None:
        if not self._out_lock.acquire(blocking=False):
            self._unwatch(self._stdin)  # whoever sends wakes this thread afterwards
            return
        try:
            out = self._out
            if out is not None and out.pending:
                out.flush()
        except OSError:
            self._is_lost = True
        finally:
            self._out_lock.release()

    def _watch(self, fd: int, handler: Callable[[], object]) -> None:
        self._handlers[fd] = handler
        self._poll.register(fd, select.POLLIN)

    def _unwatch(self, fd: int) -> None:
        if self._handlers.pop(fd, None) is not None:
            self._poll.unregister(fd)

    def _leave_alone(self, fd: int, seconds: float) -> None:
        time.sleep(seconds)  # the thread has nothing that is more urgent than a thousandth

    def _close_wake(self) -> None:
        while self._wake_fds:
            for fd in self._wake_fds.pop():
                os.close(fd)


def _nothing() -> None:
    pass
