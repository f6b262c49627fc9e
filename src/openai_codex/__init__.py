"""Drive the Codex coding agent from Python.

    from openai_codex import Codex

    with Codex() as codex:
        thread = codex.thread_start()
        result = thread.run("Explain this repository in one paragraph")
        print(result.final_response)

`AsyncCodex` says the same with `await`. Values and events are in `openai_codex.types`, every method
of the protocol in `openai_codex.methods`, exceptions in `openai_codex.errors`.

Names load when they are first used; importing the package itself loads almost nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from . import methods, types
    from ._async.agents import AsyncRunningAgent
    from ._async.client import AsyncCodex
    from ._async.commands import AsyncExec
    from ._async.events import AsyncEvents
    from ._async.files import AsyncFiles, AsyncFileWatch
    from ._async.goals import AsyncGoalControl, AsyncGoalRun
    from ._async.login import AsyncChatgptLoginHandle, AsyncDeviceCodeLoginHandle
    from ._async.one_call import async_run
    from ._async.processes import AsyncProcess, AsyncProcesses
    from ._async.questions import AsyncQuestions
    from ._async.queue import AsyncQueuedTurn, AsyncTurnQueue
    from ._async.server import AsyncRuntimeServer
    from ._async.settings import AsyncMcp, AsyncSettings, AsyncSkills
    from ._async.thread import AsyncThread
    from ._async.turn import AsyncTurnHandle
    from ._checkpoints.errors import (
        CheckpointError,
        CheckpointNotFoundError,
        CheckpointUnsupportedError,
        FilesChangedError,
        GitNotFoundError,
        RewindBlockedError,
    )
    from ._checkpoints.records import ChangedFile, Changes, Checkpoint, Coverage, Rewound
    from ._drivers.facts import RuntimeProcess
    from ._older_names import AppServerError as AppServerError
    from ._older_names import AppServerRpcError as AppServerRpcError
    from ._older_names import RunResult as RunResult
    from ._places.environment import Environment
    from ._places.errors import (
        EnvironmentRequiredError,
        EnvironmentUnreachableError,
        PlaceError,
        UnknownEnvironmentError,
    )
    from ._places.exec_server import ExecServer
    from ._sync.agents import RunningAgent
    from ._sync.client import Codex
    from ._sync.commands import Exec
    from ._sync.events import Events
    from ._sync.files import Files, FileWatch
    from ._sync.goals import GoalControl, GoalRun
    from ._sync.login import ChatgptLoginHandle, DeviceCodeLoginHandle
    from ._sync.one_call import run
    from ._sync.processes import Process, Processes
    from ._sync.questions import Questions
    from ._sync.queue import QueuedTurn, TurnQueue
    from ._sync.server import RuntimeServer
    from ._sync.settings import Mcp, Settings, Skills
    from ._sync.thread import Thread
    from ._sync.turn import TurnHandle
    from ._turns.agent_tools import AgentRole, AgentTools
    from ._turns.budget import Budget, BudgetRequest
    from ._turns.commands import ExecOutput, ExecResult
    from ._turns.goals import GoalResult
    from ._turns.inputs import (
        ExternalMessage,
        ImageInput,
        Input,
        InputItem,
        LocalImageInput,
        MentionInput,
        RunInput,
        SkillInput,
        TextInput,
    )
    from ._turns.mcp_servers import McpServer
    from ._turns.notification import Notification
    from ._turns.presets import ApprovalMode, Sandbox
    from ._turns.result import Agent, TurnResult
    from ._turns.reviews import Finding, Review, read_review
    from ._turns.spend import Spend
    from .config import FROM_ENVIRONMENT, AppServerConfig, CodexConfig
    from .connect import Connect
    from .errors import (
        AddressInUseError,
        BadRequestError,
        BudgetExceededError,
        ClientClosedError,
        CodexError,
        CodexRpcError,
        ConnectError,
        ConnectionLostError,
        ContextWindowExceededError,
        HandlerTimeoutError,
        InternalRpcError,
        InvalidParamsError,
        InvalidReplyError,
        InvalidRequestError,
        JsonRpcError,
        MessageTooLargeError,
        MethodNotFoundError,
        MissingExtraError,
        ModelUnreachableError,
        NotARepositoryError,
        NotARuntimeError,
        NotListeningError,
        OriginRefusedError,
        OverloadedError,
        ParseError,
        QueuedTurnGoneError,
        RequestTimeoutError,
        RetryLimitExceededError,
        RuntimeNotFoundError,
        RuntimeTooOldError,
        SandboxFailedError,
        ServerBusyError,
        StartupError,
        StartupRefusedError,
        StartupTimeoutError,
        StreamDisconnectedError,
        StreamOverflowError,
        ThreadBusyError,
        ThreadLostError,
        ThreadNotFoundError,
        TokenRefusedError,
        ToolSwitchError,
        TransportClosedError,
        TurnFailedError,
        TurnLostError,
        TurnTimeoutError,
        UnauthorizedError,
        UnknownPriceError,
        UnsendableError,
        UnsupportedByRuntimeError,
        UsageLimitError,
        WrongLoopError,
        WrongProcessError,
        is_retryable_error,
    )
    from .output import OutputSchemaError, OutputType, OutputValidationError
    from .questions import (
        AlreadySettledError,
        Approval,
        AttestationRequest,
        CommandApproval,
        Decision,
        Elicitation,
        FileChangeApproval,
        Grant,
        InvalidAnswerError,
        McpToolApproval,
        NetworkRule,
        PermissionsApproval,
        PrefixRule,
        Question,
        TimeRequest,
        TokenRefresh,
        Tokens,
        UserInputRequest,
    )
    from .questions.handlers import Handlers
    from .questions.hooks import CommandEnd, ToolUse, TurnNews
    from .retry import Restart, async_retry_on_overload, retry_on_overload
    from .rules import Rules
    from .telemetry.settings import Telemetry
    from .tools import (
        Namespace,
        Tool,
        ToolArgumentsError,
        ToolContext,
        ToolDefinitionError,
        ToolImage,
        ToolResult,
        tool,
    )

__all__ = [
    "FROM_ENVIRONMENT",
    "AddressInUseError",
    "Agent",
    "AgentRole",
    "AgentTools",
    "AlreadySettledError",
    "AppServerConfig",
    "Approval",
    "ApprovalMode",
    "AsyncChatgptLoginHandle",
    "AsyncCodex",
    "AsyncDeviceCodeLoginHandle",
    "AsyncEvents",
    "AsyncExec",
    "AsyncFileWatch",
    "AsyncFiles",
    "AsyncGoalControl",
    "AsyncGoalRun",
    "AsyncMcp",
    "AsyncProcess",
    "AsyncProcesses",
    "AsyncQuestions",
    "AsyncQueuedTurn",
    "AsyncRunningAgent",
    "AsyncRuntimeServer",
    "AsyncSettings",
    "AsyncSkills",
    "AsyncThread",
    "AsyncTurnHandle",
    "AsyncTurnQueue",
    "AttestationRequest",
    "BadRequestError",
    "Budget",
    "BudgetExceededError",
    "BudgetRequest",
    "ChangedFile",
    "Changes",
    "ChatgptLoginHandle",
    "Checkpoint",
    "CheckpointError",
    "CheckpointNotFoundError",
    "CheckpointUnsupportedError",
    "ClientClosedError",
    "Codex",
    "CodexConfig",
    "CodexError",
    "CodexRpcError",
    "CommandApproval",
    "CommandEnd",
    "Connect",
    "ConnectError",
    "ConnectionLostError",
    "ContextWindowExceededError",
    "Coverage",
    "Decision",
    "DeviceCodeLoginHandle",
    "Elicitation",
    "Environment",
    "EnvironmentRequiredError",
    "EnvironmentUnreachableError",
    "Events",
    "Exec",
    "ExecOutput",
    "ExecResult",
    "ExecServer",
    "ExternalMessage",
    "FileChangeApproval",
    "FileWatch",
    "Files",
    "FilesChangedError",
    "Finding",
    "GitNotFoundError",
    "GoalControl",
    "GoalResult",
    "GoalRun",
    "Grant",
    "HandlerTimeoutError",
    "Handlers",
    "ImageInput",
    "Input",
    "InputItem",
    "InternalRpcError",
    "InvalidAnswerError",
    "InvalidParamsError",
    "InvalidReplyError",
    "InvalidRequestError",
    "JsonRpcError",
    "LocalImageInput",
    "Mcp",
    "McpServer",
    "McpToolApproval",
    "MentionInput",
    "MessageTooLargeError",
    "MethodNotFoundError",
    "MissingExtraError",
    "ModelUnreachableError",
    "Namespace",
    "NetworkRule",
    "NotARepositoryError",
    "NotARuntimeError",
    "NotListeningError",
    "Notification",
    "OriginRefusedError",
    "OutputSchemaError",
    "OutputType",
    "OutputValidationError",
    "OverloadedError",
    "ParseError",
    "PermissionsApproval",
    "PlaceError",
    "PrefixRule",
    "Process",
    "Processes",
    "Question",
    "Questions",
    "QueuedTurn",
    "QueuedTurnGoneError",
    "RequestTimeoutError",
    "Restart",
    "RetryLimitExceededError",
    "Review",
    "RewindBlockedError",
    "Rewound",
    "Rules",
    "RunInput",
    "RunningAgent",
    "RuntimeNotFoundError",
    "RuntimeProcess",
    "RuntimeServer",
    "RuntimeTooOldError",
    "Sandbox",
    "SandboxFailedError",
    "ServerBusyError",
    "Settings",
    "SkillInput",
    "Skills",
    "Spend",
    "StartupError",
    "StartupRefusedError",
    "StartupTimeoutError",
    "StreamDisconnectedError",
    "StreamOverflowError",
    "Telemetry",
    "TextInput",
    "Thread",
    "ThreadBusyError",
    "ThreadLostError",
    "ThreadNotFoundError",
    "TimeRequest",
    "TokenRefresh",
    "TokenRefusedError",
    "Tokens",
    "Tool",
    "ToolArgumentsError",
    "ToolContext",
    "ToolDefinitionError",
    "ToolImage",
    "ToolResult",
    "ToolSwitchError",
    "ToolUse",
    "TransportClosedError",
    "TurnFailedError",
    "TurnHandle",
    "TurnLostError",
    "TurnNews",
    "TurnQueue",
    "TurnResult",
    "TurnTimeoutError",
    "UnauthorizedError",
    "UnknownEnvironmentError",
    "UnknownPriceError",
    "UnsendableError",
    "UnsupportedByRuntimeError",
    "UsageLimitError",
    "UserInputRequest",
    "WrongLoopError",
    "WrongProcessError",
    "__version__",
    "async_retry_on_overload",
    "async_run",
    "is_retryable_error",
    "methods",
    "read_review",
    "retry_on_overload",
    "run",
    "tool",
    "types",
]

# Where each name lives. This, the imports above and __all__ are made of one table, sections.py, by
# `python -m tools.gen_reference`.
_HOMES = {
    "_async.agents": ("AsyncRunningAgent",),
    "_async.client": ("AsyncCodex",),
    "_async.commands": ("AsyncExec",),
    "_async.events": ("AsyncEvents",),
    "_async.files": (
        "AsyncFileWatch",
        "AsyncFiles",
    ),
    "_async.goals": (
        "AsyncGoalControl",
        "AsyncGoalRun",
    ),
    "_async.login": (
        "AsyncChatgptLoginHandle",
        "AsyncDeviceCodeLoginHandle",
    ),
    "_async.one_call": ("async_run",),
    "_async.processes": (
        "AsyncProcess",
        "AsyncProcesses",
    ),
    "_async.questions": ("AsyncQuestions",),
    "_async.queue": (
        "AsyncQueuedTurn",
        "AsyncTurnQueue",
    ),
    "_async.server": ("AsyncRuntimeServer",),
    "_async.settings": (
        "AsyncMcp",
        "AsyncSettings",
        "AsyncSkills",
    ),
    "_async.thread": ("AsyncThread",),
    "_async.turn": ("AsyncTurnHandle",),
    "_checkpoints.errors": (
        "CheckpointError",
        "CheckpointNotFoundError",
        "CheckpointUnsupportedError",
        "FilesChangedError",
        "GitNotFoundError",
        "RewindBlockedError",
    ),
    "_checkpoints.records": (
        "ChangedFile",
        "Changes",
        "Checkpoint",
        "Coverage",
        "Rewound",
    ),
    "_drivers.facts": ("RuntimeProcess",),
    "_places.environment": ("Environment",),
    "_places.errors": (
        "EnvironmentRequiredError",
        "EnvironmentUnreachableError",
        "PlaceError",
        "UnknownEnvironmentError",
    ),
    "_places.exec_server": ("ExecServer",),
    "_sync.agents": ("RunningAgent",),
    "_sync.client": ("Codex",),
    "_sync.commands": ("Exec",),
    "_sync.events": ("Events",),
    "_sync.files": (
        "FileWatch",
        "Files",
    ),
    "_sync.goals": (
        "GoalControl",
        "GoalRun",
    ),
    "_sync.login": (
        "ChatgptLoginHandle",
        "DeviceCodeLoginHandle",
    ),
    "_sync.one_call": ("run",),
    "_sync.processes": (
        "Process",
        "Processes",
    ),
    "_sync.questions": ("Questions",),
    "_sync.queue": (
        "QueuedTurn",
        "TurnQueue",
    ),
    "_sync.server": ("RuntimeServer",),
    "_sync.settings": (
        "Mcp",
        "Settings",
        "Skills",
    ),
    "_sync.thread": ("Thread",),
    "_sync.turn": ("TurnHandle",),
    "_turns.agent_tools": (
        "AgentRole",
        "AgentTools",
    ),
    "_turns.budget": (
        "Budget",
        "BudgetRequest",
    ),
    "_turns.commands": (
        "ExecOutput",
        "ExecResult",
    ),
    "_turns.goals": ("GoalResult",),
    "_turns.inputs": (
        "ExternalMessage",
        "ImageInput",
        "Input",
        "InputItem",
        "LocalImageInput",
        "MentionInput",
        "RunInput",
        "SkillInput",
        "TextInput",
    ),
    "_turns.mcp_servers": ("McpServer",),
    "_turns.notification": ("Notification",),
    "_turns.presets": (
        "ApprovalMode",
        "Sandbox",
    ),
    "_turns.result": (
        "Agent",
        "TurnResult",
    ),
    "_turns.reviews": (
        "Finding",
        "Review",
        "read_review",
    ),
    "_turns.spend": ("Spend",),
    "config": (
        "AppServerConfig",
        "CodexConfig",
        "FROM_ENVIRONMENT",
    ),
    "connect": ("Connect",),
    "errors": (
        "AddressInUseError",
        "BadRequestError",
        "BudgetExceededError",
        "ClientClosedError",
        "CodexError",
        "CodexRpcError",
        "ConnectError",
        "ConnectionLostError",
        "ContextWindowExceededError",
        "HandlerTimeoutError",
        "InternalRpcError",
        "InvalidParamsError",
        "InvalidReplyError",
        "InvalidRequestError",
        "JsonRpcError",
        "MessageTooLargeError",
        "MethodNotFoundError",
        "MissingExtraError",
        "ModelUnreachableError",
        "NotARepositoryError",
        "NotARuntimeError",
        "NotListeningError",
        "OriginRefusedError",
        "OverloadedError",
        "ParseError",
        "QueuedTurnGoneError",
        "RequestTimeoutError",
        "RetryLimitExceededError",
        "RuntimeNotFoundError",
        "RuntimeTooOldError",
        "SandboxFailedError",
        "ServerBusyError",
        "StartupError",
        "StartupRefusedError",
        "StartupTimeoutError",
        "StreamDisconnectedError",
        "StreamOverflowError",
        "ThreadBusyError",
        "ThreadLostError",
        "ThreadNotFoundError",
        "TokenRefusedError",
        "ToolSwitchError",
        "TransportClosedError",
        "TurnFailedError",
        "TurnLostError",
        "TurnTimeoutError",
        "UnauthorizedError",
        "UnknownPriceError",
        "UnsendableError",
        "UnsupportedByRuntimeError",
        "UsageLimitError",
        "WrongLoopError",
        "WrongProcessError",
        "is_retryable_error",
    ),
    "output": (
        "OutputSchemaError",
        "OutputType",
        "OutputValidationError",
    ),
    "questions": (
        "AlreadySettledError",
        "Approval",
        "AttestationRequest",
        "CommandApproval",
        "Decision",
        "Elicitation",
        "FileChangeApproval",
        "Grant",
        "InvalidAnswerError",
        "McpToolApproval",
        "NetworkRule",
        "PermissionsApproval",
        "PrefixRule",
        "Question",
        "TimeRequest",
        "TokenRefresh",
        "Tokens",
        "UserInputRequest",
    ),
    "questions.handlers": ("Handlers",),
    "questions.hooks": (
        "CommandEnd",
        "ToolUse",
        "TurnNews",
    ),
    "retry": (
        "Restart",
        "async_retry_on_overload",
        "retry_on_overload",
    ),
    "rules": ("Rules",),
    "telemetry.settings": ("Telemetry",),
    "tools": (
        "Namespace",
        "Tool",
        "ToolArgumentsError",
        "ToolContext",
        "ToolDefinitionError",
        "ToolImage",
        "ToolResult",
        "tool",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:  # a type checker knows the names, and must see a wrong one

    def __getattr__(name: str) -> Any:
        from importlib import import_module

        if name in ("methods", "types"):
            return import_module(f".{name}", __name__)
        if name not in _HOME_OF:
            from ._renames import renamed

            return renamed(name)
        value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
        if isinstance(value, type):
            value.__module__ = __name__  # where its users find it, whatever file it was written in
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
