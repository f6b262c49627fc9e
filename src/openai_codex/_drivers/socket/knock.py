"""The handshake with a listener: what is said, and a knock that only asks whether it is there."""

from __future__ import annotations

import base64
import contextlib
import os
import socket
from urllib.parse import urlsplit

from ..._core.websocket import RefusedError, Websocket
from ...connect import Connect
from ...errors import StartupError
from .dial import dial
from .token import read_token

__all__ = ["is_listening", "websocket_to"]

_PIECE = 4096
_PATIENCE = 2.0


def websocket_to(connect: Connect, token: str | None) -> Websocket:
    """Return a websocket to where `connect` leads, before its handshake."""
    parts = urlsplit(connect.address if connect.kind == "websocket" else "ws://localhost/")
    key = base64.b64encode(os.urandom(16)).decode()
    return Websocket(host=parts.netloc, path=parts.path or "/", key=key, token=token)


def is_listening(connect: Connect, *, anyhow: bool = False, seconds: float = _PATIENCE) -> bool:
    """Tell whether a runtime takes our handshake, blocking; or `anyhow`, whether anything does."""
    with contextlib.suppress(StartupError, OSError, RefusedError):
        token = read_token(connect._token)
        link = dial(connect, seconds).socket
        with link:
            link.settimeout(seconds)
            return anyhow or _is_taken(link, websocket_to(connect, token))
    return False


def _is_taken(link: socket.socket, websocket: Websocket) -> bool:
    link.sendall(websocket.hello)
    while not websocket.is_open:
        seen = link.recv(_PIECE)
        if not seen:
            return False
        websocket.feed(seen)
    return True
