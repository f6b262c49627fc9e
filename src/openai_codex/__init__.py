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
    from ._async.client import AsyncCodex
    from ._async.login import AsyncChatgptLoginHandle, AsyncDeviceCodeLoginHandle
    from ._async.questions import AsyncQuestions
    from ._async.thread import AsyncThread
    from ._async.turn import AsyncTurnHandle
    from ._sync.client import Codex
    from ._sync.login import ChatgptLoginHandle, DeviceCodeLoginHandle
    from ._sync.questions import Questions
    from ._sync.thread import Thread
    from ._sync.turn import TurnHandle
    from .config import AppServerConfig, CodexConfig
    from .errors import (
        BadRequestError,
        ClientClosedError,
        CodexError,
        CodexRpcError,
        ContextWindowExceededError,
        HandlerTimeoutError,
        InternalRpcError,
        InvalidParamsError,
        InvalidRequestError,
        JsonRpcError,
        MessageTooLargeError,
        MethodNotFoundError,
        OverloadedError,
        ParseError,
        RequestTimeoutError,
        RetryLimitExceededError,
        RuntimeNotFoundError,
        SandboxFailedError,
        ServerBusyError,
        StartupError,
        StartupTimeoutError,
        StreamDisconnectedError,
        StreamOverflowError,
        TransportClosedError,
        TurnFailedError,
        TurnTimeoutError,
        UnauthorizedError,
        UnsendableError,
        UnsupportedByRuntimeError,
        UsageLimitError,
        WrongLoopError,
        WrongProcessError,
    )
    from .handlers import Handlers
    from .inputs import (
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
    from .notification import Notification
    from .output import OutputSchemaError, OutputType, OutputValidationError
    from .presets import ApprovalMode, Sandbox
    from .process_facts import RuntimeProcess
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
    from .renames import AppServerError as AppServerError
    from .renames import AppServerRpcError as AppServerRpcError
    from .renames import RunResult as RunResult
    from .result import TurnResult
    from .retry import async_retry_on_overload, is_retryable_error, retry_on_overload
    from .rules import Rules
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
    "AlreadySettledError",
    "AppServerConfig",
    "Approval",
    "ApprovalMode",
    "AsyncChatgptLoginHandle",
    "AsyncCodex",
    "AsyncDeviceCodeLoginHandle",
    "AsyncQuestions",
    "AsyncThread",
    "AsyncTurnHandle",
    "AttestationRequest",
    "BadRequestError",
    "ChatgptLoginHandle",
    "ClientClosedError",
    "Codex",
    "CodexConfig",
    "CodexError",
    "CodexRpcError",
    "CommandApproval",
    "ContextWindowExceededError",
    "Decision",
    "DeviceCodeLoginHandle",
    "Elicitation",
    "ExternalMessage",
    "FileChangeApproval",
    "Grant",
    "HandlerTimeoutError",
    "Handlers",
    "ImageInput",
    "Input",
    "InputItem",
    "InternalRpcError",
    "InvalidAnswerError",
    "InvalidParamsError",
    "InvalidRequestError",
    "JsonRpcError",
    "LocalImageInput",
    "McpToolApproval",
    "MentionInput",
    "MessageTooLargeError",
    "MethodNotFoundError",
    "Namespace",
    "NetworkRule",
    "Notification",
    "OutputSchemaError",
    "OutputType",
    "OutputValidationError",
    "OverloadedError",
    "ParseError",
    "PermissionsApproval",
    "PrefixRule",
    "Question",
    "Questions",
    "RequestTimeoutError",
    "RetryLimitExceededError",
    "Rules",
    "RunInput",
    "RuntimeNotFoundError",
    "RuntimeProcess",
    "Sandbox",
    "SandboxFailedError",
    "ServerBusyError",
    "SkillInput",
    "StartupError",
    "StartupTimeoutError",
    "StreamDisconnectedError",
    "StreamOverflowError",
    "TextInput",
    "Thread",
    "TimeRequest",
    "TokenRefresh",
    "Tokens",
    "Tool",
    "ToolArgumentsError",
    "ToolContext",
    "ToolDefinitionError",
    "ToolImage",
    "ToolResult",
    "TransportClosedError",
    "TurnFailedError",
    "TurnHandle",
    "TurnResult",
    "TurnTimeoutError",
    "UnauthorizedError",
    "UnsendableError",
    "UnsupportedByRuntimeError",
    "UsageLimitError",
    "UserInputRequest",
    "WrongLoopError",
    "WrongProcessError",
    "__version__",
    "async_retry_on_overload",
    "is_retryable_error",
    "methods",
    "retry_on_overload",
    "tool",
    "types",
]

# Where each name lives; a test keeps this, the imports above and __all__ equal.
_HOMES = {
    "_async.client": ("AsyncCodex",),
    "_async.login": (
        "AsyncChatgptLoginHandle",
        "AsyncDeviceCodeLoginHandle",
    ),
    "_async.questions": ("AsyncQuestions",),
    "_async.thread": ("AsyncThread",),
    "_async.turn": ("AsyncTurnHandle",),
    "_sync.client": ("Codex",),
    "_sync.login": (
        "ChatgptLoginHandle",
        "DeviceCodeLoginHandle",
    ),
    "_sync.questions": ("Questions",),
    "_sync.thread": ("Thread",),
    "_sync.turn": ("TurnHandle",),
    "config": (
        "AppServerConfig",
        "CodexConfig",
    ),
    "errors": (
        "BadRequestError",
        "ClientClosedError",
        "CodexError",
        "CodexRpcError",
        "ContextWindowExceededError",
        "HandlerTimeoutError",
        "InternalRpcError",
        "InvalidParamsError",
        "InvalidRequestError",
        "JsonRpcError",
        "MessageTooLargeError",
        "MethodNotFoundError",
        "OverloadedError",
        "ParseError",
        "RequestTimeoutError",
        "RetryLimitExceededError",
        "RuntimeNotFoundError",
        "SandboxFailedError",
        "ServerBusyError",
        "StartupError",
        "StartupTimeoutError",
        "StreamDisconnectedError",
        "StreamOverflowError",
        "TransportClosedError",
        "TurnFailedError",
        "TurnTimeoutError",
        "UnauthorizedError",
        "UnsendableError",
        "UnsupportedByRuntimeError",
        "UsageLimitError",
        "WrongLoopError",
        "WrongProcessError",
    ),
    "handlers": ("Handlers",),
    "inputs": (
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
    "notification": ("Notification",),
    "output": (
        "OutputSchemaError",
        "OutputType",
        "OutputValidationError",
    ),
    "presets": (
        "ApprovalMode",
        "Sandbox",
    ),
    "process_facts": ("RuntimeProcess",),
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
    "result": ("TurnResult",),
    "retry": (
        "async_retry_on_overload",
        "is_retryable_error",
        "retry_on_overload",
    ),
    "rules": ("Rules",),
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
            from .renames import renamed

            return renamed(name)
        value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
        if isinstance(value, type):
            value.__module__ = __name__  # where its users find it, whatever file it was written in
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
