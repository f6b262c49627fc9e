"""The ids that a record about a question has. Pure."""

from __future__ import annotations

from typing import Any

__all__ = ["ids_in"]


def ids_in(params: dict[str, Any]) -> dict[str, Any]:
    """Return the ids in a question's params, as the `extra` of a record."""
    return {
        "thread_id": params.get("threadId") or params.get("conversationId"),
        "turn_id": params.get("turnId"),
        "item_id": params.get("itemId") or params.get("callId"),
    }
