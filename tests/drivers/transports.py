"""The kinds of transports, each with a runtime that obeys the commands of the tests."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openai_codex._drivers.process.launch import Launch
from openai_codex._drivers.process.transport import ProcessTransport
from openai_codex._drivers.socket.proxied import ProxyTransport
from openai_codex._drivers.socket.reaching import transport_to
from openai_codex._drivers.transport import Transport
from openai_codex.config import AppServerConfig
from openai_codex.connect import Connect
from tests.docs.blocks import blocks_of
from tests.drivers import children, listeners
from tests.drivers.memory import EndedError, MemoryTransport

__all__ = ["KINDS", "Kind"]

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "add-a-transport.md"


@dataclass(frozen=True)
class Kind:
    """One kind of transport; `make` reaches an obedient runtime, and `make_broken` none at all."""

    name: str
    make: Callable[[], Transport]
    make_broken: Callable[[], Transport]
    has_process: bool = False


class Obedient:
    """A runtime that does what a line says: the same commands as `children.CHILD` knows."""

    def __init__(self) -> None:
        self._ignores_the_end = False

    def __call__(self, line: bytes | None) -> Iterator[bytes]:
        if line is None:
            if not self._ignores_the_end:
                raise EndedError
        elif line:
            ask = json.loads(line)
            yield from self._obey(ask, ask["method"], ask.get("params") or {})

    def _obey(self, ask: dict[str, Any], method: str, params: dict[str, Any]) -> Iterator[bytes]:
        if method == "echo":
            yield _reply(ask, params)
        elif method == "pieces":
            whole, size = _reply(ask, params["text"]), params["size"]
            yield from (whole[at : at + size] for at in range(0, len(whole), size))
        elif method == "ignore_eof":
            self._ignores_the_end = True
            yield _reply(ask, None)
        elif method == "silence":
            pass
        elif method == "exit":
            yield from [_reply(ask, "last")] if params.get("reply_first") else []
            raise EndedError


def _reply(ask: dict[str, Any], result: Any) -> bytes:
    return json.dumps({"id": ask["id"], "result": result}).encode() + b"\n"


def _refuse_to_start(line: bytes | None) -> Iterator[bytes]:
    yield b"this runtime does not start"


# --- the toy of the page, and a server for it -----------------------------------------------------


def _toy() -> Any:
    names: dict[str, Any] = {"__name__": "toy"}
    block = next(block for block in blocks_of(PAGE) if block.language == "python")
    exec(compile(block.code, str(PAGE), "exec"), names)
    return names["TcpTransport"]


def _over_tcp() -> Transport:
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_serve, args=(listener,), name="tcp-runtime", daemon=True).start()
    transport: Transport = _toy()(listener.getsockname())
    return transport


def _serve(listener: socket.socket) -> None:
    obey = Obedient()
    with listener, listener.accept()[0] as link, link.makefile("rb") as lines:
        listener.close()
        try:
            for line in lines:
                for piece in obey(line):
                    link.sendall(piece)
            for _ in obey(None):
                pass
            link.recv(1)  # stubborn: until the other side lets go
        except (EndedError, OSError):
            pass


def _to_nobody() -> Transport:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    transport: Transport = _toy()(address)
    return transport


# --- the package's own ----------------------------------------------------------------------------


def _to(connect: Connect) -> Transport:
    return transport_to(connect, AppServerConfig())


NOWHERE = "/nonexistent/codex"
KINDS = [
    Kind(
        "process",
        lambda: ProcessTransport(children.launch()),
        lambda: ProcessTransport(Launch(("/nonexistent/codex",), dict(os.environ), None)),
        has_process=True,
    ),
    Kind(
        "memory",
        lambda: MemoryTransport(Obedient()),
        lambda: MemoryTransport(_refuse_to_start),
    ),
    Kind("toy", _over_tcp, _to_nobody),
    Kind(
        "unix",
        lambda: _to(listeners.over_unix(Obedient())),
        lambda: _to(Connect.unix(NOWHERE)),
    ),
    Kind(
        "websocket",
        lambda: _to(listeners.over_websocket(Obedient())),
        lambda: _to(listeners.nobody_at()),
    ),
    Kind(
        "tls",
        lambda: _to(listeners.over_tls(Obedient())),
        lambda: _to(
            Connect.websocket(
                "wss://x", tls=None, proxy=listeners.nobody_at().address.replace("ws", "http")
            )
        ),
    ),
    Kind(
        "command",
        lambda: _to(Connect.command(children.launch().argv)),
        lambda: ProcessTransport(Launch((NOWHERE,), dict(os.environ), None)),
        has_process=True,
    ),
    Kind(
        "proxy",
        lambda: _to(listeners.over_proxy(Obedient())),
        lambda: ProxyTransport(Launch((NOWHERE,), dict(os.environ), None), Connect.proxy(["x"])),
        has_process=True,
    ),
]
