"""A thread's file as entries, whichever version wrote it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openai_codex.transcript import (
    Entry,
    TranscriptError,
    read_entries,
    write_html,
    write_index,
    write_jsonl,
    write_markdown,
)
from openai_codex.transcript.index import summary_of
from tests.transcript.conftest import KEY, Stored

Json = dict[str, Any]


def items(path: Path, **options: Any) -> list[Json]:
    return [entry.data for entry in read_entries(path, **options) if entry.type == "item"]


@pytest.mark.parametrize("name", ["paginated", "legacy"])
def test_both_formats_of_record_tell_the_same_items_once(stored: Stored, name: str) -> None:
    asked, thought, ran, added, edited, deleted, searched, called, said = items(
        stored.path(getattr(stored, name))
    )[:9]
    assert [part["type"] for part in asked["content"]] == ["text", "image"]
    assert asked["content"][0]["text"] == "Do a thing"
    assert asked["content"][1]["url"].startswith("data:image/png;base64,")
    assert thought["summary"] == ["Let me look"]
    assert f"echo {KEY}; exit 3" in ran["command"]
    assert (ran["exitCode"], ran["aggregatedOutput"]) == (3, f"{KEY}\n")
    assert [change["kind"]["type"] for change in (*added["changes"], *deleted["changes"])] == [
        *("add", "delete")
    ]
    assert edited["changes"][0]["diff"] == "@@ -1,2 +1,2 @@\n-hello\n+bye\n world\n"
    assert (searched["type"], searched["query"]) == ("webSearch", "cats")
    assert (called["tool"], called["arguments"]) == ("nope", {"a": 1})
    assert called["output"] == "unsupported call: nope"
    assert (said["type"], said["text"]) == ("agentMessage", "Done")


def test_a_turn_has_its_model_its_end_and_the_tokens_so_far(stored: Stored) -> None:
    entries = list(read_entries(stored.path(stored.paginated)))
    assert entries[0].type == "session"
    assert [entry.data["model"] for entry in entries if entry.type == "turn"] == ["gpt-5.5"] * 2
    first, last = [entry.data for entry in entries if entry.type == "end"]
    assert (first["status"], first["usage"]["input_tokens"]) == ("completed", 600)
    assert (last["status"], last["error"]["codex_error_info"]) == ("failed", "usage_limit_exceeded")
    assert last["usage"] == first["usage"]  # counts are of the whole thread, and are not added up


def test_no_record_of_this_runtime_is_unknown(stored: Stored) -> None:
    for path in stored.store.files.values():
        kinds = {entry.type for entry in read_entries(path, find=stored.store.find)}
        assert "unknown" not in kinds, path
        assert "note" not in kinds, path


def test_a_fork_has_the_history_that_it_goes_on_from(stored: Stored) -> None:
    path = stored.path(stored.fork)
    with_base = items(path, find=stored.store.find)
    texts = [item["text"] for item in with_base if item["type"] == "agentMessage"]
    assert texts == ["Done", "Forked"]
    assert len(items(path)) == 2
    (note,) = [entry.data["text"] for entry in read_entries(path) if entry.type == "note"]
    assert stored.paginated in note


def test_a_thread_that_was_reverted_has_what_is_left_of_it(stored: Stored) -> None:
    found = items(stored.path(stored.reverted), find=stored.store.find)
    texts = [item["text"] for item in found if item["type"] == "agentMessage"]
    assert texts == ["Answer 1", "Answer 2", "Answer 5"]


def test_a_sub_agent_does_not_repeat_the_turns_of_its_parent(stored: Stored) -> None:
    for turns, parent in stored.parents.items():
        agent = stored.store.agent(stored.path(parent))
        (child,) = agent.children
        assert child.name == f"/root/sub_{turns}"
        texts = json.dumps([entry.data for entry in read_entries(child.path)])
        assert "Child is done" in texts
        assert "Prompt of the parent" not in texts
        assert [each.id for each in agent.all()] == [parent, child.id]


def test_an_older_sub_agent_without_ordinals_does_not_repeat_them_either(
    stored: Stored, tmp_path: Path
) -> None:
    agent = stored.store.agent(stored.path(stored.parents["all"]))
    lines = agent.children[0].path.read_text().splitlines()
    records = [json.loads(line) for line in lines]
    for record in records:
        record.pop("ordinal", None)
    records[0]["payload"].pop("subagent_history_start_ordinal")
    path = written(tmp_path, *records)
    texts = json.dumps([entry.data for entry in read_entries(path)])
    assert "Child is done" in texts
    assert "Prompt of the parent" not in texts


# --- what no runtime wrote -----------------------------------------------------------------------


def written(folder: Path, *records: Any) -> Path:
    path = folder / "rollout-x.jsonl"
    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    path.write_text("\n".join(lines))
    return path


def response(role: str, text: str) -> Json:
    content = [{"type": "input_text", "text": text}]
    payload = {"type": "message", "role": role, "content": content}
    return {"type": "response_item", "payload": payload}


def event(kind: str, **more: Any) -> Json:
    return {"type": "event_msg", "payload": {"type": kind, **more}}


def told(path: Path) -> list[Entry]:
    return list(read_entries(path))


def test_an_unknown_record_and_an_unknown_event_are_shown(tmp_path: Path) -> None:
    strange = {"type": "from_the_future", "payload": {"a": 1}}
    path = written(
        tmp_path, strange, event("also_new", b=2), {"type": "response_item", "payload": 7}
    )
    entries = told(path)
    assert [entry.type for entry in entries] == ["unknown"] * 3
    assert entries[0].data == strange
    assert entries[1].data["payload"]["b"] == 2


@pytest.mark.parametrize(
    "record",
    [
        event("patch_apply_end", changes={"a": 1}),
        event("mcp_tool_call_end", invocation="x"),
        event("token_count", info=[1]),
        event("exec_command_end", command=["ls"], duration={"secs": "long"}),
        {"type": "response_item", "payload": {"type": "message", "role": "user", "content": 5}},
        {"type": "response_item", "payload": {"type": "reasoning", "summary": "text"}},
    ],
)
def test_a_known_record_of_another_shape_is_shown_as_unknown(
    tmp_path: Path, record: dict[str, Any]
) -> None:
    path = written(tmp_path, record, event("agent_message", message="After it"))
    strange, after = told(path)
    assert (strange.type, strange.data) == ("unknown", record)
    assert after.data["text"] == "After it"


@pytest.mark.parametrize("write", [write_html, write_markdown, write_jsonl])
@pytest.mark.parametrize(
    "record",
    [
        event("task_complete", error="text"),
        event("item_completed", item={"type": "UserMessage", "content": 5}),
        event("item_completed", item={"type": "CollabAgentToolCall", "receiver_thread_ids": 5}),
        event("item_completed", item={"type": "Reasoning", "summary_text": 5}),
    ],
)
def test_an_entry_of_another_shape_is_written_whole(
    tmp_path: Path, write: Callable[..., None], record: dict[str, Any]
) -> None:
    path = written(tmp_path, record, event("agent_message", message="After it"))
    out = io.StringIO()
    write(path, out)
    assert "After it" in out.getvalue()
    write_index([summary_of(path, "x.html")], out)


def test_a_line_that_is_cut_off_and_one_that_is_no_record_are_shown(tmp_path: Path) -> None:
    path = written(tmp_path, response("assistant", "Hi"), "[1]", '{"type": "event_msg", "payl')
    kinds = [(entry.type, entry.data["type"]) for entry in told(path)]
    assert kinds == [("item", "agentMessage"), ("unknown", "unreadable"), ("unknown", "unreadable")]


def test_messages_without_events_are_told_from_the_models_records(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        response("user", "<environment_context>x</environment_context>"),
        response("user", "Hello"),
        response("assistant", "Hi"),
        event("agent_message", message="Bye"),
        response("assistant", "Bye"),
        response("user", "Last"),
    )
    found = [(entry.type, entry.data.get("type")) for entry in told(path)]
    kinds = ("userMessage", "agentMessage", "agentMessage", "userMessage")
    assert found == [("context", None), *[("item", kind) for kind in kinds]]


def test_the_same_prompt_twice_is_told_twice(tmp_path: Path) -> None:
    once = [response("user", "Again"), event("user_message", message="Again")]
    path = written(tmp_path, *once, event("task_complete"), *once)
    assert [entry.data["type"] for entry in told(path) if entry.type == "item"] == [
        "userMessage",
        "userMessage",
    ]


def test_a_call_whose_output_never_came_is_shown(tmp_path: Path) -> None:
    call = {"type": "function_call", "name": "shell", "call_id": "1"}
    call["arguments"] = json.dumps({"command": ["ls", "a b"]})
    path = written(tmp_path, {"type": "response_item", "payload": call})
    (entry,) = told(path)
    assert (entry.data["type"], entry.data["command"]) == ("commandExecution", "ls 'a b'")


def test_a_file_that_is_not_there_is_an_error_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(TranscriptError, match="cannot read") as caught:
        told(tmp_path / "none.jsonl")
    assert caught.value.path == str(tmp_path / "none.jsonl")


def test_forks_in_a_circle_end(tmp_path: Path) -> None:
    base = {"thread_id": "b", "end_byte_offset": 10_000}
    meta = {"type": "session_meta", "payload": {"id": "a", "history_base": base}}
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
    first, second = written(one, meta), written(two, meta)
    places = iter([second, first] * 100)
    assert told(first)[-1].type == "note"
    entries = list(read_entries(first, find=lambda ident: next(places)))
    assert entries[-1].type == "note"
