"""TLS between a socket's bytes and those of a websocket, so that the pump moves plain bytes."""

from __future__ import annotations

import contextlib
import socket
import ssl
from urllib.parse import urlsplit

from ...connect import Connect
from ...errors import ConnectError

__all__ = ["Tls"]

_PIECE = 64 * 1024


class Tls:
    """One TLS connection over two buffers. Not thread-safe; its owner guards it."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._both = context.wrap_bio(self._in, self._out, server_hostname=host)

    @classmethod
    def over(cls, link: socket.socket, connect: Connect) -> Tls:
        """Shake hands over a socket, blocking; raises ConnectError."""
        context = connect._tls or ssl.create_default_context()
        tls = cls(context, urlsplit(connect.address).hostname or "")
        try:
            while not tls._is_done():
                link.sendall(tls._out.read())
                tls._take(link.recv(_PIECE))
            link.sendall(tls._out.read())
        except ssl.SSLError as error:
            told = f"{connect.address} is not trusted, or speaks no TLS: {error.reason or error}"
            advice = "check the address, or give tls= the certificates to trust"
            raise ConnectError(f"{told}: {advice}", address=connect.address) from error
        return tls

    def encrypted(self, data: bytes) -> bytes:
        """Return what to send for `data`."""
        self._both.write(data)
        return self._out.read()

    def decrypted(self, data: bytes) -> tuple[bytes, bytes]:
        """Return what came, and what has to be sent at once; raises ssl.SSLError."""
        self._in.write(data)
        pieces: list[bytes] = []
        with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            while piece := self._both.read(_PIECE):
                pieces.append(piece)
        return b"".join(pieces), self._out.read()

    def _is_done(self) -> bool:
        try:
            self._both.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def _take(self, data: bytes) -> None:
        if data:
            self._in.write(data)
        else:
            self._in.write_eof()
