"""The HTTP around a websocket: the request for one, and the head of its answer. Pure."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

__all__ = [
    "HeadReader",
    "HttpHead",
    "NotHttpError",
    "accepted",
    "connect_request",
    "upgrade_request",
]

_LONGEST_HEAD = 64 * 1024
_BEGINNING = b"HTTP/1."
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 has the number


class NotHttpError(Exception):
    """Raised for an answer that is not HTTP; says what came."""


@dataclass(frozen=True)
class HttpHead:
    """The head of a response: its `status`, its `reason` in words, its headers in lower case."""

    status: int
    reason: str
    headers: dict[str, str] = field(default_factory=dict)


class HeadReader:
    """The head of a response, from bytes that are cut anywhere."""

    def __init__(self) -> None:
        self.rest = b""
        """What came after the head."""
        self._seen = b""

    def feed(self, data: bytes) -> HttpHead | None:
        """Return the head once it is whole; raises NotHttpError."""
        self._seen += data
        begun = self._seen[: len(_BEGINNING)]
        if begun != _BEGINNING[: len(begun)] or len(self._seen) > _LONGEST_HEAD:
            raise NotHttpError(f"it answered {self._seen[:40]!r}, which is not HTTP")
        head, end, self.rest = self._seen.partition(b"\r\n\r\n")
        return _parsed(head.decode("latin-1")) if end else None


def _parsed(head: str) -> HttpHead:
    first, *lines = head.split("\r\n")
    _, _, told = first.partition(" ")
    status, _, reason = told.partition(" ")
    if not (status.isascii() and status.isdigit()):
        raise NotHttpError(f"it answered {first[:40]!r}, which is not HTTP")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return HttpHead(int(status), reason, headers)


def upgrade_request(*, host: str, path: str, key: str, token: str | None) -> bytes:
    """Return the request for a websocket; `key` is 16 random bytes in base64.

    Without an `Origin`, which the runtime refuses: it is a browser that sends one.
    """
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        *([f"Authorization: Bearer {token}"] if token is not None else []),
    ]
    return _request(lines)


def connect_request(*, host: str, login: str | None) -> bytes:
    """Return the request for a way through an HTTP proxy to `host`, which names the port too."""
    authorization = [] if login is None else [f"Proxy-Authorization: Basic {_base64(login)}"]
    return _request([f"CONNECT {host} HTTP/1.1", f"Host: {host}", *authorization])


def accepted(key: str) -> str:
    """Return what a websocket server answers to a key, which shows that it is one."""
    digest = hashlib.sha1(key.encode() + _MAGIC, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _request(lines: list[str]) -> bytes:
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
