"""A program written for the official package 0.163.0 that goes below its root.

    python low_level_script.py settings.json

It runs unchanged there and here; `test_official_script.py` says what its model answers.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import openai_codex
import openai_codex.api
from openai_codex.async_client import AsyncCodexClient
from openai_codex.client import CodexBinResolverOps, CodexClient, CodexConfig, resolve_codex_bin
from openai_codex.errors import InvalidRequestError, JsonRpcError, map_jsonrpc_error
from openai_codex.generated import v2_all
from openai_codex.generated.v2_all import (
    AgentMessageDeltaNotification,
    AskForApproval,
    Granular,
    MergeStrategy,
    ModelListResponse,
    RequestId,
    ThreadItem,
    ThreadListCwdFilter,
    TurnCompletedNotification,
    TurnStatus,
)
from openai_codex.models import InitializeResponse, JsonScalar, NotificationPayload

ASKS = {"approvalPolicy": "on-request", "approvalsReviewer": "user", "sandbox": "read-only"}


def works(what: str) -> None:
    print(f"works: {what}")


def config(path: str) -> CodexConfig:
    settings = json.loads(Path(path).read_text())
    return CodexConfig(
        config_overrides=tuple(settings["config_overrides"]),
        cwd=settings["cwd"],
        env=settings["env"],
    )


def models() -> None:
    anything: Any = v2_all
    kinds: tuple[Any, ...] = (AskForApproval, RequestId, ThreadItem, ThreadListCwdFilter)
    for kind in kinds:
        assert issubclass(kind, BaseModel)
        assert kind.model_json_schema()
    never = anything.AskForApproval("never")
    assert never.root.value == "never"
    assert (never.model_dump(mode="json"), never.model_dump_json()) == ("never", '"never"')
    assert anything.RequestId(1).root == anything.RequestId(root=1).model_dump() == 1
    assert anything.ThreadListCwdFilter(["/a"]).root == ["/a"]
    plan = anything.ThreadItem.model_validate({"type": "plan", "id": "p", "text": "do"})
    assert plan.root.text == "do"
    assert plan.model_dump(mode="json") == {"type": "plan", "id": "p", "text": "do"}
    assert list(anything.ThreadItem.model_fields) == ["root"]
    assert MergeStrategy.replace.value == "replace"
    granular = Granular(mcp_elicitations=True, rules=True, sandbox_approval=False)
    assert granular.rules is True
    content = v2_all.ResourceContent1.model_validate({"uri": "u", "text": "t", "_meta": {"a": 1}})
    assert content.field_meta == {"a": 1}
    assert JsonScalar is not None
    assert NotificationPayload is not None
    works("models")


def doors() -> None:
    assert openai_codex.api.Codex is openai_codex.Codex
    assert openai_codex.api.Thread is openai_codex.Thread
    scope: dict[str, Any] = {}
    exec("from openai_codex import *\nfrom openai_codex.types import *", scope)
    assert scope["Thread"] is openai_codex.Thread
    assert type(map_jsonrpc_error(-32600, "no")) is InvalidRequestError
    assert type(map_jsonrpc_error(7, "no", {"a": 1})) is JsonRpcError
    ops = CodexBinResolverOps(lambda: Path("/packaged"), lambda path: False)
    assert resolve_codex_bin(CodexConfig(), ops) == Path("/packaged")
    try:
        resolve_codex_bin(CodexConfig(codex_bin="/nowhere"), ops)
    except FileNotFoundError:
        works("doors")


def low_level(settings: CodexConfig) -> None:
    asked: list[str] = []

    def approve(method: str, params: Any) -> Any:
        asked.append(method)
        return {"decision": "accept"}

    client = CodexClient(settings, approval_handler=approve)
    client.start()
    try:
        assert isinstance(client.initialize(), InitializeResponse)
        thread = client.thread_start({**ASKS, "ephemeral": True}).thread
        turn = client.turn_start(thread.id, "ask me").turn
        methods = []
        while "turn/completed" not in methods:
            event = client.next_turn_notification(turn.id)
            methods.append(event.method)
        assert methods[0] == "turn/started"
        assert asked == ["item/commandExecution/requestApproval"]
        pieces = list(client.stream_text(thread.id, "hello"))
        assert all(isinstance(piece, AgentMessageDeltaNotification) for piece in pieces)
        assert "".join(piece.delta for piece in pieces) == "Hello from the model"
        again = client.turn_start(thread.id, [{"type": "text", "text": "hello"}]).turn
        done = client.wait_for_turn_completed(again.id)
        assert isinstance(done, TurnCompletedNotification)
        assert done.turn.status == TurnStatus.completed
        assert client.next_notification().method
        models = client.request("model/list", {}, response_model=ModelListResponse)
        assert models.data
    finally:
        client.close()
    works("low level")


async def asynchronous(settings: CodexConfig) -> None:
    async with AsyncCodexClient(settings) as client:
        await client.initialize()
        thread = (await client.thread_start()).thread
        pieces = [piece.delta async for piece in client.stream_text(thread.id, "hello")]
        assert "".join(pieces) == "Hello from the model"
        turn = (await client.turn_start(thread.id, "hello")).turn
        done = await client.wait_for_turn_completed(turn.id)
        assert done.turn.id == turn.id
        assert (await client.thread_read(thread.id, include_turns=True)).thread.turns
    works("async")


def main() -> None:
    settings = config(sys.argv[1])
    models()
    doors()
    low_level(settings)
    asyncio.run(asynchronous(settings))
    works("all")


if __name__ == "__main__":
    main()
