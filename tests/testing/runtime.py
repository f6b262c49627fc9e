"""The smallest client of the real runtime: these tests must not lean on the SDK they serve."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

import codex_cli_bin  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from openai_codex.config import AppServerConfig

Message = dict[str, Any]
Answer = Callable[[Message], Any]


class Runtime:
    """Spawn the pinned runtime with a config, speak JSON lines, keep every message."""

    def __init__(
        self, config: AppServerConfig, *, answers: Mapping[str, Answer] | None = None
    ) -> None:
        overrides = [part for text in config.config_overrides for part in ("--config", text)]
        self.seen: list[Message] = []
        self._answers = answers or {}
        self._number = 0
        self._process = subprocess.Popen(
            [str(codex_cli_bin.bundled_codex_path()), *overrides, "app-server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=config.cwd,
            env={**os.environ, **(config.env or {})},
        )
        self.call(
            "initialize",
            clientInfo={"name": "tests", "version": "1"},
            capabilities={"experimentalApi": True},
        )

    def __enter__(self) -> Runtime:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()

    def send(self, message: Message) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()

    def begin(self, method: str, **params: Any) -> int:
        self._number += 1
        self.send({"id": self._number, "method": method, "params": params})
        return self._number

    def call(self, method: str, **params: Any) -> Any:
        number = self.begin(method, **params)
        reply = self.until(lambda message: message.get("id") == number and "method" not in message)
        if "error" in reply:
            raise AssertionError(reply["error"])
        return reply["result"]

    def until(self, wanted: Callable[[Message], bool]) -> Message:
        """Give the next message that is wanted, of those not looked at before."""
        while True:
            message = self._read()
            if wanted(message):
                return message

    def completed(self, turn: str) -> Message:
        """Wait for the end of a turn, also when it has come already."""

        def ends(message: Message) -> bool:
            return (
                message.get("method") == "turn/completed"
                and message["params"]["turn"]["id"] == turn
            )

        past = next(filter(ends, self.seen), None)
        found: Message = (past or self.until(ends))["params"]["turn"]
        return found

    def thread(self, **params: Any) -> str:
        return str(self.call("thread/start", **{"ephemeral": True, **params})["thread"]["id"])

    def start(self, thread: str, text: str, **params: Any) -> str:
        content = [{"type": "text", "text": text}]
        reply = self.call("turn/start", threadId=thread, input=content, **params)
        return str(reply["turn"]["id"])

    def turn(self, thread: str, text: str, **params: Any) -> Message:
        return self.completed(self.start(thread, text, **params))

    def notified(self, method: str) -> list[Message]:
        return [message["params"] for message in self.seen if message.get("method") == method]

    def items(self, kind: str) -> list[Message]:
        items = (params["item"] for params in self.notified("item/completed"))
        return [item for item in items if item["type"] == kind]

    def _read(self) -> Message:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(f"the runtime ended with {self._process.wait(20)}")
        message: Message = json.loads(line)
        self.seen.append(message)
        if "method" in message and "id" in message:
            answer = self._answers[message["method"]](message["params"])
            self.send({"id": message["id"], "result": answer})
        return message


def reply_text(turn: Message) -> str:
    """Give the final text of a completed turn."""
    assert turn["status"] == "completed", turn["error"]
    return str(turn["items"][-1]["text"])
