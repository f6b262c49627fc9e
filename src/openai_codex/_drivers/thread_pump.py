"""Threads that block on one descriptor each: for systems where pipes cannot be polled (Windows).

A thread that reads a pipe which a stray grandchild holds open cannot be woken. Nothing waits long
for it, and nothing closes the pipe under it: the last thread that ends closes the descriptors.
"""

from __future__ import annotations

import contextlib
import functools
import os
import queue
import threading
import time
from collections.abc import Callable

from .pipes import CHUNK
from .timers import Timers
from .transport import Timer

__all__ = ["ThreadPump"]

_GRACE = 0.25
"""Seconds that are given to threads which end as soon as their pipe does."""


class ThreadPump:
    """A `Pump` with a thread for each descriptor, and one on which everything is called back."""

    polls = False

    def __init__(self) -> None:
        # Simple queues: a signal handler may put where the frame below it is putting.
        self._calls: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._out: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._timers = Timers()
        self._works: list[tuple[str, Callable[[], None]]] = []
        self._ended: set[int] = set()  # descriptors whose thread is done
        self._closing = False
        self._close_input: Callable[[], None] = _nothing
        self._stopped = False
        self._count_lock = threading.Lock()  # guards the number of threads that still run
        self._running = 0
        self._threads: list[threading.Thread] = []

    # --- what to watch ---------------------------------------------------------------------------

    def read(
        self,
        fd: int,
        take: Callable[[bytes], object],
        at_end: Callable[[], object],
        *,
        gathers: bool = False,  # the thread that reads hands over what has gathered meanwhile
    ) -> None:
        """Give `take` what comes from `fd` until its end, which `at_end` is called for."""
        self._works.append((f"read-{fd}", functools.partial(self._read, fd, take, at_end)))

    def drain(self, fd: int) -> None:
        """Give what comes until the end of `fd`, for a moment at most."""
        end = time.monotonic() + _GRACE
        while fd not in self._ended and (left := end - time.monotonic()) > 0:
            self._call_next(left)
        self._ended.add(fd)  # what its thread brings later is dropped: the end was reported

    def watch(self, fd: int, then: Callable[[], object]) -> None:
        """Nothing can be watched where pipes cannot be polled."""
        raise NotImplementedError("descriptors cannot be polled here")

    def write(self, fd: int, lost: Callable[[], object]) -> None:
        """Let `send` lead to `fd`; `lost` is called once the other end is closed."""
        self._works.append(("write", functools.partial(self._write, fd, lost)))

    def later(self, seconds: float, then: Callable[[], object]) -> Timer:
        """Call `then` in so many seconds, on the thread for that."""
        timer = self._timers.add(seconds, then)
        self._nudge()
        return timer

    def start(self, *, close: Callable[[], None], failed: Callable[[], None]) -> None:
        """Begin to read; raises RuntimeError where there is no thread."""
        self._works.append(("io", functools.partial(self._call_back, failed)))
        # Counted before the first starts: it may end, and must not take itself for the last.
        self._running = len(self._works)
        for name, work in self._works:
            run = functools.partial(self._run, work, close)
            self._threads.append(threading.Thread(target=run, name=f"codex-{name}", daemon=True))
        try:
            for thread in self._threads:
                thread.start()
        except RuntimeError:  # the others end with the runtime, and the last one closes all
            self._drop_unstarted(close)
            raise

    def _drop_unstarted(self, close: Callable[[], None]) -> None:
        with self._count_lock:
            self._running -= sum(thread.ident is None for thread in self._threads)
            is_last = self._running == 0
        if is_last:
            close()

    # --- any thread ------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Hand the bytes to the thread that writes."""
        self._out.put(data)

    def close_input(self, close: Callable[[], None]) -> None:
        """Let the thread that writes `close`, after what it is writing now."""
        self._close_input = close
        self._closing = True
        self._out.put(None)

    def stop(self) -> None:
        """Wait for the threads, which end with the runtime, a moment at most."""
        self._stopped = True
        self._closing = True
        self._out.put(None)
        self._nudge()
        end = time.monotonic() + _GRACE
        for thread in self._threads:
            # Bounded: a thread that reads a pipe which a grandchild holds open ends with that one.
            if thread is not threading.current_thread() and thread.ident is not None:
                thread.join(max(0.0, end - time.monotonic()))

    def _nudge(self) -> None:
        self._calls.put(_nothing)

    # --- one thread each -------------------------------------------------------------------------

    def _run(self, work: Callable[[], None], close: Callable[[], None]) -> None:
        try:
            work()
        finally:
            with self._count_lock:
                self._running -= 1
                is_last = self._running == 0
            if is_last:
                close()

    def _call_back(self, failed: Callable[[], None]) -> None:
        try:
            while not self._stopped:
                self._call_next(self._timers.next_in())
                self._timers.run()
        finally:
            if not self._stopped:  # a fault of ours must leave no waiter
                failed()
            self._stopped = True

    def _call_next(self, seconds: float | None) -> None:
        with contextlib.suppress(queue.Empty):
            self._calls.get(timeout=seconds)()

    def _read(self, fd: int, take: Callable[[bytes], object], at_end: Callable[[], object]) -> None:
        taken = threading.Event()
        while (data := _read(fd)) and not self._stopped:
            taken.clear()
            self._calls.put(functools.partial(self._take, fd, take, data, taken))
            while not taken.wait(_GRACE) and not self._stopped:
                pass  # a runtime that writes faster than it is heard has to wait
        self._calls.put(functools.partial(self._end, fd, at_end))

    def _take(
        self, fd: int, take: Callable[[bytes], object], data: bytes, taken: threading.Event
    ) -> None:
        try:
            if fd not in self._ended:
                take(data)
        finally:
            taken.set()

    def _end(self, fd: int, at_end: Callable[[], object]) -> None:
        if fd not in self._ended:
            self._ended.add(fd)
            at_end()

    def _write(self, fd: int, lost: Callable[[], object]) -> None:
        try:
            while (data := self._out.get()) is not None and not self._closing:
                while data:
                    # This pipe blocks, and this thread alone waits for it: callers only put into
                    # the queue.
                    data = data[os.write(fd, data) :]
        except OSError:
            self._calls.put(lost)
            while self._out.get() is not None:  # until the input is closed: nothing reads these
                pass
        self._close_input()


def _read(fd: int) -> bytes:
    with contextlib.suppress(OSError):
        return os.read(fd, CHUNK)
    return b""


def _nothing() -> None:
    pass
