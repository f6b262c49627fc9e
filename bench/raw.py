"""The least that can talk to an app-server: JSON lines over a Popen, nothing typed. The floor.

Standard library only: it runs under both interpreters, and must import neither package.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Message = dict[str, Any]

HELLO = {
    "clientInfo": {"name": "bench", "title": "bench", "version": "1"},
    "capabilities": {"experimentalApi": True},
}


class RawClient:
    """Speak to one app-server, one request at a time."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        hear: Callable[[bytes], None] | None = None,
    ) -> None:
        self._hear = hear or (lambda line: None)
        self._last = -1
        self.process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **(env or {})},
            cwd=cwd,
        )
        self.server_info = self.call("initialize", HELLO)
        self._write({"method": "initialized"})

    def call(self, method: str, params: Message | None = None) -> Any:
        """Ask, and return the result; notifications on the way are heard and dropped."""
        self._last += 1
        self._write({"id": self._last, "method": method, "params": params or {}})
        message = self.until(lambda message: message.get("id") == self._last)
        if "error" in message:
            raise ValueError(f"{method}: {message['error']}")
        return message["result"]

    def until(self, wanted: Callable[[Message], bool]) -> Message:
        """Read until a message is wanted, and return it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._hear(line)
            message: Message = json.loads(line)
            if wanted(message):
                return message
        raise EOFError(f"the app-server ended with {self.process.wait()}")

    def turn(self, thread_id: str, text: str) -> Message:
        """Run one turn to its end and return its `turn/completed`."""
        words = [{"type": "text", "text": text}]
        self.call("turn/start", {"threadId": thread_id, "input": words})
        return self.until(lambda message: message.get("method") == "turn/completed")

    def close(self) -> None:
        """Close stdin and wait for the process."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def _write(self, message: Message) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()
