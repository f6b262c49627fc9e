"""A user's program, for type checkers alone: what they see of both faces. Nobody runs it."""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

from openai_codex import (
    AppServerConfig,
    AsyncChatgptLoginHandle,
    AsyncCodex,
    AsyncDeviceCodeLoginHandle,
    AsyncThread,
    AsyncTurnHandle,
    ChatgptLoginHandle,
    Codex,
    CodexConfig,
    DeviceCodeLoginHandle,
    ExternalMessage,
    Notification,
    RequestTimeoutError,
    RuntimeProcess,
    Sandbox,
    TextInput,
    Thread,
    TurnFailedError,
    TurnHandle,
    TurnResult,
    UsageLimitError,
    async_retry_on_overload,
    methods,
    retry_on_overload,
)
from openai_codex.generated.v2_all import TurnCompletedNotification as TurnCompletedByItsOldPath
from openai_codex.models import InitializeResponse
from openai_codex.types import (
    AccountLoginCompletedNotification,
    AgentMessageDeltaNotification,
    AgentMessageThreadItem,
    CancelLoginAccountResponse,
    CommandExecutionThreadItem,
    FileChangeThreadItem,
    GetAccountResponse,
    ModelListResponse,
    ReconnectedNotification,
    ThreadArchiveResponse,
    ThreadCompactStartResponse,
    ThreadItem,
    ThreadListParams,
    ThreadListResponse,
    ThreadLoadedListResponse,
    ThreadReadResponse,
    ThreadSetNameResponse,
    ThreadTokenUsage,
    TurnCompletedNotification,
    TurnError,
    TurnInterruptResponse,
    TurnStatus,
    TurnSteerResponse,
)


def sync_client(config: AppServerConfig) -> None:
    assert_type(CodexConfig(), AppServerConfig)
    with Codex(config) as codex:
        assert_type(codex, Codex)
        assert_type(codex.metadata, InitializeResponse)
        assert_type(codex.metadata.server_info.name, str)
        assert_type(codex.process, RuntimeProcess | None)
        assert_type(codex.models(), ModelListResponse)
        assert_type(codex.account(), GetAccountResponse)
        assert_type(codex.thread_start(sandbox=Sandbox.read_only), Thread)
        assert_type(codex.thread_resume("id", include_turns=False), Thread)
        assert_type(codex.thread_fork("id"), Thread)
        assert_type(codex.thread_unarchive("id"), Thread)
        assert_type(codex.thread_archive("id"), ThreadArchiveResponse)
        assert_type(codex.thread_list(cwd="/a"), ThreadListResponse)
        assert_type(codex.thread_list(cwd=["/a", "/b"]), ThreadListResponse)
        assert_type(codex.login_chatgpt(), ChatgptLoginHandle)
        assert_type(codex.login_chatgpt_device_code(), DeviceCodeLoginHandle)
        assert_type(codex.login_chatgpt().wait(timeout=60), AccountLoginCompletedNotification)
        assert_type(codex.login_chatgpt().cancel(), CancelLoginAccountResponse)


def sync_turns(thread: Thread) -> None:
    result = thread.run("hi", timeout=60)
    check_result(result)
    turn = thread.turn([TextInput("hi")])
    assert_type(turn, TurnHandle)
    for event in turn.stream():
        check_event(event)
    for text in turn.stream_text():
        assert_type(text, str)
    assert_type(turn.steer("more"), TurnSteerResponse)
    assert_type(turn.interrupt(), TurnInterruptResponse)
    check_result(turn.run())
    with thread.turn(ExternalMessage("ci", "red")) as entered:
        assert_type(entered, TurnHandle)
    assert_type(thread.read(include_turns=True), ThreadReadResponse)
    assert_type(thread.set_name("name"), ThreadSetNameResponse)
    assert_type(thread.compact(), ThreadCompactStartResponse)


def sync_calls(codex: Codex) -> None:
    assert_type(codex.call(methods.thread.LOADED_LIST), ThreadLoadedListResponse)
    assert_type(codex.call(methods.thread.LIST, {"limit": 1}), ThreadListResponse)
    assert_type(codex.call(methods.thread.LIST, ThreadListParams(limit=1)), ThreadListResponse)
    assert_type(retry_on_overload(lambda: codex.models()), ModelListResponse)


