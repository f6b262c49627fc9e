"""A program written for the official package, for type checkers: every path that programs use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from typing_extensions import assert_type

import openai_codex.types as names
from openai_codex import TurnFailedError
from openai_codex.api import AsyncCodex, Codex, Thread, TurnHandle
from openai_codex.async_client import AsyncCodexClient
from openai_codex.client import CodexBinResolverOps, CodexClient, CodexConfig, resolve_codex_bin
from openai_codex.errors import JsonRpcError, map_jsonrpc_error
from openai_codex.generated import v2_all
from openai_codex.generated.v2_all import (
    AgentMessageDeltaNotification,
    Granular,
    HookMetadata1,
    MergeStrategy,
    ThreadItem,
    ThreadTokenUsageUpdatedNotification,
    TurnCompletedNotification,
    TurnStatus,
)
from openai_codex.models import (
    InitializeResponse,
    JsonObject,
    JsonScalar,
    JsonValue,
    Notification,
    NotificationPayload,
    ServerInfo,
    UnknownNotification,
)
from openai_codex.types import CodexErrorInfo, ModelListResponse, ThreadStartResponse


def answer(method: str, params: JsonObject | None) -> JsonObject:
    """Answer whatever is asked."""
    return {"decision": "decline"}


def low_level(config: CodexConfig) -> None:
    with CodexClient(config, approval_handler=answer) as client:
        assert_type(client.initialize(), InitializeResponse)
        assert_type(client.initialize().server_info, ServerInfo)
        started = client.thread_start({"ephemeral": True})
        assert_type(started, ThreadStartResponse)
        turn = client.turn_start(started.thread.id, "hi").turn
        event = client.next_turn_notification(turn.id)
        if event.method == "thread/tokenUsage/updated":
            assert_type(event.payload, ThreadTokenUsageUpdatedNotification)
        for piece in client.stream_text(started.thread.id, "hi"):
            assert_type(piece, AgentMessageDeltaNotification)
        assert_type(client.wait_for_turn_completed(turn.id), TurnCompletedNotification)
        models = client.request("model/list", {}, response_model=ModelListResponse)
        assert_type(models, ModelListResponse)


async def async_low_level() -> None:
    async with AsyncCodexClient() as client:
        assert_type(await client.model_list(), ModelListResponse)
        async for piece in client.stream_text("th", "hi"):
            assert_type(piece.delta, str)


def high_level(codex: Codex, other: AsyncCodex, thread: Thread, turn: TurnHandle) -> None:
    for event in turn.stream():
        if isinstance(event.payload, TurnCompletedNotification):
            assert_type(event.payload.turn.status, TurnStatus)
    try:
        thread.run("hi")
    except TurnFailedError as error:
        assert_type(error.info, CodexErrorInfo | None)


def items(item: ThreadItem, event: Notification, payload: NotificationPayload) -> str | None:
    if item.type == "agentMessage":
        assert_type(item.root.text, str)
        return item.text
    if isinstance(payload, UnknownNotification):
        assert_type(payload.params, dict[str, Any])
    return event.method


def values(scalar: JsonScalar, value: JsonValue, old: HookMetadata1, granular: Granular) -> None:
    assert_type(map_jsonrpc_error(-32600, "no"), JsonRpcError)
    assert_type(scalar, str | int | float | bool | None)
    merged: MergeStrategy = MergeStrategy.replace
    assert names.Turn is v2_all.Turn
    resolve_codex_bin(CodexConfig(), CodexBinResolverOps(Path, Path.exists))
    print(merged, value, old.command, granular.rules)
