"""What the reviewer of approvals says: the model that `ApprovalMode.auto_review` asks."""

from __future__ import annotations

import json

from .steps import Say, say

__all__ = ["allow", "deny"]


def allow(why: str = "Allowed by the scripted reviewer.") -> Say:
    """Let the command or change that is reviewed leave the sandbox, as a reviewer may.

    Scripted with `kind="guardian"`: `model.script(allow(), kind="guardian")` is for one review.
    """
    return _verdict("allow", risk="low", authorization="high", why=why)


def deny(why: str = "Denied by the scripted reviewer.") -> Say:
    """Keep the command or change that is reviewed in the sandbox; see `allow`.

    A review that nothing is scripted for is denied, too.
    """
    return _verdict("deny", risk="high", authorization="low", why=why)


def _verdict(outcome: str, *, risk: str, authorization: str, why: str) -> Say:
    verdict = {
        "risk_level": risk,
        "user_authorization": authorization,
        "outcome": outcome,
        "rationale": why,
    }
    return say(json.dumps(verdict))
