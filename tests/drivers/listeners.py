"""Runtimes that listen: the obedient one of the tests behind a websocket, and what is none.

The websocket is that of the package `websockets`, so that our frames meet those of others.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from websockets.exceptions import InvalidMessage
from websockets.frames import Frame
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from openai_codex.connect import Connect
from tests.drivers.memory import EndedError

__all__ = [
    "certificate",
    "nobody_at",
    "over_proxy",
    "over_tls",
    "over_unix",
    "over_websocket",
    "serve_once",
    "taken",
]

Obey = Callable[[bytes | None], Iterator[bytes]]
TOKEN = "the-token-of-the-tests"
PIECE = 64 * 1024


def taken(link: socket.socket, obey: Obey, *, token: str | None = None) -> None:
    """Be a runtime on a socket, until its client leaves; a piece that is no line is a part."""
    server = ServerProtocol(max_size=None)
    parts: list[bytes] = []
    with contextlib.suppress(EndedError, OSError, InvalidMessage):
        while data := link.recv(PIECE):
            server.receive_data(data)
            for event in server.events_received():
                if isinstance(event, Request):
                    server.send_response(_response(server, event, token))
                elif isinstance(event, Frame) and event.opcode in (0, 1):
                    parts.append(bytes(event.data))
                    _obey_whole(link, server, obey, parts, event.fin)
            _send(link, server)
            if server.close_expected():
                break
        for _ in obey(None):
            pass
        link.recv(1)  # stubborn: until the other side lets go
        while link.recv(PIECE):
            pass


def _obey_whole(
    link: socket.socket, server: ServerProtocol, obey: Obey, parts: list[bytes], is_last: bool
) -> None:
    if is_last:
        line = b"".join(parts)
        parts.clear()
        _answer(link, server, obey(line))


def _response(server: ServerProtocol, request: Request, token: str | None) -> Response:
    if "Origin" in request.headers:
        return server.reject(403, "no browsers")
    if token is not None and request.headers.get("Authorization") != f"Bearer {token}":
        return server.reject(401, "who are you?")
    return server.accept(request)


def _answer(link: socket.socket, server: ServerProtocol, pieces: Iterator[bytes]) -> None:
    try:
        for piece in pieces:
            if piece.endswith(b"\n") and not server_in_parts(server):
                server.send_text(piece[:-1])
            else:
                _send_part(server, piece)
            _send(link, server)
    finally:
        _send(link, server)


def server_in_parts(server: ServerProtocol) -> bool:
    """Tell whether a message has begun that is sent in parts."""
    return bool(server.expect_continuation_frame)


def _send_part(server: ServerProtocol, piece: bytes) -> None:
    is_last, payload = piece.endswith(b"\n"), piece.removesuffix(b"\n")
    if server_in_parts(server):
        server.send_continuation(payload, fin=is_last)
    else:
        server.send_text(payload, fin=is_last)


def _send(link: socket.socket, server: ServerProtocol) -> None:
    for data in server.data_to_send():
        if data:
            link.sendall(data)


# --- listening ------------------------------------------------------------------------------------


def serve_once(listener: socket.socket, work: Callable[[socket.socket], None]) -> None:
    """Do `work` with the first client, on a thread that ends with it."""

    def serve() -> None:
        with listener, contextlib.suppress(OSError):
            link = listener.accept()[0]
            listener.close()
            with link:
                work(link)

    threading.Thread(target=serve, name="listening-runtime", daemon=True).start()


def over_unix(obey: Obey) -> Connect:
    """Return the way to a runtime on a unix socket."""
    folder = tempfile.mkdtemp()
    path = Path(folder) / "s"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen()

    def work(link: socket.socket) -> None:
        path.unlink()
        path.parent.rmdir()
        taken(link, obey)

    serve_once(listener, work)
    return Connect.unix(path)


def over_websocket(obey: Obey) -> Connect:
    """Return the way to a runtime on a port, which asks for a token."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    serve_once(listener, functools.partial(taken, obey=obey, token=TOKEN))
    return Connect.websocket(f"ws://127.0.0.1:{port}", token=lambda: TOKEN)


def over_tls(obey: Obey) -> Connect:
    """Return the way to a runtime behind TLS and an HTTP proxy."""
    folder = certificate()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]

    def work(link: socket.socket) -> None:
        seen = b""
        while b"\r\n\r\n" not in seen:
            seen += link.recv(1)
        assert seen.startswith(b"CONNECT runtime.test:443 HTTP/1.1\r\n")
        assert b"Proxy-Authorization: Basic bWU6cEB3" in seen
        link.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with context.wrap_socket(link, server_side=True) as safe:
            taken(safe, obey)

    serve_once(listener, work)
    trusted = ssl.create_default_context(cafile=str(folder / "cert.pem"))
    proxy = f"http://me:p%40w@127.0.0.1:{port}"
    return Connect.websocket("wss://runtime.test", tls=trusted, proxy=proxy)


BRIDGE = """
import os, socket, sys, threading
link = socket.create_connection(("127.0.0.1", int(sys.argv[1])))

def back():
    while data := link.recv(65536):
        os.write(1, data)
    os._exit(0)

threading.Thread(target=back, daemon=True).start()
while data := os.read(0, 65536):
    link.sendall(data)
link.shutdown(socket.SHUT_WR)
threading.Event().wait()
"""


def over_proxy(obey: Obey) -> Connect:
    """Return the way to a runtime through a program that carries bytes."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = str(listener.getsockname()[1])
    serve_once(listener, functools.partial(taken, obey=obey))
    return Connect.proxy([sys.executable, "-I", "-S", "-c", BRIDGE, port])


def nobody_at() -> Connect:
    """Return the way to a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return Connect.websocket(f"ws://127.0.0.1:{port}")


@functools.cache
def certificate() -> Path:
    """Return a folder with a certificate for `runtime.test` and its key."""
    folder = Path(tempfile.mkdtemp(prefix="codex-tls-"))
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x"
    names = ["-addext", "subjectAltName=DNS:runtime.test"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(["openssl", *words.split(), *names, *files], check=True, capture_output=True)
    return folder
