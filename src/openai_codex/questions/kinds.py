"""Which kind of question a request of the runtime is. Data, but for telling elicitations apart."""

from __future__ import annotations

from .approvals import CommandApproval, FileChangeApproval, McpToolApproval, PermissionsApproval
from .legacy import LegacyCommandApproval, LegacyFileChangeApproval
from .question import Json, Question
from .requests import (
    AttestationRequest,
    Elicitation,
    TimeRequest,
    TokenRefresh,
    UserInputRequest,
)

__all__ = ["ELICITATION", "question_kind"]

ELICITATION = "mcpServer/elicitation/request"

_KINDS: dict[str, type[Question]] = {
    "item/commandExecution/requestApproval": CommandApproval,
    "item/fileChange/requestApproval": FileChangeApproval,
    "item/permissions/requestApproval": PermissionsApproval,
    "item/tool/requestUserInput": UserInputRequest,
    ELICITATION: Elicitation,
    "account/chatgptAuthTokens/refresh": TokenRefresh,
    "currentTime/read": TimeRequest,
    "attestation/generate": AttestationRequest,
    "execCommandApproval": LegacyCommandApproval,
    "applyPatchApproval": LegacyFileChangeApproval,
}


def question_kind(method: str, params: Json) -> type[Question] | None:
    """Return the class of the question, or None for a method that this version does not know."""
    if method == ELICITATION and _is_tool_approval(params):
        return McpToolApproval
    return _KINDS.get(method)


def _is_tool_approval(params: Json) -> bool:
    meta = params.get("_meta")
    return isinstance(meta, dict) and meta.get("codex_approval_kind") == "mcp_tool_call"
