"""Steps, requests and differences by themselves: how they look, and what they say of themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openai_codex.testing import (
    Gate,
    ModelRequest,
    Step,
    apply_patch,
    call_mcp,
    call_tool,
    cut,
    delay,
    fail,
    headers,
    hold,
    incomplete,
    item,
    malformed,
    parallel,
    say,
    silence,
    think,
    tool_search,
    usage,
    web_search,
)
from openai_codex.testing.model.builtin import answer
from openai_codex.testing.model.steps import Item
from openai_codex.testing.recording.divergence import SHOWN_CHARACTERS, surplus

LONG = "x" * 81


@pytest.mark.parametrize(
    ("step", "shown"),
    [
        (say("hi"), "say('hi')"),
        (say("x" * 80), f"say('{'x' * 80}')"),
        (say(LONG), f"say('{'x' * 79}…')"),
        (think("a", "b"), "think('a b')"),
        (call_tool("t", {"a": 1}), "call_tool('t', '{\"a\": 1}')"),
        (call_mcp("s", "t"), "call_tool('mcp__s.t', '{}')"),
        (item({"type": "x"}), 'item(\'{"type": "x"}\')'),
        (usage(input=1, output=2), "usage(input=1, output=2)"),
        (headers({"a": "b"}), "headers({'a': 'b'})"),
        (fail(status=500), "fail(status=500, code=None)"),
        (incomplete(), "incomplete('max_output_tokens')"),
        (cut(), "cut(clean=False)"),
        (cut(clean=True), "cut(clean=True)"),
        (malformed("x"), "malformed('x')"),
        (silence(), "silence()"),
        (delay(1), "delay(1.0)"),
        (hold(Gate()), "hold(...)"),
        (parallel(say("a"), say("b")), "parallel(say('a'), say('b'))"),
    ],
)
def test_a_step_shows_how_it_was_written_and_cuts_what_is_long(step: Step, shown: str) -> None:
    assert str(step) == shown


def test_a_patch_shows_its_tool_and_its_text() -> None:
    assert str(apply_patch("*** Add File: a\n+b\n")).startswith("apply_patch('*** Begin Patch")


@pytest.mark.parametrize(
    ("step", "fields", "ends"),
    [
        (
            web_search("tea"),
            {
                "type": "web_search_call",
                "status": "completed",
                "action": {"type": "search", "query": "tea"},
            },
            False,
        ),
        (
            tool_search("tea", call_id="c"),
            {
                "type": "tool_search_call",
                "execution": "client",
                "arguments": {"query": "tea"},
                "call_id": "c",
            },
            True,
        ),
    ],
)
def test_a_search_is_an_item_of_the_protocol(
    step: Item, fields: dict[str, Any], ends: bool
) -> None:
    assert (json.loads(step.fields), step.ends) == (fields, ends)


def message(role: str, text: str) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}


def request(metadata: dict[str, Any] | None = None, **body: Any) -> ModelRequest:
    told = {} if metadata is None else {"x-codex-turn-metadata": json.dumps(metadata)}
    return ModelRequest(told, body)


@pytest.mark.parametrize(
    "tag",
    [
        '<codex_internal_context source="x">',
        "<environment_context>",
        "<skill>",
        "<subagent_notification>",
        "<turn_aborted>",
        "<user_instructions>",
    ],
)
def test_what_the_runtime_adds_is_not_what_the_user_wrote(tag: str) -> None:
    said = [message("user", "first"), message("user", "last"), message("user", f"{tag}more")]
    asked = request(input=[*said, message("developer", "told")])
    assert asked.user_text == "last"
    assert asked.texts == ["first", "last", f"{tag}more", "told"]
    assert request(input=said[2:]).user_text == ""


@pytest.mark.parametrize(
    ("metadata", "agent", "kind"),
    [
        (None, "/root", "turn"),
        ({"agent_name": "/root/a", "subagent_kind": "thread_spawn"}, "/root/a", "subagent"),
        ({"subagent_kind": "review"}, "/root", "review"),
        ({"request_kind": "compaction"}, "/root", "compaction"),
        ({"turn_trigger": "goal"}, "/root", "goal"),
        ({"turn_trigger": "user"}, "/root", "turn"),
    ],
)
def test_a_request_says_which_agent_asks_and_why(
    metadata: dict[str, Any] | None, agent: str, kind: str
) -> None:
    asked = request(metadata)
    assert (asked.agent, asked.kind) == (agent, kind)


def test_a_request_says_of_which_thread_and_turn_it_is() -> None:
    told = {"thread_id": "th", "turn_id": "tu", "parent_thread_id": "p"}
    asked = request(told)
    assert (asked.thread_id, asked.turn_id, asked.parent_thread_id) == ("th", "tu", "p")
    assert ModelRequest({"thread-id": "h"}, {"prompt_cache_key": "k"}).thread_id == "h"
    bare = request(prompt_cache_key="k")
    assert (bare.thread_id, bare.turn_id, bare.parent_thread_id) == ("k", "", None)


def test_the_runtimes_own_calls_are_answered_and_turns_are_not() -> None:
    shown = {kind: [str(step) for step in answer(kind) or ()] for kind in ("goal", "memory")}
    assert shown == {
        "goal": [
            "call_tool('update_goal', '{\"status\": \"complete\"}')",
            "say('The goal is reached.')",
        ],
        "memory": ["say('Done.')"],
    }
    compaction = [str(step) for step in answer("compaction") or ()]
    assert compaction == ["say('Summary of the conversation so far.')"]
    assert (answer("turn"), answer("subagent")) == (None, None)


def test_a_message_that_was_not_recorded_is_shown_up_to_a_bound() -> None:
    assert SHOWN_CHARACTERS == 600
    begin = "s.jsonl: the client asks more than was recorded: "
    for length, end in ((598, f'"{"x" * 598}"'), (599, f'"{"x" * 599}...')):
        assert surplus("s.jsonl", "x" * length).text == f"{begin}{end}"
