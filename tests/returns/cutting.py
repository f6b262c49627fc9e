"""A runtime that listens, and a link to it that a test cuts: with a FIN, or without a word."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
import time
from pathlib import Path

from openai_codex import AppServerConfig, Connect
from openai_codex._drivers.process.launch import plan
from openai_codex._drivers.socket.dial import dial
from openai_codex.errors import NotListeningError
from openai_codex.testing import ScriptedModel, offline_config

__all__ = ["Link", "Server"]

_SOON = 30.0


class Server:
    """A real runtime that listens, by `way`: on a port, or else on a unix socket.

    It can be killed, and started again at the same address. `proxy` leads to a unix socket.
    """

    def __init__(
        self,
        model: ScriptedModel,
        folder: Path,
        way: str = "unix",
        *,
        config: AppServerConfig | None = None,
    ) -> None:
        self._launch = plan(config or offline_config(model))
        self.binary = self._launch.argv[0]
        self.way = way
        self.path = folder / "runtime.sock"
        self.port = _free_port() if way == "websocket" else 0
        self.token = folder / "token"
        self.token.write_text("sesame")
        self.process: subprocess.Popen[bytes]
        self.start()

    @property
    def connect(self) -> Connect:
        """The way to it, with nothing between."""
        return self.connect_at(self.path, self.port)

    def connect_at(self, path: Path, port: int, ping: float = 20.0) -> Connect:
        """Return the way to it by another address, which leads to its own."""
        if self.way == "websocket":
            url = f"ws://127.0.0.1:{port}"
            return Connect.websocket(url, token=self.token, ping=ping)
        if self.way == "proxy":
            argv = [self.binary, "app-server", "proxy", "--sock", str(path)]
            return Connect.proxy(argv, ping=ping)
        return Connect.unix(path, ping=ping)

    def start(self) -> None:
        """Start it, and return when it listens."""
        listen = [f"unix://{self.path}"]
        if self.port:
            auth = ["--ws-auth", "capability-token", "--ws-token-file", str(self.token)]
            listen = [f"ws://127.0.0.1:{self.port}", *auth]
        self.process = subprocess.Popen(
            [*self._launch.argv, "--listen", *listen],
            env=dict(self._launch.env),
            cwd=self._launch.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        near = self.connect if self.port else Connect.unix(self.path)
        end = time.monotonic() + _SOON
        while time.monotonic() < end:
            with contextlib.suppress(NotListeningError):
                dial(near, 1.0).socket.close()
                return
            time.sleep(0.01)
        raise AssertionError("the runtime does not listen")

    def kill(self) -> None:
        """End it with SIGKILL; its socket stays."""
        self.process.kill()
        self.process.wait()


class Link:
    """A socket of the kind of a server's, which leads to it until it is cut."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.path = folder / "link.sock"
        self._server = server
        self._lock = threading.Lock()
        self._ends: list[socket.socket] = []
        self._is_open = True
        self._frozen: set[socket.socket] = set()
        self._moves = threading.Event()
        self._moves.set()
        self._listener = _listening(None if server.port else self.path)
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def connect(self, ping: float | None = None) -> Connect:
        """Return the way to the server, over this link."""
        if ping is None:  # the runtime's proxy does not end with its socket: a ping tells
            ping = 0.5 if self._server.way == "proxy" else 20.0
        port = self._listener.getsockname()[1] if self._server.port else 0
        return self._server.connect_at(self.path, port, ping)

    def cut(self, *, stays: bool = False) -> None:
        """Close every connection; with `stays`, also those that come until `mend`."""
        with self._lock:
            self._is_open = not stays
            ends, self._ends = self._ends, []
        for end in ends:
            _shut(end)

    def freeze(self) -> None:
        """Swallow what comes over the connections that are there, and close none."""
        with self._lock:
            self._frozen.update(self._ends)

    def stall(self) -> None:
        """Take nothing from either side until `mend`."""
        self._moves.clear()

    def mend(self) -> None:
        """Let connections through again."""
        with self._lock:
            self._is_open = True
        self._moves.set()

    def close(self) -> None:
        """End everything."""
        self.cut(stays=True)
        self._moves.set()
        _shut(self._listener)
        for thread in self._threads:
            thread.join(_SOON)
        self._listener.close()
        self.path.unlink(missing_ok=True)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.socket(self._listener.family)
            with self._lock, contextlib.suppress(OSError):
                if self._is_open:
                    port = self._server.port
                    far.connect(("127.0.0.1", port) if port else str(self._server.path))
                    self._ends += [near, far]
                    pair = threading.Thread(target=self._serve, args=(near, far), daemon=True)
                    self._threads.append(pair)
                    pair.start()
                    continue
            near.close()
            far.close()

    def _serve(self, near: socket.socket, far: socket.socket) -> None:
        back = threading.Thread(target=self._copy, args=(far, near), daemon=True)
        back.start()
        self._copy(near, far)
        back.join()
        near.close()
        far.close()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while self._moves.wait() and (data := source.recv(1 << 16)):
                if source not in self._frozen:
                    target.sendall(data)
        _shut(source)
        _shut(target)


def _listening(path: Path | None) -> socket.socket:
    if path is None:
        return socket.create_server(("127.0.0.1", 0), backlog=16)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(16)
    return listener


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
