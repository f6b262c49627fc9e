"""What one may answer: typed answers, plain booleans, and the errors of answering."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from ..errors import CodexError

__all__ = [
    "AlreadySettledError",
    "Decision",
    "Grant",
    "InvalidAnswerError",
    "PrefixRule",
    "Tokens",
]


class Decision(str, Enum):
    """Decide an approval.

    accept              do it this once
    accept_for_session  do it, and do not ask again for the same in this session
    decline             do not do it; the agent is told, and the turn goes on
    cancel              do not do it, and stop the turn
    """

    accept = "accept"
    accept_for_session = "acceptForSession"
    decline = "decline"
    cancel = "cancel"


@dataclass(frozen=True)
class PrefixRule:
    """Accept a command, and from now on every command that begins with these words.

    The runtime stores the rule in `$CODEX_HOME/rules`, for later sessions too.
    """

    words: tuple[str, ...]


@dataclass(frozen=True)
class Grant:
    """Grant some of the permissions asked for, in the protocol's form, for a turn or a session."""

    permissions: Mapping[str, Any]
    scope: Literal["turn", "session"] = "turn"


@dataclass(frozen=True, repr=False)
class Tokens:
    """Bring fresh ChatGPT tokens."""

    access_token: str
    account_id: str
    plan_type: str | None = None

    def __repr__(self) -> str:
        return f"Tokens(access_token=..., account_id={self.account_id!r})"


class AlreadySettledError(CodexError):
    """Say that a question needs no answer any more, and why (`reason`)."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the question is settled already: {reason}")
        self.reason = reason


class InvalidAnswerError(CodexError, TypeError):
    """Say that a value is no answer to that kind of question, and what would be."""
