"""MCP servers: may their tool be called, and what they ask a person themselves."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex import AsyncCodex, Decision, Elicitation, Handlers, McpToolApproval
from openai_codex.testing import call_mcp, parallel, say
from openai_codex.types import McpToolCallThreadItem
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


def output(model: SharedModel, call_id: str = "m") -> str:
    """Return what the model was told of a call."""
    return str(model.requests[-1].function_outputs[call_id])


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (True, 'write {"a": 1}'),
        (Decision.accept, 'write {"a": 1}'),
        (Decision.accept_for_session, 'write {"a": 1}'),
        (False, "user rejected MCP tool call"),
        (Decision.decline, "user rejected MCP tool call"),
        (Decision.cancel, "user cancelled MCP tool call"),
    ],
)
async def test_each_answer_to_a_tool_approval_has_its_effect(
    desk: AsyncCodex, model: SharedModel, answer: Any, told: str
) -> None:
    model.script(call_mcp("desk", "write", {"a": 1}, call_id="m"), say("Done"))
    thread = await desk.thread_start(handlers=Handlers(approve_mcp_tool=lambda _: answer))
    result = await thread.run("hi")
    assert told in output(model)
    assert result.final_response == "Done"
    (call,) = [item for item in result.items if isinstance(item, McpToolCallThreadItem)]
    assert call.status == ("completed" if "write" in told else "failed")


async def test_a_tool_that_only_reads_needs_no_approval(
    desk: AsyncCodex, model: SharedModel
) -> None:
    model.script(call_mcp("desk", "read", {}, call_id="m"), say("Done"))
    thread = await desk.thread_start()
    await thread.run("hi")
    assert "read {}" in output(model)


async def test_accept_for_session_is_not_asked_again(desk: AsyncCodex, model: SharedModel) -> None:
    asked: list[str] = []

    def approve(question: McpToolApproval) -> Decision:
        asked.append(question.summary)
        return Decision.accept_for_session

    thread = await desk.thread_start(handlers=Handlers(approve_mcp_tool=approve))
    for tool in ("write", "write", "erase"):
        model.script(call_mcp("desk", tool, {}), say("Done"))
        await thread.run("hi")
    assert asked == ["desk.write", "desk.erase"]


async def test_the_question_names_the_tool_and_its_arguments(
    desk: AsyncCodex, model: SharedModel
) -> None:
    asked: list[McpToolApproval] = []

    def approve(question: McpToolApproval) -> bool:
        asked.append(question)
        return question.tool == "write"

    calls = parallel(
        call_mcp("desk", "write", {"a": 1}, call_id="m"),
        call_mcp("desk", "erase", {"a": 2}, call_id="n"),
    )
    model.script(calls, say("Done"))
    thread = await desk.thread_start(handlers=Handlers(approve_mcp_tool=approve))
    await thread.run("hi")
    asked.sort(key=lambda one: str(one.tool))  # the sync face asks each on a thread of its own
    told = [(q.server, q.tool, q.arguments, q.description) for q in asked]
    assert told == [
        ("desk", "erase", {"a": 2}, "The tool erase."),
        ("desk", "write", {"a": 1}, "The tool write."),
    ]
    assert asked[1].message == 'Allow the desk MCP server to run tool "write"?'
    assert 'write {"a": 1}' in output(model, "m")
    assert "rejected" in output(model, "n")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"name": "Bob"}, '{"action": "accept", "content": {"name": "Bob"}}'),
        (False, '{"action": "decline"'),
        (Decision.decline, '{"action": "decline"'),
        (Decision.cancel, '{"action": "cancel"'),
        (True, '{"action": "decline"'),  # the form has a required field: True fills in nothing
    ],
)
async def test_a_form_is_filled_in(
    desk: AsyncCodex, model: SharedModel, answer: Any, told: str
) -> None:
    asked: list[Elicitation] = []

    def elicit(question: Elicitation) -> Any:
        asked.append(question)
        return answer

    model.script(call_mcp("desk", "name", {}, call_id="m"), say("Done"))
    thread = await desk.thread_start(handlers=Handlers(elicit=elicit))
    await thread.run("hi")
    assert told in output(model)
    (question,) = asked
    assert (question.mode, question.server, question.url) == ("form", "desk", None)
    assert question.schema is not None
    assert list(question.schema["properties"]) == ["name"]
    assert question.summary == "desk: Who are you?"


@pytest.mark.parametrize(
    ("answer", "told"),
    [(True, '{"action": "accept"'), (False, '{"action": "decline"'), (Decision.cancel, "cancel")],
)
async def test_a_url_is_visited(
    desk: AsyncCodex, model: SharedModel, answer: Any, told: str
) -> None:
    asked: list[Elicitation] = []

    def elicit(question: Elicitation) -> Any:
        asked.append(question)
        return answer

    model.script(call_mcp("desk", "visit", {}, call_id="m"), say("Done"))
    thread = await desk.thread_start(handlers=Handlers(elicit=elicit))
    await thread.run("hi")
    assert told in output(model)
    assert (asked[0].mode, asked[0].url) == ("url", "http://127.0.0.1:9/login")


async def test_the_catch_all_approves_tools_and_fills_in_no_forms(
    desk: AsyncCodex, model: SharedModel
) -> None:
    calls = parallel(
        call_mcp("desk", "write", {}, call_id="m"), call_mcp("desk", "name", {}, call_id="n")
    )
    model.script(calls, say("Done"))
    thread = await desk.thread_start(handlers=Handlers(approve=lambda _: True))
    await thread.run("hi")
    assert "write {}" in output(model, "m")
    assert '{"action": "decline"' in output(model, "n")
