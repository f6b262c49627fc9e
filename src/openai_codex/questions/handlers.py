"""Handlers: which function answers which question of the runtime. Holds them; calls none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from . import (
    Approval,
    AttestationRequest,
    CommandApproval,
    Decision,
    Elicitation,
    FileChangeApproval,
    Grant,
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
from .hooks import CommandEnd, ToolUse, TurnNews

__all__ = ["Handler", "Handlers"]

Q = TypeVar("Q", bound=Question)
A = TypeVar("A")

Handler = Callable[[Q], A | Awaitable[A]]
"""A function that takes a question and returns an answer; plain or async, in both APIs."""

Yes = Decision | bool

_TOLD = ("after_command", "turn_started", "turn_ended")


@dataclass(frozen=True, kw_only=True)
class Handlers:
    """What answers the runtime's questions; a slot left out falls to `approve`, or to nobody.

    What nobody takes goes to `codex.questions()` if that is open, and is declined if it is not. A
    question whose handler raises, takes longer than `AppServerConfig.answer_timeout`, or returns
    what is no answer is declined, unless the handler answered through the question before.
    Handlers run beside the streams, several at once, and may take hours.

    The last five are hooks. `before_command` sees each command that the runtime asks about, and
    `before_tool` each use of a Python tool, and of an MCP tool that it asks about; False, or from
    `before_tool` a text that says why, refuses it, True allows it, and None leaves it to the
    handlers. The others are told, one after the other for each thread: what they raise is logged.
    What runs unasked inside the sandbox is seen by `after_command`, and not stopped.
    """

    approve_command: Handler[CommandApproval, Yes | PrefixRule | NetworkRule] | None = None
    approve_file_change: Handler[FileChangeApproval, Yes] | None = None
    approve_permissions: Handler[PermissionsApproval, Yes | Grant] | None = None
    approve_mcp_tool: Handler[McpToolApproval, Yes] | None = None
    approve: Handler[Approval, Yes] | None = None
    elicit: Handler[Elicitation, Yes | dict[str, Any]] | None = None
    ask_user: Handler[UserInputRequest, str | dict[str, Any]] | None = None
    refresh_tokens: Handler[TokenRefresh, Tokens] | None = None
    current_time: Handler[TimeRequest, Any] | None = None
    attest: Handler[AttestationRequest, str] | None = None
    before_command: Handler[CommandApproval, Yes | None] | None = None
    before_tool: Callable[[ToolUse], Any] | None = None
    after_command: Callable[[CommandEnd], Any] | None = None
    turn_started: Callable[[TurnNews], Any] | None = None
    turn_ended: Callable[[TurnNews], Any] | None = None

    def __post_init__(self) -> None:
        for slot in self.__dataclass_fields__:
            handler = getattr(self, slot)
            if handler is not None and not callable(handler):
                raise TypeError(f"Handlers.{slot} must be callable, got {type(handler).__name__}")

    def slot_for(self, question: Question) -> str | None:
        """Return the name of the slot that answers this question, or None."""
        if getattr(self, question.slot, None) is not None:
            return question.slot
        catches = question.slot.startswith("approve_") and self.approve is not None
        return "approve" if catches else None

    def over(self, other: Handlers) -> Handlers:
        """Return these handlers, and of the others what these leave out."""
        own = {slot: getattr(self, slot) for slot in self.__dataclass_fields__}
        return replace(other, **{slot: each for slot, each in own.items() if each is not None})

    @property
    def watches(self) -> bool:
        """Tell whether any hook is told of events."""
        return any(getattr(self, slot) is not None for slot in _TOLD)

    @property
    def approves(self) -> bool:
        """Tell whether any approval is answered here."""
        slots = [name for name in self.__dataclass_fields__ if name.startswith("approve")]
        slots.append("before_command")
        return any(getattr(self, slot) is not None for slot in slots)
