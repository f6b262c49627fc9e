"""What the records of a thread's file call an item: the same item, whichever version wrote it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from openai_codex.transcript import read_entries, write_html, write_index, write_markdown
from openai_codex.transcript.index import summary_of
from openai_codex.transcript.items import called, item_of_event, item_of_record, texts_of

Json = dict[str, Any]

CHANGES = {
    "a.py": {"type": "update", "unified_diff": "@@ -1 +1 @@\n-a\n+b\n", "move_path": "b.py"},
    "new": {"type": "add", "content": "x\n"},
    "old": {"type": "delete", "content": None},
}
SHOWN_CHANGES = [
    {
        "path": "a.py",
        "kind": {"type": "update", "move_path": "b.py"},
        "diff": "@@ -1 +1 @@\n-a\n+b\n",
    },
    {"path": "new", "kind": {"type": "add", "move_path": None}, "diff": "x\n"},
    {"path": "old", "kind": {"type": "delete", "move_path": None}, "diff": ""},
]
TOOK = {"secs": 1, "nanos": 25_900_000}


@pytest.mark.parametrize(
    ("record", "item"),
    [
        ({"type": "UserMessage", "content": [{"type": "text"}]}, {"content": [{"type": "text"}]}),
        ({"type": "UserMessage"}, {"content": []}),
        ({"type": "AgentMessage", "content": [{"text": "a"}, "b", 7]}, {"text": "a\nb"}),
        ({"type": "Reasoning", "summary_text": ["s"]}, {"summary": ["s"], "content": []}),
        ({"type": "Reasoning", "raw_content": ["r"]}, {"summary": [], "content": ["r"]}),
        (
            {
                "type": "CommandExecution",
                "command": ["ls", "a b"],
                "cwd": "file:///a%20b/c",
                "duration": TOOK,
                "exit_code": 3,
            },
            {"command": "ls 'a b'", "cwd": "/a b/c", "durationMs": 1025, "exitCode": 3},
        ),
        (
            {"type": "CommandExecution", "command": "ls", "cwd": "/c"},
            {"command": "ls", "cwd": "/c", "durationMs": None},
        ),
        (
            {"type": "CommandExecution", "cwd": 7, "duration": {}},
            {"command": "", "cwd": None, "durationMs": 0},
        ),
        ({"type": "FileChange", "changes": CHANGES}, {"changes": SHOWN_CHANGES}),
        ({"type": "FileChange", "changes": None}, {"changes": []}),
        ({"type": "WebSearch", "search_query": "q"}, {"searchQuery": "q"}),
    ],
)
def test_a_whole_item_has_the_shape_of_the_protocol(record: Json, item: Json) -> None:
    shown = item_of_record(record)
    assert shown["type"] == record["type"][0].lower() + record["type"][1:]
    assert {name: shown[name] for name in item} == item


@pytest.mark.parametrize(
    ("event", "item"),
    [
        (
            {"type": "user_message", "message": "m", "images": ["u"], "local_images": ["p"]},
            {
                "type": "userMessage",
                "content": [
                    {"type": "text", "text": "m"},
                    {"type": "image", "url": "u"},
                    {"type": "local_image", "path": "p"},
                ],
            },
        ),
        (
            {"type": "agent_message", "message": "m", "phase": "final"},
            {"type": "agentMessage", "text": "m", "phase": "final"},
        ),
        (
            {"type": "agent_reasoning", "text": "t"},
            {"type": "reasoning", "summary": ["t"], "content": []},
        ),
        (
            {
                "type": "exec_command_end",
                "command": ["ls"],
                "cwd": "/c",
                "exit_code": 0,
                "aggregated_output": "out",
                "stdout": "no",
                "duration": TOOK,
            },
            {
                "type": "commandExecution",
                "command": "ls",
                "cwd": "/c",
                "exitCode": 0,
                "status": "completed",
                "aggregatedOutput": "out",
                "durationMs": 1025,
            },
        ),
        (
            {"type": "exec_command_end", "exit_code": 1, "stdout": "a", "stderr": "b"},
            {
                "type": "commandExecution",
                "command": "",
                "cwd": None,
                "exitCode": 1,
                "status": "failed",
                "aggregatedOutput": "ab",
                "durationMs": None,
            },
        ),
        (
            {"type": "patch_apply_end", "success": True, "changes": CHANGES},
            {"type": "fileChange", "status": "completed", "changes": SHOWN_CHANGES},
        ),
        (
            {"type": "patch_apply_end", "success": False},
            {"type": "fileChange", "status": "failed", "changes": []},
        ),
        (
            {"type": "patch_apply_end", "status": "declined", "success": True},
            {"type": "fileChange", "status": "declined", "changes": []},
        ),
        (
            {
                "type": "mcp_tool_call_end",
                "invocation": {"server": "s", "tool": "t", "arguments": {"a": 1}},
                "result": {"Ok": {"content": []}},
            },
            {
                "type": "mcpToolCall",
                "server": "s",
                "tool": "t",
                "arguments": {"a": 1},
                "result": {"content": []},
                "status": "completed",
            },
        ),
        (
            {"type": "mcp_tool_call_end", "result": {"Err": "no"}},
            {
                "type": "mcpToolCall",
                "server": None,
                "tool": None,
                "arguments": None,
                "result": {"Err": "no"},
                "status": "failed",
            },
        ),
        (
            {"type": "web_search_end", "query": "q", "action": {"type": "search"}},
            {"type": "webSearch", "query": "q", "action": {"type": "search"}},
        ),
    ],
)
def test_an_event_of_an_older_file_tells_the_same(event: Json, item: Json) -> None:
    assert item_of_event({**event, "call_id": "c"}) == {"id": "c", **item}


def test_an_event_of_no_item_tells_none() -> None:
    assert item_of_event({"type": "token_count"}) is None


@pytest.mark.parametrize("name", ["exec_command", "shell", "shell_command", "container.exec"])
def test_a_call_of_a_shell_is_a_command(name: str) -> None:
    given = json.dumps({"command": ["ls", "a b"], "workdir": "/w"})
    output = {"content": "Exit code: 2\nWall time: 1\nOutput:\nno\n"}
    assert called({"name": name, "arguments": given, "call_id": "c"}, output) == {
        "type": "commandExecution",
        "id": "c",
        "command": "ls 'a b'",
        "cwd": "/w",
        "exitCode": 2,
        "status": "failed",
        "aggregatedOutput": "no\n",
    }


def test_a_call_of_a_shell_may_be_of_other_shapes() -> None:
    local = called({"type": "local_shell", "action": {"cmd": "ls"}}, "Process exited with code 0")
    assert (local["command"], local["exitCode"], local["status"]) == ("ls", 0, "completed")
    assert local["aggregatedOutput"] == "Process exited with code 0"
    raw = called({"name": "shell", "arguments": "{not json"}, None)
    assert (raw["command"], raw["exitCode"], raw["status"]) == ("{not json", None, "completed")
    assert (raw["aggregatedOutput"], raw["cwd"]) == ("", None)


def test_other_calls_are_tools_and_a_plan_is_a_plan() -> None:
    plan = {"explanation": "e", "plan": [{"step": "s", "status": "pending"}, 7]}
    call = {"name": "update_plan", "arguments": json.dumps(plan), "call_id": "c"}
    assert called(call, None) == {
        "type": "planUpdate",
        "id": "c",
        "explanation": "e",
        "steps": [{"step": "s", "status": "pending"}],
    }
    assert called({"name": "update_plan", "arguments": "odd"}, None)["type"] == "dynamicToolCall"
    call = {"name": "t", "namespace": "n", "input": '{"a": 1}', "call_id": "c"}
    assert called(call, {"output": [{"text": "a"}, {"text": "b"}]}) == {
        "type": "dynamicToolCall",
        "id": "c",
        "namespace": "n",
        "tool": "t",
        "arguments": {"a": 1},
        "output": "a\nb",
    }
    assert called({"type": "tool"}, {"odd": 1})["output"] == "{'odd': 1}"
    assert called({"type": "tool"}, None)["output"] is None


def test_the_text_of_a_content_is_that_of_its_parts() -> None:
    assert texts_of("a") == "a"
    assert texts_of([{"text": "a"}, {"image": 1}, "b"]) == "a\nb"
    assert texts_of(None) == ""


# --- pages ---------------------------------------------------------------------------------------


def rollout(folder: Path, *payloads: tuple[str, Json]) -> Path:
    path = folder / "rollout.jsonl"
    records = [{"type": kind, "payload": payload} for kind, payload in payloads]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


SESSION = {
    "id": "th",
    "timestamp": "2026-11-30T12:34:56.789Z",
    "cwd": "/repo",
    "git": {"branch": "main", "commit_hash": "0123456789abcdef"},
}


def test_a_row_of_an_index_says_when_where_and_of_which_commit(tmp_path: Path) -> None:
    said = [("event_msg", {"type": "user_message", "message": text}) for text in ("one", "two")]
    path = rollout(tmp_path, ("session_meta", SESSION), *said)
    out = io.StringIO()
    write_index([summary_of(path, "th.html")], out)
    page = out.getvalue()
    assert "<td>2026-11-30 12:34</td>" in page
    assert "/repo<br>main<br>0123456789ab</td>" in page
    assert '<a href="th.html">one</a><ul><li>two</li></ul>' in page


def test_an_item_without_a_form_of_its_own_is_shown_as_it_is(tmp_path: Path) -> None:
    item = {"type": "FromTheFuture", "id": "i", "some_text": "Grüße"}
    path = rollout(
        tmp_path, ("session_meta", SESSION), ("event_msg", {"type": "item_completed", "item": item})
    )
    out = io.StringIO()
    write_html(path, out)
    assert "fromTheFuture" in out.getvalue()
    assert "Grüße" in out.getvalue()


def test_a_thought_is_marked_as_one_in_markdown(tmp_path: Path) -> None:
    thought = ("event_msg", {"type": "agent_reasoning", "text": "Let me look"})
    out = io.StringIO()
    write_markdown(rollout(tmp_path, ("session_meta", SESSION), thought), out)
    assert "\n*Thought*\n" in out.getvalue()
    assert "Let me look" in out.getvalue()


def test_changes_count_from_the_folder_of_their_turn(tmp_path: Path) -> None:
    patch = ("event_msg", {"type": "patch_apply_end", "success": True, "changes": CHANGES})
    path = rollout(
        tmp_path,
        ("session_meta", SESSION),
        patch,
        ("turn_context", {"cwd": "/other"}),
        patch,
        ("turn_context", {"cwd": None}),
        patch,
    )
    folders = [entry.data["cwd"] for entry in read_entries(path) if entry.type == "item"]
    assert folders == ["/repo", "/other", "/other"]