async def async_client(config: AppServerConfig) -> None:
    async with AsyncCodex(config) as codex:
        assert_type(codex, AsyncCodex)
        assert_type(codex.metadata, InitializeResponse)
        assert_type(codex.process, RuntimeProcess | None)
        assert_type(await codex.models(), ModelListResponse)
        assert_type(await codex.account(), GetAccountResponse)
        assert_type(await codex.thread_start(), AsyncThread)
        assert_type(await codex.thread_resume("id"), AsyncThread)
        assert_type(await codex.thread_fork("id"), AsyncThread)
        assert_type(await codex.thread_unarchive("id"), AsyncThread)
        assert_type(await codex.thread_list(), ThreadListResponse)
        login = await codex.login_chatgpt()
        assert_type(login, AsyncChatgptLoginHandle)
        assert_type(await login.wait(), AccountLoginCompletedNotification)
        assert_type(await codex.login_chatgpt_device_code(), AsyncDeviceCodeLoginHandle)


async def async_turns(thread: AsyncThread) -> None:
    check_result(await thread.run("hi", idle_timeout=60))
    turn = await thread.turn("hi")
    assert_type(turn, AsyncTurnHandle)
    async for event in turn.stream():
        check_event(event)
    async for text in turn.stream_text():
        assert_type(text, str)
    assert_type(await turn.steer("more"), TurnSteerResponse)
    assert_type(await turn.interrupt(), TurnInterruptResponse)
    check_result(await turn.run())
    async with await thread.turn("hi") as entered:
        assert_type(entered, AsyncTurnHandle)
    assert_type(await thread.read(), ThreadReadResponse)


async def async_calls(codex: AsyncCodex) -> None:
    assert_type(await codex.call(methods.thread.LOADED_LIST), ThreadLoadedListResponse)
    assert_type(await async_retry_on_overload(lambda: codex.models()), ModelListResponse)


def check_event(event: Notification) -> None:
    assert_type(event, Notification)
    assert_type(event.method, str)
    assert_type(event.params, dict[str, Any])
    if isinstance(event.payload, AgentMessageDeltaNotification):
        assert_type(event.payload.delta, str)
    elif isinstance(event.payload, TurnCompletedNotification):
        assert_type(event.payload.turn.status, TurnStatus)


def check_gap(turn: TurnHandle) -> None:
    for event in turn.stream():
        if event.method == "connection/reconnected":
            assert_type(event.payload, ReconnectedNotification)
            assert_type(event.payload.missed, str)


def check_old_path(event: TurnCompletedByItsOldPath) -> TurnCompletedNotification:
    return event


def check_result(result: TurnResult[Any]) -> None:
    assert_type(result.id, str)
    assert_type(result.status, TurnStatus)
    assert_type(result.error, TurnError | None)
    assert_type(result.final_response, str | None)
    assert_type(result.duration_ms, int | None)
    assert_type(result.usage, ThreadTokenUsage | None)
    assert_type(result.items, list[ThreadItem])
    for item in result.items:
        check_item(item)


def check_item(item: ThreadItem) -> None:
    match item:
        case AgentMessageThreadItem():
            assert_type(item.text, str)
        case CommandExecutionThreadItem():
            assert_type(item.exit_code, int | None)
        case FileChangeThreadItem(changes=changes):
            assert_type(changes[0].diff, str)
        case _:
            kind: str = item.type
            assert kind
    if isinstance(item.root, AgentMessageThreadItem):
        assert_type(item.root.text, str)


def check_errors(thread: Thread) -> None:
    try:
        thread.run("hi")
    except UsageLimitError as error:
        assert_type(error.resets_at, int | None)
    except TurnFailedError as error:
        check_result(error.result)
        assert_type(error.error, TurnError | None)
    except RequestTimeoutError as error:
        assert_type(error.alive, bool)
    except TimeoutError as error:
        assert_type(error, TimeoutError)


def wrong(codex: Codex, thread: Thread) -> None:
    """Hold what a checker must refuse; it warns of each `ignore` that it does not need."""
    codex.thread_start(sandbox="read-only")  # type: ignore[arg-type]
    codex.thread_list(limit="3")  # type: ignore[arg-type]
    codex.thread_start("positional")  # type: ignore[call-arg, arg-type]
    codex.call(methods.thread.LIST, 3)  # type: ignore[misc]
    thread.turn("hi").steer(ExternalMessage("ci", "red"))  # type: ignore[arg-type]
