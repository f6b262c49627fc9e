"""What a tool can learn about the call that it serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["ToolContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolContext:
    """One call (`item/tool/call`); a parameter annotated `ToolContext` receives it.

    `client` is the client that the thread belongs to, `Codex` or `AsyncCodex`. The tool may use it,
    but must not wait for its own turn.
    """

    thread_id: str
    turn_id: str
    call_id: str
    tool: str
    namespace: str | None = None
    client: Any = None
