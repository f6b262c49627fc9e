"""The fake process's end of the control channel: records go out, released points come in.

Without an address (a script run by hand) records go nowhere. When the other end closes, this
process ends, whatever its script says: nothing outlives its `FakeAppServer`.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .waiting import Waiting


class Channel:
    """Connection to the test: carries records one way and releases the other."""

    def __init__(self, address: list[Any] | None, waiting: Waiting) -> None:
        self.spawn = 1
        self._waiting = waiting
        self._sending = threading.Lock()
        self._socket: socket.socket | None = None
        if address:
            self._socket = socket.create_connection((address[0], address[1]))
            # A record must have arrived before the client can see what was done after it.
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._greet(self._socket, address[2])

    def record(self, kind: str, name: str, **facts: Any) -> None:
        """Send what happened; it is on its way when this returns, whatever comes next."""
        if self._socket is not None:
            line = json.dumps({"kind": kind, "name": name, "facts": facts}).encode() + b"\n"
            try:
                with self._sending:
                    self._socket.sendall(line)
            except OSError:
                os._exit(0)

    def _greet(self, connected: socket.socket, token: str) -> None:
        self.record("spawned", token, pid=os.getpid())
        incoming = connected.makefile("rb")
        self._take(json.loads(incoming.readline()))
        threading.Thread(target=self._listen, args=(incoming,), daemon=True).start()

    def _listen(self, incoming: Any) -> None:
        try:
            for line in incoming:
                self._take(json.loads(line))
        except OSError:
            pass  # reset by a peer that died: the same end as an orderly one
        os._exit(0)

    def _take(self, message: dict[str, Any]) -> None:
        self.spawn = message.get("spawn", self.spawn)
        self._waiting.release(message["released"])
