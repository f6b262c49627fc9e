"""Real runtimes that listen, for the tests that attach to them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from openai_codex import Connect, RuntimeServer
from openai_codex._drivers.process.launch import plan
from openai_codex.testing import ScriptedModel, offline_config
from tests.drivers import children

__all__ = ["WAYS", "Listening", "left_in", "until"]

WAYS = ["unix", "websocket", "proxy"]
FILES = "openai-codex"


class Listening:
    """Runtimes that are started when they are needed first: on a unix socket, and on a port."""

    def __init__(self, model: ScriptedModel) -> None:
        self._model = model
        self._servers: dict[str, RuntimeServer] = {}

    def by(self, way: str, *, ping: float = 20.0) -> Connect:
        """Return a way to a runtime; `ping` is of a proxy."""
        if way != "proxy":
            return self.server(way).connect
        binary = plan(offline_config(self._model)).argv[0]
        path = self.server("unix").address.removeprefix("unix://")
        return Connect.proxy([binary, "app-server", "proxy", "--sock", path], ping=ping)

    def server(self, way: str) -> RuntimeServer:
        """Return the server that is behind a way."""
        if way not in self._servers:
            listen = None if way == "unix" else "ws://127.0.0.1:0"
            self._servers[way] = RuntimeServer(offline_config(self._model), listen=listen)
        return self._servers[way]

    @property
    def is_any(self) -> bool:
        """Whether anything was started."""
        return bool(self._servers)

    def is_alive(self) -> bool:
        """Tell whether everything that was started runs."""
        return all(server.is_alive for server in self._servers.values())

    def kill(self) -> None:
        """End everything at once."""
        for server in self._servers.values():
            os.kill(server.pid, signal.SIGKILL)
            until(lambda server=server: not server.is_alive)  # type: ignore[misc]

    def close(self) -> None:
        """End everything."""
        for server in self._servers.values():
            server.close()


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so, which nothing tells of."""
    end = time.monotonic() + children.SOON
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def left_in(home: Path) -> list[str]:
    """Return what a server left in its CODEX_HOME."""
    return sorted(path.name for path in home.iterdir() if path.name.lstrip(".").startswith(FILES))
