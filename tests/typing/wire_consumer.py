"""Code of a user, for type checkers: every line must mean what it says to mypy and to pyright."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import assert_type

from openai_codex import methods
from openai_codex._wire import Method, decode
from openai_codex.generated import v2_all
from openai_codex.types import (
    AgentMessageDeltaNotification,
    AgentMessageThreadItem,
    AskForApproval,
    AskForApprovalValue,
    CommandExecutionThreadItem,
    Event,
    FileSystemSpecialPath,
    GranularAskForApproval,
    LogoutAccountResponse,
    Notification,
    TextUserInput,
    ThreadItem,
    ThreadListCwdFilter,
    ThreadStartParams,
    ThreadStartResponse,
    Turn,
    TurnStartParams,
    TurnStatus,
    UnknownAskForApproval,
    UnknownNotification,
    UnknownThreadItem,
)

assert_type(methods.thread.START, Method[ThreadStartParams, ThreadStartResponse])
assert_type(methods.thread.START.decode({}), ThreadStartResponse)
assert_type(methods.account.LOGOUT, Method[None, LogoutAccountResponse])
assert_type(decode(Turn, {}), Turn)
assert_type(decode(Turn, {}).status, TurnStatus)
assert_type(v2_all.TurnStatus.failed, Literal[TurnStatus.failed])

methods.turn.START.encode(TurnStartParams(thread_id="th", input=[TextUserInput(text="hi")]))
methods.turn.START.encode({"threadId": "th"})
methods.turn.START.encode(ThreadStartParams())  # type: ignore[arg-type]  # pyright: ignore
TurnStartParams(thraed_id="th", input=[])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def text_of(item: ThreadItem) -> str | None:
    """Variants narrow by class, and what is unknown has its raw object."""
    if isinstance(item, AgentMessageThreadItem):
        assert_type(item.root.text, str)
        return item.text
    if isinstance(item, UnknownThreadItem):
        return str(item.raw)
    return None


def by_type(item: ThreadItem) -> None:
    """Variants narrow by their tag."""
    if item.type == "commandExecution":
        assert_type(item, CommandExecutionThreadItem)
        assert_type(item.exit_code, int | None)
        _ = item.no_such_field  # type: ignore[attr-defined]  # pyright: ignore
    elif item.type == "plan":
        assert_type(item.text, str)


def by_kind(path: FileSystemSpecialPath) -> None:
    """Also where the tag is not called `type`."""
    if path.kind == "unknown":
        assert_type(path.path, str)


def by_method(event: Event) -> None:
    """Events narrow by their method."""
    if event.method == "item/agentMessage/delta":
        assert_type(event.payload, AgentMessageDeltaNotification)
        assert_type(event.payload.delta, str)
    elif event.method == "turn/completed":
        assert_type(event.payload.turn.status, TurnStatus)
    elif event.method == "item/completed":
        by_type(event.payload.item)
    elif isinstance(event.payload, UnknownNotification):
        assert_type(event.payload.params, dict[str, Any])
    event.payload.model_dump()
    as_before: Notification = event
    _ = as_before.payload


def matched(event: Event) -> str | None:
    match event.method:
        case "turn/started":
            return event.payload.turn.id
        case _:
            return None


def approval(policy: AskForApproval) -> None:
    """A mixed union is its enum, its variants, and what is unknown."""
    assert_type(policy, AskForApprovalValue | GranularAskForApproval | UnknownAskForApproval)


def cwd_filter(value: ThreadListCwdFilter) -> None:
    """A union of plain values is just those."""
    assert_type(value, str | list[str])
