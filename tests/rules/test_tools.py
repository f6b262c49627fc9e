from __future__ import annotations

import pytest

from openai_codex.rules import Rules, mcp
from tests.rules.asked import ToolQuestion


@pytest.mark.parametrize(
    ("server", "tool", "expected"),
    [
        ("tracker", "read_issue", "allow"),
        ("tracker", "read_secret", "deny"),
        ("Tracker", "Read_Secret", "deny"),
        ("tracker", "write_issue", "ask"),
        ("Tracker", "read_issue", "ask"),
        ("tracker2", "read_issue", "ask"),
        ("files", "anything", "allow"),
        ("shell", "run", "deny"),
        ("shell", None, "deny"),
        ("files", None, "ask"),
        (None, "read_issue", "ask"),
        ("", "", "ask"),
    ],
)
def test_names_of_server_and_tool_settle_a_call(
    server: str | None, tool: str | None, expected: str
) -> None:
    rules = Rules(
        allow=[mcp("tracker", "read_*"), mcp("files")],
        deny=[mcp("tracker", "*_secret"), mcp("shell")],
        ask=print,
    )
    assert rules.judge(ToolQuestion(server, tool)).outcome == expected
    assert rules.explain_tool(server or "", tool or "").outcome in (expected, "ask", "allow")


@pytest.mark.parametrize("names", [("",), ("tracker", "")])
def test_a_rule_without_a_name_is_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="an MCP rule needs"):
        mcp(*names)


def test_a_rule_is_shown_as_it_is_written() -> None:
    assert str(mcp("tracker")) == "mcp('tracker', '*')"
