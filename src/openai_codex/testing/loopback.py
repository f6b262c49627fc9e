"""An HTTP/1.1 server on 127.0.0.1: sockets and threads, one thread for each connection.

It reads whole requests and hands each to one function with an `Exchange` to answer it. It knows
nothing of models, scripts or logins, and it must leave no thread and no socket behind when it is
closed.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, BinaryIO

BACKLOG = 512
JOIN_SECONDS = 10.0


@dataclass(frozen=True)
class HttpRequest:
    """One whole HTTP request; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Dropped(Exception):  # noqa: N818 - not an error: the script or the shutdown asked for it
    """The connection is to be closed at once, with the answer unfinished."""


class Exchange:
    """One HTTP request: `respond` in one piece, or `open`, `write`, `flush`, `end` a stream."""

    def __init__(self, connection: socket.socket, closing: threading.Event) -> None:
        self._connection = connection
        self._closing = closing
        self._pending = bytearray()

    def respond(
        self,
        status: int,
        body: bytes | str | Mapping[str, Any],
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Send a whole answer; a mapping is sent as JSON."""
        kind = "text/plain" if isinstance(body, (bytes, str)) else "application/json"
        text = body if isinstance(body, (bytes, str)) else json.dumps(body)
        data = text.encode() if isinstance(text, str) else text
        fields = {"content-type": kind, "content-length": str(len(data)), **(headers or {})}
        self._pending += _head(status, fields) + data
        self.flush()

    def open(self, *, headers: Mapping[str, str]) -> None:
        """Begin a chunked answer with status 200."""
        self._pending += _head(200, {"transfer-encoding": "chunked", **headers})

    def write(self, data: bytes) -> None:
        """Add one chunk to what the next `flush` sends."""
        self._pending += b"%x\r\n%s\r\n" % (len(data), data)

    def flush(self) -> None:
        """Send what was written so far."""
        data, self._pending = bytes(self._pending), bytearray()
        self._connection.sendall(data)

    def end(self) -> None:
        """Finish a chunked answer; the connection stays open for the next request."""
        self._pending += b"0\r\n\r\n"
        self.flush()

    def pause(self, seconds: float) -> None:
        """Send what was written, then wait; raises `Dropped` when the server closes meanwhile."""
        self.flush()
        if self._closing.wait(seconds):
            raise Dropped


def _head(status: int, fields: Mapping[str, str]) -> bytes:
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = "Scripted"
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {fields[name]}" for name in fields)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def read_request(stream: BinaryIO) -> HttpRequest | None:
    """Read one request; None at the end of the connection or when what came is not HTTP."""
    first = stream.readline().split()
    if len(first) != 3:
        return None
    headers: dict[str, str] = {}
    while line := stream.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    return HttpRequest(first[0].decode("latin-1"), first[1].decode("latin-1"), headers, body)


Handler = Callable[[HttpRequest, Exchange], None]


class LoopbackServer:
    """HTTP server on an ephemeral port of 127.0.0.1 that gives every request to `handle`."""

    def __init__(self, handle: Handler, *, name: str) -> None:
        self._handle = handle
        self._name = name
        self._closing = threading.Event()
        self._open_lock = threading.Lock()  # guards _open
        self._open: dict[threading.Thread, socket.socket] = {}
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, name=f"{name}-accept", daemon=True)
        self._acceptor.start()

    def close(self) -> None:
        """Drop every connection and join every thread; a second call does nothing."""
        if self._closing.is_set():
            return
        self._closing.set()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            pass  # wakes accept() on every platform; closing the listener does so only on some
        self._acceptor.join(JOIN_SECONDS)
        self._listener.close()
        with self._open_lock:
            threads = dict(self._open)
        for connection in threads.values():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(JOIN_SECONDS)

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._closing.is_set():
                connection.close()
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(
                target=self._serve, args=(connection,), name=self._name, daemon=True
            )
            with self._open_lock:
                self._open[thread] = connection
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as stream:
                while request := read_request(stream):
                    self._handle(request, Exchange(connection, self._closing))
        except (OSError, Dropped):
            pass  # the peer went away, or the answer was to be cut: both end the connection
        finally:
            with self._open_lock:
                self._open.pop(threading.current_thread(), None)
