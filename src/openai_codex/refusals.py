"""How to say no to each question of the runtime, in the exact shape that its method requires.

Data only. A method that is not here is unknown to this version and gets JSON-RPC error -32601.
"""

from __future__ import annotations

from typing import Any

__all__ = ["METHOD_NOT_FOUND", "REFUSALS"]

METHOD_NOT_FOUND = -32601

REFUSALS: dict[str, dict[str, Any]] = {
    "item/commandExecution/requestApproval": {"decision": "decline"},
    "item/fileChange/requestApproval": {"decision": "decline"},
    "item/permissions/requestApproval": {"permissions": {}, "scope": "turn"},
    "item/tool/requestUserInput": {"answers": {}},
    "item/tool/call": {
        "contentItems": [{"type": "inputText", "text": "this client offers no such tool"}],
        "success": False,
    },
    "mcpServer/elicitation/request": {"action": "decline"},
    # The protocol's first version, kept by the runtime for old clients.
    "applyPatchApproval": {"decision": "denied"},
    "execCommandApproval": {"decision": "denied"},
}
"""The refusing result of each question that has one; the others can only be refused by an error."""
