"""One call for one task: a client, a thread and a turn, and everything closed again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature
from typing import TYPE_CHECKING, Any, TypeVar, overload

from .._checks import nearest
from .._turns.inputs import RunInput
from .._turns.presets import ApprovalMode, Sandbox
from ..config import AppServerConfig, FromEnvironment

if TYPE_CHECKING:
    import os
    from datetime import timedelta

    from .._places.environment import Environment
    from .._turns.agent_tools import AgentTools
    from .._turns.budget import Budget, OnUsageLimit
    from .._turns.events import Event
    from .._turns.mcp_servers import McpServers
    from .._turns.result import TurnResult
    from ..output import OutputType
    from ..prices import Prices
    from ..questions.handlers import Handlers
    from ..tools import AnyTool, Namespace
    from ..types import (
        JsonObject,
        Personality,
        ReasoningEffort,
        ReasoningSummary,
        ThreadSource,
        ThreadStartSource,
    )
    from .claim import WhenBusy

T = TypeVar("T")

# What the client takes, and what the turn takes though the thread has it, too. What else a thread
# takes is the thread's, and all other options are the turn's.
_CLIENT = ("api_key", "prices")
_TURN = ("budget", "connect_timeout")


@overload
async def async_run(
    input: RunInput,
    *,
    output_type: type[T] | OutputType[T],
    output_retries: int = 1,
    app_server: AppServerConfig | None = None,
    api_key: str | FromEnvironment | None = None,
    prices: Prices | None = None,
    approval_mode: ApprovalMode = ApprovalMode.auto_review,
    base_instructions: str | None = None,
    config: JsonObject | None = None,
    cwd: str | os.PathLike[str] | None = None,
    developer_instructions: str | None = None,
    ephemeral: bool | None = None,
    model: str | None = None,
    model_provider: str | None = None,
    personality: Personality | str | None = None,
    sandbox: Sandbox | None = None,
    service_name: str | None = None,
    service_tier: str | None = None,
    session_start_source: ThreadStartSource | str | None = None,
    thread_source: ThreadSource | str | None = None,
    handlers: Handlers | None = None,
    tools: Sequence[AnyTool | Namespace] | None = None,
    mcp_servers: McpServers | None = None,
    environment: Environment | str | None = None,
    uses: AgentTools | None = None,
    checkpoints: bool = False,
    effort: ReasoningEffort | str | None = None,
    source: str | None = None,
    summary: ReasoningSummary | str | None = None,
    turn_service_tier: str | None = None,
    busy: WhenBusy = "join",
    timeout: float | timedelta | None = None,
    idle_timeout: float | timedelta | None = None,
    connect_timeout: float | timedelta | None = None,
    budget: Budget | None = None,
    on_usage_limit: OnUsageLimit | None = None,
    on_event: Callable[[Event], Any] | None = None,
) -> TurnResult[T]: ...


@overload
async def async_run(
    input: RunInput,
    *,
    app_server: AppServerConfig | None = None,
    api_key: str | FromEnvironment | None = None,
    prices: Prices | None = None,
    approval_mode: ApprovalMode = ApprovalMode.auto_review,
    base_instructions: str | None = None,
    config: JsonObject | None = None,
    cwd: str | os.PathLike[str] | None = None,
    developer_instructions: str | None = None,
    ephemeral: bool | None = None,
    model: str | None = None,
    model_provider: str | None = None,
    personality: Personality | str | None = None,
    sandbox: Sandbox | None = None,
    service_name: str | None = None,
    service_tier: str | None = None,
    session_start_source: ThreadStartSource | str | None = None,
    thread_source: ThreadSource | str | None = None,
    handlers: Handlers | None = None,
    tools: Sequence[AnyTool | Namespace] | None = None,
    mcp_servers: McpServers | None = None,
    environment: Environment | str | None = None,
    uses: AgentTools | None = None,
    checkpoints: bool = False,
    effort: ReasoningEffort | str | None = None,
    output_schema: JsonObject | None = None,
    source: str | None = None,
    summary: ReasoningSummary | str | None = None,
    turn_service_tier: str | None = None,
    busy: WhenBusy = "join",
    timeout: float | timedelta | None = None,
    idle_timeout: float | timedelta | None = None,
    connect_timeout: float | timedelta | None = None,
    budget: Budget | None = None,
    on_usage_limit: OnUsageLimit | None = None,
    on_event: Callable[[Event], Any] | None = None,
    output_type: Any = None,
    output_retries: int = 1,
) -> TurnResult[Any]: ...


async def async_run(
    input: RunInput, *, app_server: AppServerConfig | None = None, **options: Any
) -> TurnResult[Any]:
    """Start a runtime, run one turn in a new thread of it, end the runtime, return the result.

    `app_server` is the client's `AppServerConfig`, `api_key` and `prices` are its options. All
    others are those of `thread_start` and of `run`; `budget` and the time-outs hold for the turn.
    For a second turn, or several tasks, keep a client: a start takes a moment. Raises what they
    raise, TypeError for an option that none of them has.
    """
    from .client import AsyncCodex

    of_thread = _names_of_thread(options)
    client = {name: options.pop(name) for name in _CLIENT if name in options}
    thread = {name: options.pop(name) for name in of_thread if name in options}
    async with AsyncCodex(app_server, **client) as codex:
        return await (await codex.thread_start(**thread)).run(input, **options)


def _names_of_thread(options: dict[str, Any]) -> list[str]:
    """Return which options the thread gets; a TypeError for one that there is not comes first."""
    from .client import AsyncCodex
    from .thread import AsyncThread

    taken = [*signature(AsyncCodex.thread_start).parameters][1:]
    known = [*_CLIENT, *taken, *signature(AsyncThread.run).parameters]
    for name in options:
        if name not in known:
            near = nearest(name, known)
            meant = f", did you mean {near}=?" if near else ""
            raise TypeError(f"run() takes no option {name}={meant}")
    return [name for name in taken if name not in _TURN]
