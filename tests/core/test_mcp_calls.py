"""The call that a question is about is found when there is just one, and never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex._core.mcp_calls import mcp_call


def call(ident: str, tool: str = "add", server: str = "notes", **more: Any) -> dict[str, Any]:
    return {"type": "mcpToolCall", "id": ident, "server": server, "tool": tool, **more}


def asked(**params: Any) -> dict[str, Any]:
    return {"threadId": "th", "serverName": "notes", **params}


def test_the_call_of_its_server_is_the_one() -> None:
    patch = {"type": "fileChange", "id": "c1", "server": "notes"}
    found = mcp_call([call("m1"), call("m2", server="files"), patch], asked())
    assert found == call("m1")


@pytest.mark.parametrize("meta", [{"_meta": None}, {"_meta": {}}, {"_meta": 7}, {}])
def test_without_arguments_every_call_of_the_server_fits(meta: dict[str, Any]) -> None:
    assert mcp_call([call("m1", arguments={"n": 1})], asked(**meta)) == call(
        "m1", arguments={"n": 1}
    )


def test_arguments_tell_calls_apart() -> None:
    one, two = call("m1", "add", arguments={"n": 1}), call("m2", "drop", arguments={"n": 2})
    assert mcp_call([one, two], asked(_meta={"tool_params": {"n": 2}})) == two


@pytest.mark.parametrize("nothing", [None, {}])
def test_no_arguments_are_no_arguments_in_any_form(nothing: Any) -> None:
    plain = call("m1", arguments=nothing)
    assert mcp_call([plain], asked(_meta={"tool_params": None})) == plain


def test_two_calls_of_one_tool_are_the_same_question_and_the_last_is_meant() -> None:
    assert mcp_call([call("m1"), call("m2")], asked()) == call("m2")


def test_two_tools_that_fit_are_nobodys_guess() -> None:
    assert mcp_call([call("m1", "add"), call("m2", "drop")], asked()) is None
    assert mcp_call([], asked()) is None
