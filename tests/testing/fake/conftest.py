"""A client with no cleverness: raw lines to and from a fake process, read as they come."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openai_codex.testing.fake import FakeAppServer

HELLO = {"clientInfo": {"name": "raw", "version": "1"}, "capabilities": {"experimentalApi": True}}


class Client:
    """Write lines to one fake process and read what it answers, blocking."""

    def __init__(self, server: FakeAppServer) -> None:
        self.process = subprocess.Popen(
            server.argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.stdin, self.stdout, self.stderr = (
            self.process.stdin,
            self.process.stdout,
            self.process.stderr,
        )
        self._ids = 0

    def write(self, data: bytes) -> None:
        self.stdin.write(data)

    def send(self, message: dict[str, Any]) -> None:
        self.write(json.dumps(message).encode() + b"\n")

    def ask(self, method: str, **params: Any) -> int:
        self._ids += 1
        self.send({"id": self._ids, "method": method, "params": params})
        return self._ids

    def line(self) -> bytes:
        data = bytearray()
        while (byte := self.stdout.read(1)) and byte != b"\n":
            data += byte
        return bytes(data)

    def message(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self.line())
        return message

    def until(self, method: str) -> list[dict[str, Any]]:
        """Read up to and with the next message of this method."""
        messages = [self.message()]
        while messages[-1].get("method") != method:
            messages.append(self.message())
        return messages

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask, and read on to the reply; what comes before it is dropped."""
        wanted = self.ask(method, **params)
        while True:
            message = self.message()
            if message.get("id") == wanted and "method" not in message:
                return message

    def open(self) -> Client:
        self.call("initialize", **HELLO)
        self.send({"method": "initialized"})
        return self

    def start_thread(self, **params: Any) -> str:
        reply = self.call("thread/start", **params)
        assert self.message()["method"] == "thread/started"
        thread_id: str = reply["result"]["thread"]["id"]
        return thread_id

    def start_turn(self, thread_id: str, text: str = "hi") -> int:
        return self.ask("turn/start", threadId=thread_id, input=[{"type": "text", "text": text}])

    def rest(self) -> bytes:
        return self.stdout.read() or b""

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.stdin, self.stdout, self.stderr):
            pipe.close()


@pytest.fixture
def spawn() -> Iterator[Callable[[FakeAppServer], Client]]:
    """Spawn raw clients, and end them after the test."""
    clients: list[Client] = []

    def start(server: FakeAppServer) -> Client:
        clients.append(Client(server))
        return clients[-1]

    yield start
    for client in clients:
        client.close()


@pytest.fixture
def play(spawn: Callable[[FakeAppServer], Client]) -> Iterator[Callable[..., Any]]:
    """Make a server with these rules, and an open client of it."""
    from openai_codex.testing.fake import FakeAppServer

    servers: list[FakeAppServer] = []

    def start(*rules: Any, **settings: Any) -> tuple[FakeAppServer, Client]:
        servers.append(FakeAppServer(rules, **settings))
        return servers[-1], spawn(servers[-1]).open()

    yield start
    for server in servers:
        server.close()
