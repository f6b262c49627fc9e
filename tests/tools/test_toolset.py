from __future__ import annotations

import re
from typing import Any

import pytest

from openai_codex.tools import Namespace, Tool, ToolDefinitionError, ToolSet, tool
from openai_codex.tools.names import BUILT_IN_NAMESPACES, BUILT_IN_TOOLS, check_tool_name


def lookup_ticket(id: str) -> str:
    """Look up a ticket."""
    return f"ticket {id}"


def close_ticket(id: str) -> None:
    """Close a ticket."""


SCHEMA = {
    "type": "object",
    "properties": {"id": {"type": "string"}},
    "required": ["id"],
    "additionalProperties": False,
}
LOOKUP = {
    "type": "function",
    "name": "lookup_ticket",
    "description": "Look up a ticket.",
    "inputSchema": SCHEMA,
}
CLOSE = {**LOOKUP, "name": "close_ticket", "description": "Close a ticket."}


def test_functions_and_tools_give_the_wire_list() -> None:
    tools = ToolSet([lookup_ticket, Tool.of(close_ticket)])
    assert tools.specs() == [LOOKUP, CLOSE]
    assert len(tools) == 2
    assert [found.name for found in tools] == ["lookup_ticket", "close_ticket"]


def test_an_empty_set_is_false_and_has_no_specs() -> None:
    assert not ToolSet()
    assert ToolSet().specs() == []


def test_a_namespace_wraps_its_tools() -> None:
    deferred = tool(defer_loading=True)(close_ticket)
    tools = ToolSet([Namespace("tickets", "All of tickets.", [lookup_ticket, deferred])])
    assert tools.specs() == [
        {
            "type": "namespace",
            "name": "tickets",
            "description": "All of tickets.",
            "tools": [LOOKUP, {**CLOSE, "deferLoading": True}],
        }
    ]


def test_tools_that_name_the_same_namespace_share_it() -> None:
    first = tool(namespace="tickets")(lookup_ticket)
    second = tool(namespace="tickets")(close_ticket)
    expected = [
        {"type": "namespace", "name": "tickets", "description": "d", "tools": [LOOKUP, CLOSE]}
    ]
    assert ToolSet([first, Namespace("tickets", "d", [second])]).specs() == expected
    assert ToolSet([Namespace("tickets", "d", [first]), second]).specs() == expected


def test_a_tool_that_names_a_namespace_alone_is_in_it() -> None:
    alone = tool(name="look", namespace="tickets")(lookup_ticket)
    (spec,) = ToolSet([alone]).specs()
    assert (spec["type"], spec["name"], spec["description"]) == ("namespace", "tickets", "")
    assert [each["name"] for each in spec["tools"]] == ["look"]


def test_a_tool_is_found_by_name_and_namespace() -> None:
    plain, grouped = Tool.of(lookup_ticket), tool(namespace="tickets")(lookup_ticket)
    tools = ToolSet([plain, grouped])
    assert tools.find("lookup_ticket") is plain
    assert tools.find("lookup_ticket", "tickets") is grouped
    assert tools.find("lookup_ticket", "other") is None
    assert tools.find("close_ticket") is None


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(ToolDefinitionError, match="two tools are called 'lookup_ticket': rename"):
        ToolSet([lookup_ticket, lookup_ticket])
    with pytest.raises(ToolDefinitionError, match="in namespace 'tickets': rename"):
        ToolSet([Namespace("tickets", "", [lookup_ticket, tool(lookup_ticket)])])


def test_the_same_tool_given_twice_is_one_tool() -> None:
    once = Tool.of(lookup_ticket)
    assert ToolSet([once, once]).specs() == [LOOKUP]


def test_deferred_loading_needs_a_namespace() -> None:
    with pytest.raises(ToolDefinitionError, match="defer_loading needs a namespace"):
        ToolSet([tool(defer_loading=True)(lookup_ticket)])


def test_a_namespace_needs_tools() -> None:
    with pytest.raises(ToolDefinitionError, match="namespace 'tickets' has no tools"):
        ToolSet([Namespace("tickets", "d")])


def test_two_parts_of_a_namespace_have_one_description() -> None:
    first = Namespace("tickets", "d", [lookup_ticket])
    [spec] = ToolSet([first, Namespace("tickets", "", [close_ticket])]).specs()
    assert (spec["description"], len(spec["tools"])) == ("d", 2)
    with pytest.raises(ToolDefinitionError, match="namespace 'tickets' has two descriptions"):
        ToolSet([first, Namespace("tickets", "other", [close_ticket])])


