"""What the runtime asks: each question holds what a person needs to decide, and takes the answer.

    answers.py     what one may answer
    question.py    what every question has
    approvals.py   may this command, file change, permission, MCP tool ...?
    requests.py    forms, a person's choice, tokens, the time
    legacy.py      the approvals of the protocol's first version
    kinds.py       which of these a request of the runtime is

Words only: who is asked, and on which thread or task, is the API's business.
"""

from __future__ import annotations

from .._drivers.settlement import Settlement
from .answers import (
    AlreadySettledError,
    Decision,
    Grant,
    InvalidAnswerError,
    NetworkRule,
    PrefixRule,
    Tokens,
)
from .approvals import CommandApproval, FileChangeApproval, McpToolApproval, PermissionsApproval
from .question import Approval, Question
from .requests import (
    AttestationRequest,
    Elicitation,
    TimeRequest,
    TokenRefresh,
    UserInputRequest,
)

__all__ = [
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
    "Settlement",
    "TimeRequest",
    "TokenRefresh",
    "Tokens",
    "UserInputRequest",
]
