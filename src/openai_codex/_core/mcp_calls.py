"""Which call of an MCP tool a question is about: its request does not say so.

It must not guess: a person, or a rule, decides by the tool's name.
"""

from __future__ import annotations

from collections.abc import Sequence

from .messages import Params

__all__ = ["mcp_call"]


def mcp_call(items: Sequence[Params], asked: Params) -> Params | None:
    """Return the open item that fits the question's server and arguments, if just one tool does."""
    fitting = [item for item in items if _fits(item, asked)]
    tools = {str(item.get("tool")) for item in fitting}
    # The last of them, because the runtime asks about the call that it has just announced.
    return fitting[-1] if len(tools) == 1 else None


def _fits(item: Params, asked: Params) -> bool:
    if item.get("type") != "mcpToolCall" or item.get("server") != asked.get("serverName"):
        return False
    meta = asked.get("_meta")
    # A tool without arguments: its server is all there is to compare.
    if type(meta) is not dict or "tool_params" not in meta:
        return True
    return bool((item.get("arguments") or {}) == (meta["tool_params"] or {}))
