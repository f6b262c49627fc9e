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
    from . import methods as methods
    from ._async.client import AsyncCodex as AsyncCodex
    from ._async.login import AsyncChatgptLoginHandle as AsyncChatgptLoginHandle
    from ._async.login import AsyncDeviceCodeLoginHandle as AsyncDeviceCodeLoginHandle
    from ._async.thread import AsyncThread as AsyncThread
    from ._async.turn import AsyncTurnHandle as AsyncTurnHandle
    from ._sync.client import Codex as Codex
    from ._sync.login import ChatgptLoginHandle as ChatgptLoginHandle
    from ._sync.login import DeviceCodeLoginHandle as DeviceCodeLoginHandle
    from ._sync.thread import Thread as Thread
    from ._sync.turn import TurnHandle as TurnHandle
    from .config import AppServerConfig as AppServerConfig
    from .config import CodexConfig as CodexConfig
    from .errors import BadRequestError as BadRequestError
    from .errors import ClientClosedError as ClientClosedError
    from .errors import CodexError as CodexError
    from .errors import CodexRpcError as CodexRpcError
    from .errors import ContextWindowExceededError as ContextWindowExceededError
    from .errors import InternalRpcError as InternalRpcError
    from .errors import InvalidParamsError as InvalidParamsError
    from .errors import InvalidRequestError as InvalidRequestError
    from .errors import JsonRpcError as JsonRpcError
    from .errors import MessageTooLargeError as MessageTooLargeError
    from .errors import MethodNotFoundError as MethodNotFoundError
    from .errors import OverloadedError as OverloadedError
    from .errors import ParseError as ParseError
    from .errors import RequestTimeoutError as RequestTimeoutError
    from .errors import RetryLimitExceededError as RetryLimitExceededError
    from .errors import RuntimeNotFoundError as RuntimeNotFoundError
    from .errors import SandboxFailedError as SandboxFailedError
    from .errors import ServerBusyError as ServerBusyError
    from .errors import StartupError as StartupError
    from .errors import StreamDisconnectedError as StreamDisconnectedError
    from .errors import StreamOverflowError as StreamOverflowError
    from .errors import TransportClosedError as TransportClosedError
    from .errors import TurnFailedError as TurnFailedError
    from .errors import TurnTimeoutError as TurnTimeoutError
    from .errors import UnauthorizedError as UnauthorizedError
    from .errors import UnsendableError as UnsendableError
    from .errors import UnsupportedByRuntimeError as UnsupportedByRuntimeError
    from .errors import UsageLimitError as UsageLimitError
    from .errors import WrongLoopError as WrongLoopError
    from .errors import WrongProcessError as WrongProcessError
    from .inputs import ExternalMessage as ExternalMessage
    from .inputs import ImageInput as ImageInput
    from .inputs import Input as Input
    from .inputs import InputItem as InputItem
    from .inputs import LocalImageInput as LocalImageInput
    from .inputs import MentionInput as MentionInput
    from .inputs import RunInput as RunInput
    from .inputs import SkillInput as SkillInput
    from .inputs import TextInput as TextInput
    from .notification import Notification as Notification
    from .presets import ApprovalMode as ApprovalMode
    from .presets import Sandbox as Sandbox
    from .process_facts import RuntimeProcess as RuntimeProcess
    from .result import TurnResult as TurnResult
    from .retry import async_retry_on_overload as async_retry_on_overload
    from .retry import is_retryable_error as is_retryable_error
    from .retry import retry_on_overload as retry_on_overload

_HOMES = {
    "_async.client": ("AsyncCodex",),
    "_async.login": ("AsyncChatgptLoginHandle", "AsyncDeviceCodeLoginHandle"),
    "_async.thread": ("AsyncThread",),
    "_async.turn": ("AsyncTurnHandle",),
    "_sync.client": ("Codex",),
    "_sync.login": ("ChatgptLoginHandle", "DeviceCodeLoginHandle"),
    "_sync.thread": ("Thread",),
    "_sync.turn": ("TurnHandle",),
    "config": ("AppServerConfig", "CodexConfig"),
    "errors": (
        "BadRequestError",
        "ClientClosedError",
        "CodexError",
        "CodexRpcError",
        "ContextWindowExceededError",
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
    "presets": ("ApprovalMode", "Sandbox"),
    "process_facts": ("RuntimeProcess",),
    "result": ("TurnResult",),
    "retry": ("async_retry_on_overload", "is_retryable_error", "retry_on_overload"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = ["__version__", "methods", *_HOME_OF]  # noqa: PLE0604, PLE0605  # built from the table


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in ("methods", "types"):
        return import_module(f".{name}", __name__)
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
