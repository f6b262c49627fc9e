"""A runtime that listens on a socket: the transport of a client that attaches to it.

Its runtime is not ours: the end of the connection is the end of nothing else.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator

from ..._locks import signal_lock
from ...connect import Connect
from ...errors import (
    ConnectError,
    StartupError,
    TransportClosedError,
    WrongProcessError,
)
from ..facts import RuntimeProcess
from ..transport import Pump, Sink
from .dial import Line, dial
from .framing import Framing
from .token import read_token

__all__ = ["SocketTransport"]

_DIAL = 30.0
"""Seconds for a connection to come about, unless the start has less time."""


class SocketTransport:
    """A `Transport` that connects to where `connect` leads, and speaks websocket there."""

    def __init__(self, connect: Connect, *, seconds: float | None = _DIAL) -> None:
        self._connect = connect
        self._seconds = _DIAL if seconds is None else min(seconds, _DIAL)
        self._owner = os.getpid()
        self._over = threading.Event()
        self._is_given_up = False
        self._line: Line | None = None
        self._back = -1
        self._cause: ConnectError | None = None
        self._tls_lock = signal_lock()  # guards the TLS buffers, and the order of what they gave
        self._link: socket.socket | None = None  # set once everything is at work
        self._sink: Sink
        self._pump: Pump
        self._framing: Framing

    # --- starting --------------------------------------------------------------------------------

    def dial(self) -> None:
        """Connect, which may take a while; raises StartupError. `start` does it unless done."""
        token = read_token(self._connect._token)
        line = dial(self._connect, self._seconds)
        self._framing = Framing(self._connect, token, write=self._write, lose=self._lose)
        self._line = line
        if self._is_given_up:
            self._drop_line()

    def hang_up(self) -> None:
        """Let go of a line that nothing was started on; one that is being dialled, too."""
        self._is_given_up = True
        self._drop_line()

    def _drop_line(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.socket.close()

    def start(self, sink: Sink, pump: Pump) -> None:
        """Begin to read, and ask for a websocket; raises StartupError, and leaves nothing then."""
        if self._line is None:
            self.dial()
        line = self._line
        assert line is not None
        self._sink, self._pump = sink, pump
        self._framing.attach(sink, pump)
        try:
            self._back = os.dup(line.socket.fileno())  # one descriptor for each direction
            pump.read(line.socket.fileno(), self._take, self._lose_link, gathers=True)
            pump.write(self._back, self._lose_link)
            pump.start(close=self._close, failed=self._fail)
        except BaseException as error:
            pump.stop()
            with contextlib.suppress(OSError):  # wakes a thread that blocks on it
                line.socket.shutdown(socket.SHUT_RDWR)
            self._close()
            if isinstance(error, (OSError, RuntimeError, MemoryError)):
                what = f"the connection cannot be read: {error or type(error).__name__}"
                raise StartupError(what) from error
            raise
        self._link = line.socket
        self._framing.begin()

    # --- at work ---------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Send whole lines as messages."""
        if self._link is not None:
            self._framing.send(data)

    def close_input(self) -> None:
        """Say that we leave; the runtime closes the connection then."""
        if self._link is not None:
            self._framing.leave()
            self._pump.close_input(self._shut_writing)

    def end(self, seconds: float) -> Iterator[float]:
        """Wait for the runtime to close the connection, then close it from here."""
        if self._link is not None:
            yield seconds / 2
            self._shut(socket.SHUT_RDWR)
            yield seconds / 2

    def wait(self, seconds: float) -> bool:
        """Block until the connection is closed; returns whether it is."""
        return self._link is None or self._over.wait(seconds)

    def stop(self) -> None:
        """Read and write no more, and close the socket."""
        if self._link is None:
            self._drop_line()
            return
        self._framing.stop()
        self._shut(socket.SHUT_RDWR)  # wakes a thread that blocks on it
        self._pump.stop()

    def facts(self) -> RuntimeProcess | None:
        """Return None: the process is not ours."""
        return None

    def end_cause(self, reason: str) -> TransportClosedError:
        """Return why the connection ended: the refusal, where the other side never took us."""
        return self._cause or TransportClosedError(reason)

    def check_owner(self) -> None:
        """Raise WrongProcessError in a forked child: the connection is its parent's."""
        if self._owner != os.getpid():
            raise WrongProcessError(
                "this client was made before os.fork() and belongs to the parent process: "
                "make a new client in the child"
            )

    # --- bytes -----------------------------------------------------------------------------------

    def _write(self, data: bytes) -> None:
        tls = self._line.tls if self._line is not None else None
        if tls is None:
            self._pump.send(data)
            return
        with self._tls_lock:
            self._pump.send(tls.encrypted(data))

    def _take(self, data: bytes) -> None:
        tls = self._line.tls if self._line is not None else None
        if tls is None:
            self._framing.take(data)
            return
        try:
            with self._tls_lock:
                data, due = tls.decrypted(data)
                if due:
                    self._pump.send(due)
        except OSError as error:  # ssl.SSLError is one
            self._lose(f"the connection to the codex runtime is broken: {error}")
            return
        self._framing.take(data)

    # --- the end ---------------------------------------------------------------------------------

    def _lose_link(self) -> None:
        self._framing.lost()
        self._lose("the codex runtime closed the connection")

    def _fail(self) -> None:
        self._lose("the thread that reads the codex runtime failed")

    def _lose(self, reason: str) -> None:
        if self._over.is_set():
            return
        self._framing.stop()
        self._cause = self._framing.cause
        self._over.set()
        self._sink.on_end(reason)
        self._sink.on_exit()

    def _shut_writing(self) -> None:
        self._shut(socket.SHUT_WR)

    def _shut(self, how: int) -> None:
        if self._link is not None:
            with contextlib.suppress(OSError):  # the other side was faster
                self._link.shutdown(how)

    def _close(self) -> None:
        line = self._line
        if line is not None and line.socket.fileno() != -1:
            line.socket.close()
        back, self._back = self._back, -1
        if back != -1:
            os.close(back)
