"""A runtime's pipes on an asyncio event loop that can watch descriptors: no thread, no task.

Never blocks the loop: what stdin would not take at once waits for the loop to say it is writable.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from .ending import EXIT_GRACE, Ending
from .outbox import Outbox
from .pipe import read
from .process import Process
from .sink import Sink

__all__ = ["LoopPump"]

_MOST_IN_A_PIPE = 16  # chunks: a grandchild that writes for ever must not keep us reading
_LOOK_OFTEN = 0.01
_LOOK_SELDOM = EXIT_GRACE


class LoopPump:
    """Move bytes between a process and a sink, all in callbacks of one loop."""

    def __init__(self, process: Process, sink: Sink, loop: asyncio.AbstractEventLoop) -> None:
        self._process = process
        self._sink = sink
        self._loop = loop
        self._ending = Ending()
        self._stdin, self._stdout = process.stdin_fd, process.stdout_fd
        self._stderr = process.stderr_fd
        self._out = Outbox(self._stdin)
        self._stdin_open = True
        self._watched: set[int] = set()
        self._grace_timer: asyncio.TimerHandle | None = None
        self._look_timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to read."""
        for fd in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(fd, False)
        self._watch(self._stdout, self._read_stdout)
        self._watch(self._stderr, self._read_stderr)
        if self._process.pidfd is not None:
            self._watch(self._process.pidfd, self._note_exit)
        else:
            self._look_for_exit()

    def send(self, data: bytes) -> None:
        """Write, at once or when the loop finds stdin writable."""
        if not self._stdin_open:
            return
        try:
            self._out.send(data)
        except OSError:
            self._lose_stdin()
        if self._out.pending:
            self._loop.add_writer(self._stdin, self._flush)

    def close_stdin(self) -> None:
        """Drop what is unsent and close the pipe to the runtime."""
        self._stop_writing()
        self._stdin_open = False
        self._process.close_stdin()
        self._look_sooner()

    def stop(self) -> None:
        """Take everything off the loop and close the pipes. Idempotent."""
        self._stop_writing()
        self._stdin_open = False  # its number may soon be somebody else's
        for fd in list(self._watched):
            self._unwatch(fd)
        for timer in (self._grace_timer, self._look_timer):
            if timer is not None:
                timer.cancel()
        self._process.close_pipes()

    # --- callbacks -------------------------------------------------------------------------------

    def _read_stdout(self) -> None:
        data = read(self._stdout)
        if data:
            self._sink.on_data(data)
        elif data is not None:
            self._unwatch(self._stdout)
            self._lose_pipe("stdout")

    def _read_stderr(self) -> None:
        data = read(self._stderr)
        if data:
            self._process.stderr.feed(data)
        elif data is not None:
            self._unwatch(self._stderr)

    def _flush(self) -> None:
        try:
            self._out.flush()
        except OSError:
            self._lose_stdin()
        if not self._out.pending:
            self._stop_writing()

    def _note_exit(self) -> None:
        if self._ending.exited:
            return
        if self._process.pidfd is not None:
            self._unwatch(self._process.pidfd)
        self._process.poll()
        self._drain(self._stdout, self._sink.on_data)
        self._drain(self._stderr, self._process.stderr.feed)
        self._ending.exited = True
        self._tell()
        self._sink.on_exit()

    def _look_for_exit(self) -> None:
        """Do without a pidfd: look now and then, and often once there are signs of an end."""
        if not self._process.is_alive:
            self._note_exit()
        if self._ending.exited:
            return
        is_near = self._ending.pipe_gone is not None or not self._stdin_open
        seconds = _LOOK_OFTEN if is_near else _LOOK_SELDOM
        self._look_timer = self._loop.call_later(seconds, self._look_for_exit)

    def _look_sooner(self) -> None:
        if self._look_timer is not None and not self._loop.is_closed():
            self._look_timer.cancel()
            self._look_for_exit()

    def _grace_over(self) -> None:
        self._ending.grace_over = True
        if not self._process.is_alive:
            self._note_exit()
        self._tell()

    # --- small words -----------------------------------------------------------------------------

    def _lose_stdin(self) -> None:
        self._stop_writing()
        self._lose_pipe("stdin")

    def _lose_pipe(self, name: str) -> None:
        if self._ending.pipe_gone is None:
            self._ending.pipe_gone = name
            self._grace_timer = self._loop.call_later(EXIT_GRACE, self._grace_over)
            self._look_sooner()

    def _tell(self) -> None:
        reason = self._ending.verdict()
        if reason is not None:
            self._process.stderr.end()
            self._sink.on_end(reason)

    def _drain(self, fd: int, take: Callable[[bytes], None]) -> None:
        if fd in self._watched:
            for _ in range(_MOST_IN_A_PIPE):
                data = read(fd)
                if not data:
                    break
                take(data)
            self._unwatch(fd)

    def _stop_writing(self) -> None:
        self._out.clear()
        if self._stdin_open and not self._loop.is_closed():
            self._loop.remove_writer(self._stdin)

    def _watch(self, fd: int, callback: Callable[[], None]) -> None:
        self._watched.add(fd)
        self._loop.add_reader(fd, callback)

    def _unwatch(self, fd: int) -> None:
        self._watched.discard(fd)
        if not self._loop.is_closed():
            self._loop.remove_reader(fd)
