"""Which span an item of a turn becomes, with which attributes. Pure; items may have any shape."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from .._redaction import redact
from .._safe_text import one_line
from . import names
from .programs import program_of

__all__ = ["SPANS", "describe", "result_of"]

Item = dict[str, Any]
Described = tuple[str, str, dict[str, Any]]

LONGEST = 200
"""Characters of a name; what the model called may be any text."""

LONGEST_CONTENT = 64_000
"""Characters of an argument or a result; receivers drop spans that are too large."""


def describe(item: Item, *, content: bool) -> Described | None:
    """Return the kind, the tool's name and the attributes of an item that begins; None for none."""
    describing = _KINDS.get(str(item.get("type")))
    if describing is None:
        return None
    kind, tool, attributes = describing(item)
    attributes[names.TOOL_NAME] = tool
    if content:
        attributes[names.CALL_ARGUMENTS] = as_json(_arguments(item))
    return kind, tool, attributes


def result_of(item: Item, *, content: bool) -> tuple[dict[str, Any], str | None]:
    """Return what an item that is over adds to its span, and its error.type, if any."""
    attributes: dict[str, Any] = {}
    code = item.get("exitCode")
    if type(code) is int:
        attributes[names.EXIT_CODE] = code
    if content:
        attributes[names.CALL_RESULT] = as_json(_result(item))
    return attributes, _error_of(item, code)


def as_json(value: Any) -> str:
    """Return content as text without what looks like a secret.

    Each text is looked at by itself, for JSON's escapes hide some; then the whole, for their names.
    """
    if isinstance(value, str):
        return redact(value)[:LONGEST_CONTENT]
    text = json.dumps(_redacted(value), ensure_ascii=False, default=str)
    return redact(text)[:LONGEST_CONTENT]


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _redacted(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_redacted(each) for each in value]
    return value


def shown(value: Any) -> str:
    """Return a name as one line that is safe to show."""
    return _shown(value if isinstance(value, str) else str(value))


@functools.lru_cache(512)  # few names come often, and to look for secrets is most of the work
def _shown(text: str) -> str:
    return one_line(text, most=LONGEST)


def _error_of(item: Item, code: Any) -> str | None:
    status = item.get("status")
    if status == "declined":
        return "declined"
    if item.get("type") == "commandExecution" and status == "failed":
        return f"exit_code_{code}" if type(code) is int else "failed"
    if status == "failed" or item.get("success") is False:
        return "tool_error"
    return None


def _command(item: Item) -> Described:
    program = program_of(item)
    attributes: dict[str, Any] = {names.TOOL_TYPE: "extension"}
    if program is not None:
        attributes[names.EXECUTABLE] = shown(program)
    return "command", "exec_command", attributes


def _patch(item: Item) -> Described:
    return "patch", "apply_patch", {names.TOOL_TYPE: "extension"}


def _mcp(item: Item) -> Described:
    attributes = {
        names.TOOL_TYPE: "extension",
        names.MCP_METHOD: "tools/call",
        "mcp.server.name": shown(item.get("server")),
    }
    return "mcp", shown(item.get("tool")), attributes


def _tool(item: Item) -> Described:
    return "tool", shown(item.get("tool")), {names.TOOL_TYPE: "function"}


def _named(tool: str) -> Callable[[Item], Described]:
    return lambda item: ("builtin", tool, {names.TOOL_TYPE: "extension"})


def _collaboration(item: Item) -> Described:
    return "builtin", shown(item.get("tool")), {names.TOOL_TYPE: "extension"}


_KINDS: dict[str, Callable[[Item], Described]] = {
    "commandExecution": _command,
    "fileChange": _patch,
    "mcpToolCall": _mcp,
    "dynamicToolCall": _tool,
    "webSearch": _named("web_search"),
    "imageView": _named("view_image"),
    "imageGeneration": _named("image_generation"),
    "collabAgentToolCall": _collaboration,
}


SPANS = frozenset(_KINDS)
"""The types of items that are spans."""


def _arguments(item: Item) -> Any:
    if item.get("type") == "commandExecution":
        return {"command": item.get("command"), "cwd": item.get("cwd")}
    if item.get("type") == "fileChange":
        return {"changes": item.get("changes")}
    return item.get("arguments", item.get("query", {}))


def _result(item: Item) -> Any:
    for name in ("aggregatedOutput", "contentItems", "result", "error"):
        if item.get(name) is not None:
            return item[name]
    return item.get("status")