def test_a_tool_of_one_namespace_cannot_be_put_into_another() -> None:
    billing = tool(namespace="billing")(lookup_ticket)
    with pytest.raises(ToolDefinitionError, match="of namespace 'billing', not 'tickets'"):
        ToolSet([Namespace("tickets", "", [billing])])


@pytest.mark.parametrize("name", sorted(BUILT_IN_TOOLS))
def test_the_name_of_a_built_in_tool_is_refused_up_front(name: str) -> None:
    with pytest.raises(ToolDefinitionError, match=f"{name!r} has the name of a built-in tool"):
        tool(name=name)(lookup_ticket)


def test_a_built_in_name_is_free_inside_a_namespace() -> None:
    grouped = tool(name="exec_command", namespace="tickets")(lookup_ticket)
    assert ToolSet([grouped]).find("exec_command", "tickets") is grouped


@pytest.mark.parametrize("name", sorted(BUILT_IN_NAMESPACES))
def test_the_name_of_a_built_in_namespace_is_refused_up_front(name: str) -> None:
    with pytest.raises(ToolDefinitionError, match=f"namespace {name!r} cannot be used"):
        ToolSet([Namespace(name, "d", [lookup_ticket])])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "letters, digits"),
        ("a.b", "letters, digits"),
        ("naïve", "letters, digits"),
        ("a b", "letters, digits"),
        ("line\n", "letters, digits"),
        ("x" * 129, "longer than 128"),
        ("mcp", "MCP servers"),
        ("mcp__files__read", "MCP servers"),
    ],
)
def test_a_name_that_the_runtime_refuses_is_refused_up_front(name: str, reason: str) -> None:
    with pytest.raises(ToolDefinitionError, match=re.escape(reason)):
        tool(name=name)(lookup_ticket)


@pytest.mark.parametrize(
    ("name", "description", "reason"),
    [
        ("a.b", "", "namespace name 'a.b' is not made of letters"),
        ("x" * 65, "", "longer than 64"),
        ("mcp__files", "", "MCP servers"),
        ("tickets", "d" * 1025, "has 1025 characters; the runtime takes at most 1024"),
    ],
)
def test_a_namespace_that_the_runtime_refuses_is_refused_up_front(
    name: str, description: str, reason: str
) -> None:
    with pytest.raises(ToolDefinitionError, match=re.escape(reason)):
        ToolSet([Namespace(name, description, [lookup_ticket])])


def test_names_at_their_limits_pass() -> None:
    longest = tool(name="x" * 128)(lookup_ticket)
    [spec] = ToolSet([Namespace("n" * 64, "d" * 1024, [longest])]).specs()
    assert spec["name"] == "n" * 64


@pytest.mark.parametrize(
    ("tools", "reason"),
    [
        (lookup_ticket, "tools must be a list: write [lookup_ticket]"),
        (Tool.of(lookup_ticket), "tools must be a list: write [lookup_ticket]"),
        (print, "tools must be a list: write [print]"),
        (Namespace("tickets"), "tools must be a list: write [Namespace('tickets', ...)]"),
        ("x", "tools must be a list of functions or tools, got str"),
        (3, "tools must be a list of functions or tools, got int"),
        ({"a": lookup_ticket}, "tools must be a list of functions or tools, got dict"),
        ([3], "a tool is a function, not 3"),
        (["x"], "a tool is a function, not 'x'"),
        (
            [Namespace("tickets", "", lookup_ticket)],  # type: ignore[arg-type]
            "the tools of namespace 'tickets' must be a list: write [lookup_ticket]",
        ),
        (
            [Namespace("tickets", [lookup_ticket])],  # type: ignore[arg-type]
            "the description of namespace 'tickets' must be a string, got list",
        ),
        (
            [Namespace(3, "", [lookup_ticket])],  # type: ignore[arg-type]
            "namespace name must be a string, got int",
        ),
    ],
)
def test_what_is_no_list_of_tools_is_refused_with_what_to_pass(tools: Any, reason: str) -> None:
    with pytest.raises(ToolDefinitionError, match=re.escape(reason)):
        ToolSet(tools)


@pytest.mark.parametrize(
    ("what", "name"), [("tool", "a b"), ("tool", "a" * 129), ("tool", "mcp__a"), ("tool", "")]
)
def test_a_name_that_is_refused_is_called_what_it_is(what: str, name: str) -> None:
    with pytest.raises(ToolDefinitionError, match=rf"\b{what} name\b"):
        check_tool_name(name, namespaced=False)
