"""The test's end of the control channel: one thread that listens to every process of a server.

Loopback TCP, because it is everywhere; a token in a private file keeps others out. It carries
records and releases, and understands neither.
"""

from __future__ import annotations

import json
import secrets
import selectors
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

from .records import Record

if TYPE_CHECKING:
    from .records import Records

CATCH_UP, CLOSE = b".", b"!"
CLOSE_WITHIN = 5.0  # seconds for all processes to notice that the channel closed


class Connection:
    """One fake process at the other end."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.spawn = 0
        self.end_kind = ""
        self._pending = bytearray()

    def lines(self) -> list[bytes] | None:
        """Return the lines that have come, or None at the end."""
        try:
            data = self.socket.recv(1 << 20)
        except ConnectionError:
            return None
        if not data:
            return None
        self._pending += data
        *whole, rest = self._pending.split(b"\n") if b"\n" in data else [self._pending]
        self._pending = rest
        return [bytes(line) for line in whole]

    def send(self, message: dict[str, Any]) -> None:
        """Send one message, if anybody is still there."""
        try:
            self.socket.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            return  # gone: the reader reports the end


class Control:
    """The test's side of a server: accepts processes, keeps their records, releases points."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._token = secrets.token_hex(16)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._wake_out, self._wake_in = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._changing = threading.Lock()  # guards the three below
        self._connections: list[Connection] = []
        self._released: list[str] = []
        self._catching_up: list[threading.Event] = []
        self._spawns = 0
        for waking in (self._listener, self._wake_out):
            self._selector.register(waking, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._serve, name="fake-app-server", daemon=True)
        self._thread.start()

    @property
    def address(self) -> list[Any]:
        """Return what a process needs to connect: host, port, token."""
        host, port = self._listener.getsockname()
        return [host, port, self._token]

    def release(self, point: str) -> None:
        """Release a point in every process, and in those that are yet to come."""
        with self._changing:
            self._released.append(point)
            for connection in self._connections:
                connection.send({"released": [point]})

    def catch_up(self) -> None:
        """Record everything that processes have sent before this call."""
        caught_up = threading.Event()
        with self._changing:
            self._catching_up.append(caught_up)
        try:
            self._wake_in.sendall(CATCH_UP)
        except OSError:
            return  # closed: all that came is recorded
        caught_up.wait()

    def close(self) -> None:
        """End every process that is still connected, and the thread. Do it once."""
        if self._thread.is_alive():
            self._wake_in.sendall(CLOSE)
            self._thread.join()

    def _serve(self) -> None:
        try:
            while self._step(None):
                pass
            self._dismiss()
        finally:
            for sock in (self._listener, self._wake_out, self._wake_in, self._selector):
                sock.close()
            for connection in self._connections:
                connection.socket.close()
            for caught_up in self._catching_up:
                caught_up.set()

    def _step(self, seconds: float | None) -> bool:
        """Handle what has come, orders last; return False when it is time to close."""
        ready = [key for key, _ in self._selector.select(seconds)]
        for key in ready:
            self._handle(key)
        return not any(key.fileobj is self._wake_out for key in ready) or self._obey()

    def _handle(self, key: selectors.SelectorKey) -> None:
        if key.fileobj is self._listener:
            self._accept()
        elif key.fileobj is not self._wake_out:
            self._hear(key.data)

    def _obey(self) -> bool:
        if CLOSE in self._wake_out.recv(4096):
            return False
        with self._changing:
            waiting, self._catching_up = self._catching_up, []
        while ready := [k for k, _ in self._selector.select(0) if k.fileobj is not self._wake_out]:
            for key in ready:
                self._handle(key)
        for caught_up in waiting:
            caught_up.set()
        return True

    def _dismiss(self) -> None:
        """Close our halves, so that each process ends, and see that they do."""
        self._selector.unregister(self._wake_out)
        self._selector.unregister(self._listener)
        for connection in self._connections:
            connection.socket.shutdown(socket.SHUT_WR)
        end = time.monotonic() + CLOSE_WITHIN
        while self._connections and time.monotonic() < end:
            self._step(end - time.monotonic())

    def _accept(self) -> None:
        sock, _ = self._listener.accept()
        self._selector.register(sock, selectors.EVENT_READ, Connection(sock))

    def _hear(self, connection: Connection) -> None:
        lines = connection.lines()
        if lines is None or not all(self._take(connection, line) for line in lines):
            self._lose(connection)

    def _take(self, connection: Connection, line: bytes) -> bool:
        """Record what a process says; return False for a stranger."""
        try:
            said = json.loads(line)
            kind, name, facts = said["kind"], said["name"], said["facts"]
        except (ValueError, KeyError, TypeError):
            return False
        if connection.end_kind:
            self._record(kind, name, connection, facts)
        elif name == self._token:
            self._welcome(connection, kind, facts)
        return bool(connection.end_kind)

    def _welcome(self, connection: Connection, kind: str, facts: dict[str, Any]) -> None:
        is_server = kind == "spawned"
        self._spawns += is_server
        connection.spawn = self._spawns if is_server else facts["spawn"]
        connection.end_kind = "ended" if is_server else "grandchild ended"
        self._record(kind, "", connection, facts)
        with self._changing:  # its welcome is the first thing that a process hears
            self._connections.append(connection)
            connection.send({"spawn": connection.spawn, "released": self._released})

    def _lose(self, connection: Connection) -> None:
        self._selector.unregister(connection.socket)
        connection.socket.close()
        if connection in self._connections:
            with self._changing:
                self._connections.remove(connection)
            self._record(connection.end_kind, "", connection, {})

    def _record(self, kind: Any, name: str, source: Connection, facts: dict[str, Any]) -> None:
        self._records.add(Record(kind, name, source.spawn, facts))
