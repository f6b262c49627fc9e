"""What one may answer: typed answers, plain booleans, and the errors of answering."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from .._safe_text import shown_safely
from ..errors import CodexError

__all__ = [
    "AlreadySettledError",
    "Decision",
    "Grant",
    "InvalidAnswerError",
    "NetworkRule",
    "PrefixRule",
    "Tokens",
]


class Decision(str, Enum):
    """What may be decided about an approval.

    accept              do it this once
    accept_for_session  do it, and do not ask again for the same in this session
    decline             do not do it; the agent is told, and the turn goes on
    cancel              do not do it, and stop the turn
    """

    accept = "accept"
    accept_for_session = "acceptForSession"
    decline = "decline"
    cancel = "cancel"


@shown_safely
@dataclass(frozen=True)
class PrefixRule:
    """The acceptance of a command, and from now on of every command that begins with these words.

    The runtime stores the rule in `$CODEX_HOME/rules`, for later sessions too. Raises TypeError for
    one text in place of words, and ValueError for no words, which would accept everything.
    """

    words: tuple[str, ...]

    def __post_init__(self) -> None:
        words: object = self.words
        if isinstance(words, str) or not all(isinstance(word, str) for word in self.words):
            raise TypeError("a PrefixRule takes words, such as PrefixRule(('git', 'pull'))")
        if not self.words:
            raise ValueError("a PrefixRule without words would accept every command")
        object.__setattr__(self, "words", tuple(self.words))


@shown_safely
@dataclass(frozen=True)
class NetworkRule:
    """Access to a host, allowed or denied now and from now on.

    An answer to a command that waits for network access (`network_approval_context`).
    """

    host: str
    allow: bool = True

    def to_wire(self) -> dict[str, str]:
        """Return the protocol's NetworkPolicyAmendment."""
        return {"host": self.host, "action": "allow" if self.allow else "deny"}


@shown_safely
@dataclass(frozen=True)
class Grant:
    """Some of the permissions asked for, in the protocol's form, for a turn or a session."""

    permissions: Mapping[str, Any]
    scope: Literal["turn", "session"] = "turn"


@dataclass(frozen=True, repr=False)
class Tokens:
    """Fresh ChatGPT tokens."""

    access_token: str
    account_id: str
    plan_type: str | None = None

    def __repr__(self) -> str:
        return f"Tokens(access_token=..., account_id={self.account_id!r})"


class AlreadySettledError(CodexError):
    """Raised when a question needs no answer any more; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the question is settled already: {reason}")
        self.reason = reason


class InvalidAnswerError(CodexError, TypeError):
    """Raised for a value that is no answer to its kind of question; says what would be."""
