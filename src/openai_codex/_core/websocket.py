"""One websocket as its client sees it: bytes in, lines out, from the handshake to the end. Pure.

Rule 1. Nothing but the request goes out before the server took it.
Rule 2. What is no websocket, or none for us, is a RefusedError with all that the server said.
"""

from __future__ import annotations

from .frames import FrameReader
from .upgrade import HeadReader, HttpHead, NotHttpError, accepted, upgrade_request

__all__ = ["RefusedError", "Websocket"]

_SWITCHING = 101


class RefusedError(Exception):
    """Raised when the other side will not speak websocket with us.

    `status` is that of its HTTP answer, None where it was none; `text` says what it was.
    """

    def __init__(self, text: str, *, status: int | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


class Websocket:
    """The state of one connection. It sends nothing: what has to be sent is taken from it."""

    def __init__(self, *, host: str, path: str, key: str, token: str | None) -> None:
        self.is_open = False
        """Whether the server took the request, so that frames may go out."""
        self.hello = upgrade_request(host=host, path=path, key=key, token=token)
        """The first bytes to send."""
        self._key = key
        self._head = HeadReader()
        self._frames = FrameReader()

    def feed(self, data: bytes) -> bytes:
        """Return what `data` holds of lines; raises RefusedError, and FrameError once open."""
        if self.is_open:
            return self._frames.feed(data)
        try:
            head = self._head.feed(data)
        except NotHttpError as error:
            raise RefusedError(str(error)) from None
        if head is None:
            return b""
        self._check(head)
        self.is_open = True
        return self._frames.feed(self._head.rest)

    def take_replies(self) -> bytes:
        """Return what has to be sent, by and by: the answers to pings."""
        return self._frames.take_replies()

    @property
    def closing(self) -> str | None:
        """Why the server closes the connection, None unless it said so."""
        return self._frames.closing

    def _check(self, head: HttpHead) -> None:
        if head.status != _SWITCHING:
            raise RefusedError(f"it answered {head.status} {head.reason}", status=head.status)
        if head.headers.get("sec-websocket-accept") != accepted(self._key):
            raise RefusedError("it answered 101, but as no websocket server does", status=101)
