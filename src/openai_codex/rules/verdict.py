"""What judging a question gives. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .._safe_text import shown_safely

Outcome = Literal["allow", "deny", "ask"]


class Rule:
    """Base class of the rules of a policy: CommandRule, PathRule and McpRule."""

    __slots__ = ()


@shown_safely
@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of one question.

    `rule` is the rule that settled it, None when none did; where several allow rules were needed,
    the first. `reason` is one line for people.
    """

    outcome: Outcome
    rule: Rule | None
    reason: str


def allowed_by(rule: Rule) -> Verdict:
    """Return the verdict of an allow rule."""
    return Verdict("allow", rule, f"allowed by {rule}")


def denied_by(rule: Rule) -> Verdict:
    """Return the verdict of a deny rule."""
    return Verdict("deny", rule, f"denied by {rule}")


def unsettled(reason: str) -> Verdict:
    """Return the verdict of no rule at all."""
    return Verdict("ask", None, reason)
