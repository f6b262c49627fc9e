"""A program written for the official package 0.163.0, with its names and nothing else.

    python official_script.py settings.json

It runs unchanged there and here; `test_official_script.py` says what its model answers. It prints
one line for each thing that works, and ends with a traceback at the first that does not.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai_codex
from openai_codex import (
    ApprovalMode,
    AsyncCodex,
    AsyncThread,
    AsyncTurnHandle,
    Codex,
    CodexConfig,
    CodexError,
    CodexRpcError,
    ExternalMessage,
    ImageInput,
    InvalidRequestError,
    JsonRpcError,
    RetryLimitExceededError,
    Sandbox,
    ServerBusyError,
    TextInput,
    Thread,
    TransportClosedError,
    TurnHandle,
    TurnResult,
    is_retryable_error,
    retry_on_overload,
)
from openai_codex.client import CodexConfig as ClientCodexConfig
from openai_codex.errors import CodexError as ErrorsCodexError
from openai_codex.generated.v2_all import (
    AgentMessageDeltaNotification,
    AgentMessageThreadItem,
    CommandExecutionThreadItem,
    ItemCompletedNotification,
    ItemStartedNotification,
    MessagePhase,
    ThreadTokenUsageUpdatedNotification,
    TurnCompletedNotification,
    TurnStartedNotification,
)
from openai_codex.models import InitializeResponse, JsonObject, Notification, UnknownNotification
from openai_codex.retry import retry_on_overload as retry_from_its_module
from openai_codex.types import (
    Personality,
    ReasoningEffort,
    ReasoningSummary,
    SortDirection,
    ThreadItem,
    ThreadListResponse,
    ThreadReadResponse,
    ThreadSortKey,
    ThreadTokenUsage,
    TurnStatus,
)

SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"word": {"type": "string"}},
    "required": ["word"],
    "additionalProperties": False,
}
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def works(what: str) -> None:
    print(f"works: {what}", flush=True)


def config(path: str) -> CodexConfig:
    settings = json.loads(Path(path).read_text())
    return CodexConfig(
        config_overrides=tuple(settings["config_overrides"]),
        cwd=settings["cwd"],
        env=settings["env"],
        client_name="compat_script",
        client_title="Compat Script",
        client_version="1.2.3",
    )


def names() -> None:
    assert ClientCodexConfig is CodexConfig
    assert ErrorsCodexError is CodexError
    assert retry_from_its_module is retry_on_overload
    assert openai_codex.__version__ == "0.163.0"
    assert issubclass(InvalidRequestError, CodexRpcError)
    assert issubclass(CodexRpcError, JsonRpcError)
    assert issubclass(JsonRpcError, CodexError)
    assert issubclass(TransportClosedError, CodexError)
    assert issubclass(RetryLimitExceededError, ServerBusyError)
    assert {mode.value for mode in ApprovalMode} >= {"deny_all", "auto_review"}
    assert {choice.value for choice in Sandbox} >= {"read-only", "workspace-write", "full-access"}
    unknown = Notification(method="made/up", payload=UnknownNotification(params={"a": 1}))
    assert isinstance(unknown.payload, UnknownNotification)
    assert unknown.payload.params == {"a": 1}
    works("names")


def enums() -> None:
    assert ReasoningSummary.model_validate("concise").root.value == "concise"
    assert ReasoningEffort("high").value == "high"
    assert TurnStatus("completed") is TurnStatus.completed
    assert Personality.friendly.value == "friendly"
    works("enums")


def retries() -> None:
    calls: list[int] = []

    def busy() -> str:
        calls.append(1)
        if len(calls) < 3:
            raise ServerBusyError(-32001, "Server overloaded; retry later.", None)
        return "at last"

    assert is_retryable_error(ServerBusyError(-32001, "busy", None))
    assert not is_retryable_error(ValueError("no"))
    done = retry_on_overload(busy, max_attempts=3, initial_delay_s=0.001, max_delay_s=0.002)
    assert (done, len(calls)) == ("at last", 3)
    works("retries")


def text_of(items: "list[ThreadItem]", phase: "MessagePhase | None" = None) -> str:
    texts = []
    for item in items:
        raw = item.root if hasattr(item, "root") else item
        if isinstance(raw, AgentMessageThreadItem) and raw.phase == phase:
            texts.append(raw.text)
    return "\n".join(texts)


def check_result(result: Any) -> None:
    assert isinstance(result, TurnResult)
    assert result.status == TurnStatus.completed
    assert result.status.value == "completed"
    assert result.error is None
    assert isinstance(result.usage, ThreadTokenUsage)
    assert result.usage.last.total_tokens == 110
    assert result.duration_ms is not None
    assert result.final_response == "Hello from the model"
    assert text_of(result.items, MessagePhase.final_answer) == "Hello from the model"


def run(codex: Codex) -> None:
    thread = codex.thread_start(model="gpt-5.5", sandbox=Sandbox.full_access)
    assert isinstance(thread, Thread)
    check_result(thread.run("hello"))
    result = thread.run("use a tool")
    commands = [
        item.root for item in result.items if isinstance(item.root, CommandExecutionThreadItem)
    ]
    assert [command.exit_code for command in commands] == [0]
    assert [item.root.type for item in result.items] == [
        "userMessage",
        "commandExecution",
        "agentMessage",
    ]
    works("run")


def check_event(event: Notification, seen: "list[str]", words: "list[str]") -> None:
    assert isinstance(event, Notification)
    payload = event.payload
    if isinstance(payload, AgentMessageDeltaNotification):
        words.append(payload.delta)
    elif isinstance(payload, (ItemStartedNotification, ItemCompletedNotification)):
        assert payload.item.root.id
    elif isinstance(payload, (TurnStartedNotification, TurnCompletedNotification)):
        seen.append(event.method)
    elif isinstance(payload, ThreadTokenUsageUpdatedNotification):
        assert payload.token_usage.total.input_tokens >= 100


def stream(codex: Codex) -> None:
    turn = codex.thread_start().turn(TextInput("hello"))
    assert isinstance(turn, TurnHandle)
    seen: list[str] = []
    words: list[str] = []
    for event in turn.stream():
        check_event(event, seen, words)
    assert seen == ["turn/started", "turn/completed"]
    assert "".join(words) == "Hello from the model"
    works("stream")


def options(codex: Codex) -> None:
    thread = codex.thread_start(approval_mode=ApprovalMode.deny_all, ephemeral=True)
    result = thread.run(
        [TextInput("hello"), ImageInput(PIXEL)],
        approval_mode=ApprovalMode.auto_review,
        effort=ReasoningEffort("low"),
        output_schema=SCHEMA,
        personality=Personality.friendly,
        sandbox=Sandbox.read_only,
        service_tier="flex",
        source="compat",
        summary=ReasoningSummary.model_validate("concise"),
        turn_service_tier="priority",
    )
    check_result(result)
    check_result(thread.run(ExternalMessage("ci", "hello")))
    works("options")


def controls(codex: Codex) -> None:
    turn = codex.thread_start().turn("wait for me")
    events = turn.stream()
    for event in events:
        if event.method == "turn/started":
            break
    turn.interrupt()
    last = list(events)[-1].payload
    assert isinstance(last, TurnCompletedNotification)
    assert last.turn.status == TurnStatus.interrupted
    works("controls")


def threads(codex: Codex) -> None:
    thread = codex.thread_start()
    thread.run("hello")
    thread.set_name("compat")
    stored = thread.read(include_turns=True)
    assert isinstance(stored, ThreadReadResponse)
    assert stored.thread.name == "compat"
    assert stored.thread.turns[-1].items[-1].root.type == "agentMessage"
    page = codex.thread_list(
        limit=50,
        sort_direction=SortDirection.desc,
        sort_key=ThreadSortKey.updated_at,
        use_state_db_only=True,
    )
    assert isinstance(page, ThreadListResponse)
    assert thread.id in [one.id for one in page.data]
    forked = codex.thread_fork(thread.id, include_turns=False)
    assert forked.id != thread.id
    check_result(codex.thread_resume(thread.id, include_turns=False).run("hello"))
    codex.thread_archive(thread.id)
    assert codex.thread_unarchive(thread.id).id == thread.id
    works("threads")


def account(codex: Codex) -> None:
    assert codex.account().account is None
    codex.login_api_key("sk-not-a-real-key")
    found = codex.account(refresh_token=False).account
    assert found is not None
    assert found.root.type == "apiKey"
    codex.logout()
    assert codex.account().account is None
    works("account")


def metadata(codex: Codex) -> None:
    told = codex.metadata
    assert isinstance(told, InitializeResponse)
    assert told.serverInfo is not None
    assert told.serverInfo.name == "compat_script"
    assert told.serverInfo.version is not None
    assert told.serverInfo.version.startswith("0.163.0")
    assert told.userAgent is not None
    assert told.userAgent.startswith("compat_script/0.163.0")
    assert "gpt-5.5" in [model.model for model in codex.models(include_hidden=True).data]
    works("metadata")


def raised(kind: "type[Exception]", action: "Callable[[], object]") -> Any:
    try:
        action()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__} was raised")


def errors(codex: Codex) -> None:
    refused = raised(InvalidRequestError, lambda: codex.thread_resume("not-a-thread"))
    assert refused.code == -32600
    assert "invalid session id" in refused.message
    failed = raised(RuntimeError, lambda: codex.thread_start().run("fail"))
    assert "scripted failure" in str(failed)
    works("errors")


async def asynchronous(settings: CodexConfig) -> None:
    async with AsyncCodex(settings) as codex:
        thread = await codex.thread_start()
        assert isinstance(thread, AsyncThread)
        check_result(await thread.run("hello"))
        turn = await thread.turn("hello")
        assert isinstance(turn, AsyncTurnHandle)
        seen: list[str] = []
        words: list[str] = []
        async for event in turn.stream():
            check_event(event, seen, words)
        assert "".join(words) == "Hello from the model"
        several = [await codex.thread_start() for _ in range(3)]
        for result in await asyncio.gather(*(one.run("hello") for one in several)):
            check_result(result)
    works("async")


def main() -> None:
    settings = config(sys.argv[1])
    names()
    enums()
    retries()
    with Codex(config=settings) as codex:
        for part in (run, stream, options, controls, threads, account, metadata, errors):
            part(codex)
    asyncio.run(asynchronous(settings))
    works("all")


if __name__ == "__main__":
    main()
