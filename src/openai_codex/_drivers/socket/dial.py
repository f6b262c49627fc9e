"""From an address to a socket that is ready for a websocket: connect, proxy, TLS. It blocks.

It runs where waiting is allowed: see `Transport.dial`.
"""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from ..._core.upgrade import HeadReader, HttpHead, NotHttpError, connect_request
from ...connect import Connect
from ...errors import ConnectError, NotListeningError

if TYPE_CHECKING:
    from .tls import Tls

__all__ = ["Line", "dial"]

_PIECE = 4096
_FINE = 200
_PORTS = {"ws": 80, "wss": 443}


@dataclass
class Line:
    """A socket to the other side, with TLS over it or none; both directions are open."""

    socket: socket.socket
    tls: Tls | None = None


def dial(connect: Connect, seconds: float | None) -> Line:
    """Return a line to the runtime's address; raises ConnectError, and leaves nothing then."""
    link: socket.socket | None = None
    try:
        link = _unix(connect, seconds) if connect.kind == "unix" else _tcp(connect, seconds)
        line = Line(link, _tls(connect, link))
        link.settimeout(None)
    except BaseException as error:
        if link is not None:
            link.close()
        if isinstance(error, OSError):
            reason = error.strerror or str(error) or type(error).__name__
            raise NotListeningError(address=connect.address, reason=reason) from error
        raise
    return line


def _unix(connect: Connect, seconds: float | None) -> socket.socket:
    # The runtime makes a link to a short path: the path of a socket may hold some 100 bytes.
    path = os.path.realpath(connect.address.removeprefix("unix://"))
    if not hasattr(socket, "AF_UNIX"):
        raise OSError("this Python has no unix sockets")
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        link.settimeout(seconds)
        link.connect(path)
    except BaseException as error:
        link.close()
        if str(error) == "AF_UNIX path too long":
            raise OSError(f"{error}, of which some 100 bytes are allowed") from error
        raise
    return link


def _tcp(connect: Connect, seconds: float | None) -> socket.socket:
    host, port = _host_and_port(connect.address)
    if connect._proxy is None:
        link = socket.create_connection((host, port), seconds)
    else:
        link = _through(connect, connect._proxy, f"{host}:{port}", seconds)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with contextlib.suppress(OSError):
        link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return link


def _host_and_port(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 80)


def _through(connect: Connect, proxy: str, host: str, seconds: float | None) -> socket.socket:
    parts = urlsplit(proxy)
    link = socket.create_connection((parts.hostname or "", parts.port or 80), seconds)
    try:
        login = None
        if parts.username is not None:
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        link.sendall(connect_request(host=host, login=login))
        head = _head(link)
    except NotHttpError as error:
        link.close()
        raise _proxy_error(connect, str(error)) from None
    except BaseException:
        link.close()
        raise
    if head.status != _FINE:
        link.close()
        raise _proxy_error(connect, f"it answered {head.status} {head.reason}")
    return link


def _proxy_error(connect: Connect, why: str) -> ConnectError:
    told = f"the proxy on the way to {connect.address} lets nothing through: {why}"
    return ConnectError(f"{told}: check proxy=, its login and the address", address=connect.address)


def _head(link: socket.socket) -> HttpHead:
    reader, head = HeadReader(), None
    while head is None:
        seen = link.recv(_PIECE)
        if not seen:
            raise NotHttpError("it closed the connection")
        head = reader.feed(seen)
    if head.status == _FINE and reader.rest:  # on this line we speak first
        raise NotHttpError("it sent more than its answer")
    return head


def _tls(connect: Connect, link: socket.socket) -> Tls | None:
    if not connect.address.startswith("wss:"):
        return None
    from .tls import Tls

    return Tls.over(link, connect)
