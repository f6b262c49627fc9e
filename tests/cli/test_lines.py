"""The lines of `run --json` and of `watch --json`: pure, made of events by hand."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace
from typing import Any

import pytest

from openai_codex import CodexError, Notification
from openai_codex._turns.spend import Spend
from openai_codex.cli.run.decisions import Decided, Decisions
from openai_codex.cli.run.events import ExecEvents
from openai_codex.cli.run.shown import JsonLines
from openai_codex.cli.serving.watching import Lines
from openai_codex.cli.terminal import Terminal

NOTHING = {
    "input_tokens": 0,
    "cached_input_tokens": 0,
    "cache_write_input_tokens": 0,
    "output_tokens": 0,
    "reasoning_output_tokens": 0,
}


def told(method: str, **params: Any) -> Notification:
    return Notification.from_wire(method, {"threadId": "th", **params}, 0)


def lines(*notes: Notification) -> list[dict[str, Any]]:
    events = ExecEvents()
    return [line for note in notes for line in events.feed(note)]


@pytest.fixture
def terminal() -> Terminal:
    made = Terminal(as_json=True)
    made.out = io.StringIO()
    return made


def printed(terminal: Terminal) -> list[dict[str, Any]]:
    assert isinstance(terminal.out, io.StringIO)
    return [json.loads(line) for line in terminal.out.getvalue().splitlines()]


def test_a_turn_an_error_and_the_tokens_have_their_lines() -> None:
    tokens = {"inputTokens": 1, "cachedInputTokens": 2, "cacheWriteInputTokens": 3}
    more = {"outputTokens": 4, "reasoningOutputTokens": 5}
    assert lines(
        told("turn/started", turn={"id": "t"}),
        told("error", error={"message": "busy"}, willRetry=True),
        told("error", error={"message": "no"}),
        told("thread/tokenUsage/updated", tokenUsage={"last": {**tokens, **more}, "total": more}),
        told("no/such/event"),
    ) == [
        {"type": "turn.started", "turn_id": "t", "thread_id": "th"},
        {"type": "error", "message": "busy", "will_retry": True},
        {"type": "error", "message": "no", "will_retry": False},
        {
            "type": "usage.updated",
            "usage": {
                "input_tokens": 1,
                "cached_input_tokens": 2,
                "cache_write_input_tokens": 3,
                "output_tokens": 4,
                "reasoning_output_tokens": 5,
            },
            "thread_usage": {**NOTHING, "output_tokens": 4, "reasoning_output_tokens": 5},
        },
    ]


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        (
            {"type": "agentMessage", "text": "hi", "phase": "final_answer"},
            {"type": "agent_message", "text": "hi", "phase": "final_answer"},
        ),
        ({"type": "reasoning", "summary": ["a", "b"]}, {"type": "reasoning", "text": "a\n\nb"}),
        ({"type": "reasoning", "content": ["c"]}, {"type": "reasoning", "text": "c"}),
        (
            {
                "type": "commandExecution",
                "command": "ls",
                "aggregatedOutput": "a",
                "exitCode": 0,
                "status": "inProgress",
                "cwd": "/w",
                "durationMs": 7,
            },
            {
                "type": "command_execution",
                "command": "ls",
                "aggregated_output": "a",
                "exit_code": 0,
                "status": "in_progress",
                "cwd": "/w",
                "duration_ms": 7,
            },
        ),
        (
            {
                "type": "fileChange",
                "status": "inProgress",
                "changes": [{"path": "a", "kind": {"type": "add"}, "diff": "x"}],
            },
            {
                "type": "file_change",
                "status": "in_progress",
                "changes": [{"path": "a", "kind": "add", "diff": "x"}],
            },
        ),
        (
            {"type": "mcpToolCall", "status": "inProgress", "pluginId": None},
            {"type": "mcp_tool_call", "status": "in_progress", "plugin_id": None},
        ),
        ({"type": "contextCompaction"}, {"type": "context_compaction"}),
    ],
)
def test_an_item_has_its_number_its_own_id_and_all_that_it_is(
    item: dict[str, Any], shown: dict[str, Any]
) -> None:
    whole = {"id": "item_0", "source_id": "i", **shown}
    done = lines(told("item/completed", item={**item, "id": "i"}))
    assert done == [{"type": "item.completed", "item": whole}]
    begun = lines(told("item/started", item={**item, "id": "i"}))
    is_whole_at_once = item["type"] in ("agentMessage", "reasoning")
    assert begun == ([] if is_whole_at_once else [{"type": "item.started", "item": whole}])


def test_items_are_numbered_as_they_come_and_what_the_user_said_is_none() -> None:
    said = {"type": "userMessage", "id": "u"}
    one, two = ({"type": "webSearch", "id": name} for name in "ab")
    notes = [told("item/started", item=said), told("item/completed", item=said)]
    notes += [told("item/started", item=one), told("item/started", item=two)]
    notes += [told("item/completed", item=one)]
    assert [line["item"]["id"] for line in lines(*notes)] == ["item_0", "item_1", "item_0"]


def test_a_plan_is_one_item_that_begins_changes_and_ends_with_the_turn() -> None:
    events = ExecEvents()
    plan = [{"step": "a", "status": "completed"}, {"step": "b", "status": "inProgress"}]
    kinds = [events.feed(told("turn/plan/updated", plan=plan))[0]["type"] for _ in range(2)]
    assert kinds == ["item.started", "item.updated"]
    (last,) = events.end()
    assert last == {
        "type": "item.completed",
        "item": {
            "id": "item_0",
            "type": "todo_list",
            "items": [
                {"text": "a", "completed": True, "status": "completed"},
                {"text": "b", "completed": False, "status": "in_progress"},
            ],
        },
    }
    assert events.end() == []


def test_an_answered_approval_says_what_was_asked_and_how_it_was_answered() -> None:
    asked: Any = SimpleNamespace(kind="command", summary="ls", item_id="i")
    assert ExecEvents().decided(Decided(asked, "decline")) == {
        "type": "approval.decided",
        "kind": "command",
        "summary": "ls",
        "decision": "decline",
        "source_id": "i",
    }


def shown_by(terminal: Terminal) -> JsonLines:
    shown = JsonLines(terminal)
    shown.codex = SimpleNamespace(spent=Spend(input_tokens=9, output_tokens=2))
    shown.thread("th")
    return shown


def result(**fields: Any) -> Any:
    usual = {"completed": True, "output": None, "final_response": "hi", "duration_ms": 12}
    return SimpleNamespace(**{**usual, "turn_usage": None, "usage": None, **fields})


def test_the_last_line_of_a_turn_holds_its_answer_its_time_and_what_it_took(
    terminal: Terminal,
) -> None:
    shown_by(terminal).result(result(), Decisions())
    first, last = printed(terminal)
    assert first == {"type": "thread.started", "thread_id": "th"}
    spent = last.pop("spent")
    assert (spent["input_tokens"], spent["output_tokens"]) == (9, 2)
    assert last == {
        "type": "turn.completed",
        "usage": {**NOTHING, "input_tokens": 9, "output_tokens": 2},
        "thread_usage": NOTHING,
        "thread_id": "th",
        "final_response": "hi",
        "duration_ms": 12,
        "code": "ok",
    }


def test_the_last_line_has_the_value_of_an_answer_that_has_one(terminal: Terminal) -> None:
    shown_by(terminal).result(result(output={"a": 1}), Decisions())
    assert printed(terminal)[-1]["output"] == {"a": 1}


@pytest.mark.parametrize("is_known", [True, False])
def test_a_turn_that_was_interrupted_ends_with_a_line_that_says_so(
    terminal: Terminal, is_known: bool
) -> None:
    shown = shown_by(terminal)
    if is_known:
        shown.result(result(completed=False), Decisions())
    else:
        shown.interrupted()
    last = printed(terminal)[-1]
    assert (last["type"], last["code"]) == ("turn.failed", "interrupted")
    assert last["error"] == {"code": "interrupted", "message": "the turn was interrupted"}
    assert last["duration_ms"] == (12 if is_known else None)


def test_a_turn_that_failed_ends_with_its_error_which_is_told_once(terminal: Terminal) -> None:
    shown_by(terminal).failed(CodexError("too busy"))
    last = printed(terminal)[-1]
    assert (last["type"], last["code"]) == ("turn.failed", last["error"]["code"])
    assert last["error"]["message"] == "too busy"
    assert terminal.as_json is False


def test_a_watched_turn_ends_with_its_id_and_its_status(terminal: Terminal) -> None:
    shown = Lines(terminal)
    shown.event(told("turn/plan/updated", plan=[]))
    shown.event(told("turn/completed", turn={"id": "t", "status": "interrupted"}))
    assert [line["type"] for line in printed(terminal)] == [
        "item.started",
        "item.completed",
        "turn.ended",
    ]
    assert printed(terminal)[-1] == {
        "type": "turn.ended",
        "turn_id": "t",
        "status": "interrupted",
    }


def test_a_question_that_is_left_to_others_is_a_line(terminal: Terminal) -> None:
    question = SimpleNamespace(kind="command", summary="ls", item_id="i")
    Lines(terminal).question(question)
    asked = {"kind": "command", "summary": "ls", "source_id": "i"}
    assert printed(terminal) == [{"type": "approval.requested", **asked}]
