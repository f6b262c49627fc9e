"""Which names a tool and a namespace may have: the runtime's rules, checked before sending.

The tables are what runtime 0.163.0 was seen to do: tools with the names of built-in ones were
declared on threads of three model families and then called. Of the names listed here the client
was not asked, the runtime refused them, or it has them in another setting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import ToolDefinitionError

__all__ = ["BUILT_IN_NAMESPACES", "BUILT_IN_TOOLS", "check_namespace", "check_tool_name"]

NAME = re.compile(r"[a-zA-Z0-9_-]+")
MAX_TOOL_NAME = 128
MAX_NAMESPACE = 64
MAX_NAMESPACE_DESCRIPTION = 1024

_ALWAYS = "the runtime runs its own tool of this name and never calls yours"
_CLASSIC = "models with the classic tool list (gpt-5.5) have their own tool of this name"
_LITE = "models with the code tool list (gpt-6) have their own tool of this name"
_SETTING = "the runtime has its own tool of this name when a setting turns it on"
_AGENTS = "the runtime's tools for sub-agents have this name"

BUILT_IN_TOOLS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "create_goal",
            "exec_command",
            "get_goal",
            "request_user_input",
            "shell_command",
            "update_goal",
            "view_image",
            "write_stdin",
        ),
        _ALWAYS,
    ),
    **dict.fromkeys(("apply_patch", "tool_search", "web_search"), _CLASSIC),
    **dict.fromkeys(
        (
            "exec",
            "list_mcp_resource_templates",
            "list_mcp_resources",
            "read_mcp_resource",
            "request_user_input_async",
            "wait",
        ),
        _LITE,
    ),
    **dict.fromkeys(("request_permissions", "update_plan"), _SETTING),
    **dict.fromkeys(
        ("close_agent", "resume_agent", "send_input", "spawn_agent", "wait_agent"), _AGENTS
    ),
}

_RESPONSES = "the Responses API keeps this namespace for itself"
_NAMESPACE = "the runtime has its own namespace of this name"

BUILT_IN_NAMESPACES: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "api_tool",
            "browser",
            "computer",
            "container",
            "file_search",
            "functions",
            "image_gen",
            "multi_tool_use",
            "python",
            "submodel_delegator",
            "terminal",
            "tool_search",
            "web",
        ),
        _RESPONSES,
    ),
    **dict.fromkeys(("clock", "collaboration", "multi_agent_v1"), _NAMESPACE),
}


def check_tool_name(name: str, *, namespaced: bool) -> None:
    """Raise ToolDefinitionError unless a tool may have this name; inside a namespace more may."""
    _check_form("tool", name, MAX_TOOL_NAME)
    reason = None if namespaced else BUILT_IN_TOOLS.get(name)
    if reason:
        raise ToolDefinitionError(
            f"tool {name!r} has the name of a built-in tool: {reason}; give it another with name="
        )


def check_namespace(name: str, *, description: str) -> None:
    """Raise ToolDefinitionError unless a namespace may have this name and description."""
    _check_form("namespace", name, MAX_NAMESPACE)
    _check_text(f"the description of namespace {name!r}", description)
    reason = BUILT_IN_NAMESPACES.get(name)
    if reason:
        raise ToolDefinitionError(f"namespace {name!r} cannot be used: {reason}; choose another")
    if len(description) > MAX_NAMESPACE_DESCRIPTION:
        raise ToolDefinitionError(
            f"the description of namespace {name!r} has {len(description)} characters; "
            f"the runtime takes at most {MAX_NAMESPACE_DESCRIPTION}"
        )


def _check_form(what: str, name: str, limit: int) -> None:
    _check_text(f"{what} name", name)
    if not NAME.fullmatch(name):
        raise ToolDefinitionError(
            f"{what} name {name!r} is not made of letters, digits, '_' and '-' alone; "
            "give it another with name="
        )
    if len(name) > limit:
        raise ToolDefinitionError(f"{what} name {name!r} is longer than {limit} characters")
    if name == "mcp" or name.startswith("mcp__"):
        raise ToolDefinitionError(f"{what} name {name!r} is kept for tools of MCP servers")


def _check_text(what: str, given: object) -> None:
    if not isinstance(given, str):
        raise ToolDefinitionError(f"{what} must be a string, got {type(given).__name__}")
