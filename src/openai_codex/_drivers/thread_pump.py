"""Threads that block on one pipe each: for systems where pipes cannot be polled (Windows).

A thread that reads a pipe which a stray grandchild holds open cannot be woken. Nobody waits long
for it, and nobody closes the pipe under it: the last thread out closes the pipes.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Callable

from ..deadline import Deadline
from .ending import EXIT_GRACE, Ending
from .pipe import CHUNK
from .process import Process
from .sink import Sink

__all__ = ["ThreadPump"]

_WAIT_SLICE = 3600.0


class ThreadPump:
    """Move bytes between a process and a sink: a reader per pipe, a writer, and one who waits."""

    def __init__(self, process: Process, sink: Sink) -> None:
        self._process = process
        self._sink = sink
        self._ending = Ending()
        self._lock = threading.Lock()  # guards the ending, and that the sink hears one at a time
        self._out: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._stdin, self._stdout = process.stdin_fd, process.stdout_fd
        self._stderr = process.stderr_fd
        self._closing = False
        self._stopped = False
        self._count_lock = threading.Lock()  # guards the number of threads that still run
        self._stdout_thread = self._thread(self._read_stdout, "stdout")
        self._stderr_thread = self._thread(self._read_stderr, "stderr")
        self._writer = self._thread(self._write, "stdin")
        self._waiter = self._thread(self._wait, "exit")
        self._running = len(self._threads())

    def start(self) -> None:
        """Begin to read."""
        for thread in self._threads():
            thread.start()

    def send(self, data: bytes) -> None:
        """Hand the bytes to the writer."""
        self._out.put(data)

    def close_stdin(self) -> None:
        """Let the writer close the pipe to the runtime after what it is writing now."""
        self._closing = True
        self._out.put(None)

    def stop(self) -> None:
        """Wait for the threads, which end with the process, a moment at most. Idempotent."""
        self._stopped = True
        self.close_stdin()
        deadline = Deadline(EXIT_GRACE)
        for thread in self._threads():
            if thread is not threading.current_thread():
                thread.join(deadline.left())

    def _threads(self) -> tuple[threading.Thread, ...]:
        return (self._stdout_thread, self._stderr_thread, self._writer, self._waiter)

    def _thread(self, work: Callable[[], None], name: str) -> threading.Thread:
        return threading.Thread(target=self._run, args=(work,), name=f"codex-{name}", daemon=True)

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            with self._count_lock:
                self._running -= 1
                is_last = self._running == 0
            if is_last:
                self._process.close_pipes()

    # --- one thread each -------------------------------------------------------------------------

    def _write(self) -> None:
        try:
            while (data := self._out.get()) is not None and not self._closing:
                while data:
                    data = data[os.write(self._stdin, data) :]
        except OSError:
            self._pipe_gone("stdin")
        self._process.close_stdin()

    def _read_stdout(self) -> None:
        while (data := _read(self._stdout)) and not self._stopped:
            with self._lock:
                self._sink.on_data(data)
        self._pipe_gone("stdout")

    def _read_stderr(self) -> None:
        while (data := _read(self._stderr)) and not self._stopped:
            self._process.stderr.feed(data)
        self._process.stderr.end()

    def _wait(self) -> None:
        while not self._process.wait(_WAIT_SLICE):
            pass
        self._out.put(None)
        self._stdout_thread.join(EXIT_GRACE)
        self._stderr_thread.join(EXIT_GRACE)
        with self._lock:
            self._ending.exited = True
            self._tell()
            self._sink.on_exit()

    # --- small words -----------------------------------------------------------------------------

    def _pipe_gone(self, name: str) -> None:
        if self._process.wait(EXIT_GRACE):
            return  # the one who waits tells it, with the exit code
        with self._lock:
            self._ending.pipe_gone = name
            self._ending.grace_over = True
            self._tell()

    def _tell(self) -> None:
        reason = self._ending.verdict()
        if reason is not None:
            self._sink.on_end(reason)


def _read(fd: int) -> bytes:
    with contextlib.suppress(OSError):
        return os.read(fd, CHUNK)
    return b""
