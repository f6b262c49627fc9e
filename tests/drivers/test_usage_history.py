"""What a stored thread had spent is read from rollout files: literals of their lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openai_codex._core.account import Usage
from openai_codex._drivers.usage_history import UsageHistory, read_usage_history

SECONDS = "2026-11-30T17:31:{:06.3f}Z"


def line(kind: str, at: float = 0.0, **payload: Any) -> str:
    return json.dumps({"timestamp": SECONDS.format(at), "type": kind, "payload": payload})


def meta(thread: str) -> str:
    return line("session_meta", id=thread, session_id=thread)


def edge(kind: str, turn: str, at: float, **more: Any) -> str:
    return line("event_msg", at, type=kind, turn_id=turn, **more)


def response(thread: str, turn: str, name: str, given: int, at: float = 0.0) -> str:
    usage = {"input_tokens": given, "output_tokens": 1, "total_tokens": given + 1}
    ids = {"thread_id": thread, "turn_id": turn, "response_id": name}
    return line("token_usage_record", at, **ids, usage=usage, thread_token_usage=usage)


def item(thread: str, turn: str, kind: str, at: float = 0.0, **more: Any) -> str:
    ids = {"thread_id": thread, "turn_id": turn}
    told = {"type": kind, "id": "c1", **more}
    return line("event_msg", at, type="item_completed", **ids, item=told)


@pytest.fixture
def day(tmp_path: Path) -> Path:
    folder = tmp_path / "sessions" / "2026" / "11" / "30"
    folder.mkdir(parents=True)
    return folder


def written(day: Path, thread: str, *lines: str, name: str = "") -> Path:
    file = day / f"rollout-2026-11-30T17-31-50-{name}{thread}.jsonl"
    file.write_text("\n".join((meta(thread), *lines)) + "\n")
    return file


def read(file: Path) -> UsageHistory:
    return read_usage_history(str(file))


def test_responses_commands_calls_and_time_are_read(day: Path) -> None:
    history = read(
        written(
            day,
            "t1",
            edge("task_started", "u1", 1),
            line("turn_context", model="gpt-5.5"),
            response("t1", "u1", "r1", 100),
            item("t1", "u1", "CommandExecution", source="unified_exec_startup"),
            item("t1", "u1", "CommandExecution", id="c2", source="user_shell"),
            item("t1", "u1", "McpToolCall", id="c3"),
            item("t1", "u1", "DynamicToolCall", id="c4"),
            item("t1", "u1", "AgentMessage", id="m1", text='a "CommandExecution"'),
            response("t1", "u1", "r2", 200),
            edge("task_complete", "u1", 4, duration_ms=2500),
        )
    )
    assert history.responses == [
        ("t1", "gpt-5.5", Usage(input=100, output=1)),
        ("t1", "gpt-5.5", Usage(input=200, output=1)),
    ]
    assert history.calls == [("t1", "commands"), ("t1", "tool_calls"), ("t1", "tool_calls")]
    assert history.seconds == {"t1": 2.5}
    assert (history.thread_id, history.total) == (
        "t1",
        {"inputTokens": 200, "outputTokens": 1, "totalTokens": 201},
    )


def test_a_turn_that_was_cut_off_lasted_until_its_last_record(day: Path) -> None:
    history = read(
        written(
            day,
            "t1",
            edge("task_started", "u1", 1),
            response("t1", "u1", "r1", 100, at=3),
            item("t1", "u1", "CommandExecution", at=4.5),
            edge("task_started", "u2", 5),  # of which nothing more is known
            '{"timestamp": "2026-11-30T17:31:09Z", "type": "event_msg", "payload": {"type": "task_',
        )
    )
    assert history.seconds == {"t1": 3.5}


def test_what_a_fork_copied_of_its_source_is_not_its_own(day: Path) -> None:
    history = read(
        written(
            day,
            "t2",
            edge("task_started", "u1", 1),
            response("t1", "u1", "r1", 5000),
            item("t1", "u1", "CommandExecution"),
            edge("turn_aborted", "u1", 4, duration_ms=2500),
            edge("task_started", "u2", 5),
            response("t2", "u2", "r2", 7),
            edge("turn_aborted", "u2", 6, duration_ms=1000),
        )
    )
    assert [usage.input for _, _, usage in history.responses] == [7]
    assert (history.calls, history.seconds) == ([], {"t2": 1.0})


def test_agents_are_read_as_well_and_a_reverted_file_counts_once(day: Path) -> None:
    agent = line("event_msg", type="sub_agent_activity", agent_thread_id="t2")
    own = (response("t1", "u1", "r1", 10), item("t1", "u1", "CommandExecution"))
    turn = (edge("task_started", "u1", 1), *own, edge("task_complete", "u1", 2, duration_ms=900))
    first = written(day, "t1", agent, *turn)
    written(day, "t1", *turn, response("t1", "u3", "r3", 30), name="revert-")
    back = line("event_msg", type="sub_agent_activity", agent_thread_id="t1")
    written(day, "t2", back, response("t2", "u2", "r2", 20))
    history = read(first)
    assert sorted(usage.input for _, _, usage in history.responses) == [10, 20, 30]
    assert history.calls == [("t1", "commands")]
    assert history.seconds == {"t1": 0.9}


@pytest.mark.parametrize(
    "odd",
    [
        'not JSON, with a "token_usage_record"',
        '["token_usage_record"]',
        line("token_usage_record", thread_id="t1", turn_id="u1", response_id="r9", usage=7),
        json.dumps({"type": "token_usage_record", "payload": 5}),
        line("event_msg", type="item_completed", thread_id="t1", item=["CommandExecution"]),
        json.dumps({"timestamp": "noon", "payload": {"type": "task_started", "turn_id": "u9"}}),
        edge("task_complete", "u9", 1, duration_ms="long"),
    ],
)
def test_a_line_of_another_shape_counts_nothing(day: Path, odd: str) -> None:
    history = read(written(day, "t1", odd, response("t1", "u1", "r1", 10)))
    assert [usage.input for _, _, usage in history.responses] == [10]
    assert (history.calls, history.seconds) == ([], {})


def test_a_thread_without_a_file_has_no_history(tmp_path: Path) -> None:
    assert read(tmp_path / "nothing.jsonl") == UsageHistory()
