"""One thread that polls all of a runtime's pipes: for systems where pipes can be polled.

Callers write for themselves when the pipe takes it; the thread writes what was left over.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable

from .ending import EXIT_GRACE, Ending
from .lendable_pipe import LendablePipe
from .outbox import Outbox
from .pipe import Pipe, read
from .process import Process
from .sink import Sink

__all__ = ["PollPump"]

_MOST_IN_A_PIPE = 16  # chunks: a grandchild that writes for ever must not keep us reading
_LOOK_OFTEN = 0.01
_LOOK_SELDOM = EXIT_GRACE


class PollPump:
    """Move bytes between a process and a sink, on a thread of its own."""

    def __init__(self, process: Process, sink: Sink) -> None:
        self._process = process
        self._sink = sink
        self._ending = Ending()
        self._out = Outbox(process.stdin_fd)
        self._out_lock = threading.Lock()  # guards the outbox, stdin and the wake-up pipe
        self._wake_read, self._wake_write = os.pipe()
        self._stdin_open = True
        self._wake_open = True
        self._stopped = False
        self._grace_ends: float | None = None
        self._patience: float | None = 0.0  # milliseconds to the next look, though nothing comes
        self._poll = select.poll()
        self._handlers: dict[int, Callable[[], object]] = {}
        self._stdin, self._stderr = process.stdin_fd, process.stderr_fd
        self.lendable = self._make_lendable() if process.platform.has_epoll else None
        self._pipe = self.lendable or Pipe(process.stdout_fd)
        self._stdout = self._pipe.fileno()
        self._just_data = [(self._stdout, select.POLLIN)]
        self._thread = threading.Thread(target=self._run, name="codex-io", daemon=True)

    def _make_lendable(self) -> LendablePipe:
        fd, bell = self._process.stdout_fd, self._wake_write
        return LendablePipe(fd, wake=self.wake, writable=bell)

    def start(self) -> None:
        """Begin to read."""
        process = self._process
        for fd in (self._stdin, process.stdout_fd, self._stderr, self._wake_read):
            os.set_blocking(fd, False)
        os.set_blocking(self._wake_write, False)
        self._watch(self._stdout, self._read_stdout)
        self._watch(self._stderr, self._read_stderr)
        self._watch(self._wake_read, self._read_wake)
        if process.pidfd is not None:
            self._watch(process.pidfd, self._note_exit)
        self._thread.start()

    def send(self, data: bytes) -> None:
        """Write, at once or by the thread later; never block."""
        with self._out_lock:
            if not self._stdin_open:
                return
            # A pipe takes this much whole or not at all. Of more it may take a part, and Ctrl-C in
            # the caller's thread would lose how much; the pump's own thread is never interrupted.
            send = self._out.send if len(data) <= select.PIPE_BUF else self._out.keep
            try:
                send(data)
            except OSError:
                self._ending.pipe_gone = "stdin"
            if self._out.pending or self._ending.pipe_gone is not None:
                self._wake()

    def close_stdin(self) -> None:
        """Drop what is unsent and close the pipe to the runtime."""
        self._pipe.recall()
        with self._out_lock:
            self._out.clear()
            self._stdin_open = False  # its number may soon be somebody else's
            self._process.close_stdin()
            self._wake()

    def stop(self) -> None:
        """End the thread, which closes the pipes on its way out. Idempotent."""
        self._stopped = True
        self.wake()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def wake(self) -> None:
        """Make the thread look at everything."""
        with self._out_lock:
            self._wake()

    # --- the thread ----------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stopped:
                self._turn()
        finally:
            if not (self._stopped or self._ending.told):  # a fault of ours must leave no waiter
                self._sink.on_end("the thread that reads the codex runtime failed")
            self._release()

    def _turn(self) -> None:
        ready = self._poll.poll(self._patience)
        for fd, _ in ready:
            handler = self._handlers.get(fd)
            if handler is not None and not self._stopped:
                handler()
        if ready == self._just_data and self._ending.pipe_gone is None:
            return  # nothing else can have changed
        if not self._stopped:
            self._watch_stdin()
            self._look_for_the_end()
            self._patience = self._timeout()

    def _release(self) -> None:
        self._pipe.close()
        with self._out_lock:
            self._wake_open = self._stdin_open = False
            os.close(self._wake_read)
            os.close(self._wake_write)
            self._process.close_pipes()

    def _timeout(self) -> float | None:
        """Return the milliseconds after which to look, though nothing came."""
        if self._ending.told:
            return None
        waits = [] if self._grace_ends is None else [self._grace_ends - time.monotonic()]
        if self._process.pidfd is None:
            waits.append(_LOOK_OFTEN if self._ending.pipe_gone else _LOOK_SELDOM)
        return max(0.0, min(waits)) * 1000 if waits else None

    def _look_for_the_end(self) -> None:
        ending = self._ending
        if ending.told:
            return
        if not ending.exited and self._process.pidfd is None and not self._process.is_alive:
            self._note_exit()
        if ending.pipe_gone and self._grace_ends is None:
            self._grace_ends = time.monotonic() + EXIT_GRACE
        ending.grace_over = self._grace_ends is not None and time.monotonic() >= self._grace_ends
        reason = ending.verdict()
        if reason is not None:
            self._process.stderr.end()
            self._sink.on_end(reason)

    def _note_exit(self) -> None:
        if self._process.pidfd is not None:
            self._unwatch(self._process.pidfd)
        self._process.poll()
        self._ending.exited = True
        self._drain(self._stdout, self._read_stdout)
        self._drain(self._stderr, self._read_stderr)
        self._sink.on_exit()

    def _read_stdout(self) -> bytes | None:
        data = self._pipe.read(self._sink.on_data)
        if data == b"":
            self._unwatch(self._stdout)
            self._ending.pipe_gone = self._ending.pipe_gone or "stdout"
        return data

    def _read_stderr(self) -> bytes | None:
        data = read(self._stderr)
        if data:
            self._process.stderr.feed(data)
        elif data is not None:
            self._unwatch(self._stderr)
        return data

    def _read_wake(self) -> None:
        read(self._wake_read)
        if self._pipe.has_unread:
            self._read_stdout()

    def _drain(self, fd: int, read_some: Callable[[], bytes | None]) -> None:
        for _ in range(_MOST_IN_A_PIPE):
            if not read_some():
                break
        self._unwatch(fd)

    # --- what is watched -----------------------------------------------------------------------

    def _watch_stdin(self) -> None:
        # Without the lock: whoever leaves something unsent wakes this thread to look again.
        if not self._out.pending and self._stdin not in self._handlers:
            return
        with self._out_lock:
            if self._out.pending:
                self._handlers[self._stdin] = self._flush
                self._poll.register(self._stdin, select.POLLOUT)
            elif self._stdin in self._handlers:
                self._unwatch(self._stdin)

    def _flush(self) -> None:
        with self._out_lock:
            try:
                if self._out.pending:
                    self._out.flush()
            except OSError:
                self._out.clear()
                self._ending.pipe_gone = "stdin"

    def _watch(self, fd: int, handler: Callable[[], object]) -> None:
        self._handlers[fd] = handler
        self._poll.register(fd, select.POLLIN)

    def _unwatch(self, fd: int) -> None:
        if self._handlers.pop(fd, None) is not None:
            self._poll.unregister(fd)

    def _wake(self) -> None:
        if self._wake_open:
            with contextlib.suppress(BlockingIOError):  # full: the thread has enough to wake it
                os.write(self._wake_write, b"\0")
