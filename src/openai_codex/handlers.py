"""Handlers: which function answers which question of the runtime. Holds them; calls none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from .questions import (
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

__all__ = ["Handler", "Handlers"]

Q = TypeVar("Q", bound=Question)
A = TypeVar("A")

Handler = Callable[[Q], A | Awaitable[A]]
"""A function that takes a question and returns an answer; plain or async, in both faces."""

Yes = Decision | bool


@dataclass(frozen=True, kw_only=True)
class Handlers:
    """Say who answers what the runtime asks; a slot left out falls to `approve`, or to nobody.

    What nobody takes goes to `codex.questions()` if that is open, and is declined if it is not. A
    handler that raises, takes longer than `AppServerConfig.answer_timeout`, or returns what is no
    answer is declined for, unless it answered through the question before. Handlers run beside the
    streams, several at once, and may take hours.
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

    @property
    def approves(self) -> bool:
        """Tell whether any approval is answered here."""
        slots = [name for name in self.__dataclass_fields__ if name.startswith("approve")]
        return any(getattr(self, slot) is not None for slot in slots)
