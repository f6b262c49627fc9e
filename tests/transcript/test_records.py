"""What each record of a thread's file tells, and where the files of a home are."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from openai_codex.transcript import lines, read_entries, reader
from openai_codex.transcript.entries import Entry
from openai_codex.transcript.errors import TranscriptError
from openai_codex.transcript.lines import first_record, records
from openai_codex.transcript.store import Store, home_folder

Json = dict[str, Any]

NAMES = [f"{number:08x}-0000-0000-0000-000000000000" for number in range(10)]
AT = "2026-11-30T12:00:00Z"


def written(path: Path, *found: Json | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = [each if isinstance(each, str) else json.dumps(each) for each in found]
    path.write_text("".join(f"{text}\n" for text in texts))
    return path


def record(kind: str, **payload: Any) -> Json:
    return {"timestamp": AT, "type": kind, "payload": payload}


def event(kind: str, **more: Any) -> Json:
    return record("event_msg", type=kind, **more)


def response(kind: str, **more: Any) -> Json:
    return record("response_item", type=kind, **more)


def message(role: str, *texts: str, image: Any = None) -> Json:
    content: list[Json] = [{"type": "input_text", "text": text} for text in texts]
    pictures = [] if image is None else [{"type": "input_image", "image_url": image}]
    return response("message", role=role, id="m1", content=[*content, *pictures])


@pytest.fixture
def told(tmp_path: Path) -> Any:
    def entries(*found: Json | str) -> list[Entry]:
        return list(read_entries(written(tmp_path / "rollout.jsonl", *found)))

    return entries


# --- records -----------------------------------------------------------------------------------


def test_a_turn_begins_with_its_facts_alone(told: Any) -> None:
    facts = {"turn_id": "t1", "model": "m", "cwd": "/c", "approval_policy": "never"}
    assert told(record("turn_context", **facts, other=1)) == [Entry("turn", AT, facts)]


@pytest.mark.parametrize(
    ("kind", "error", "status"),
    [
        ("task_complete", None, "completed"),
        ("turn_complete", {"message": "no"}, "failed"),
        ("turn_aborted", None, "interrupted"),
    ],
)
def test_a_turn_ends_with_its_tokens_and_its_time(
    told: Any, kind: str, error: Any, status: str
) -> None:
    count = event("token_count", info={"total_token_usage": {"total_tokens": 5}})
    nothing = event("token_count", info=None)
    end = event(kind, error=error, duration_ms=7)
    data = {"status": status, "error": error, "durationMs": 7, "usage": {"total_tokens": 5}}
    assert told(count, nothing, end) == [Entry("end", AT, data)]


@pytest.mark.parametrize(
    "kind", ["error", "warning", "stream_error", "background_event", "context_compacted"]
)
def test_what_the_runtime_tells_people_is_a_note(told: Any, kind: str) -> None:
    assert told(event(kind, message="so")) == [Entry("note", AT, {"text": "so"})]
    assert told(event(kind)) == [Entry("note", AT, {"text": kind})]


@pytest.mark.parametrize(
    "kind",
    [
        *("task_started", "turn_started", "thread_settings_applied", "agent_reasoning_raw_content"),
        *("agent_reasoning_section_break", "exec_command_begin", "exec_command_output_delta"),
        *("patch_apply_begin", "mcp_tool_call_begin", "web_search_begin", "turn_diff"),
        *("plan_update", "thread_name_updated"),
    ],
)
def test_an_event_that_says_nothing_to_a_person_is_left_out(told: Any, kind: str) -> None:
    assert told(event(kind)) == []


@pytest.mark.parametrize(
    "kind", ["world_state", "token_usage_record", "inter_agent_communication_metadata"]
)
def test_a_record_that_says_nothing_to_a_person_is_left_out(told: Any, kind: str) -> None:
    assert told(record(kind, text="x")) == []


def test_a_compaction_is_a_note(told: Any) -> None:
    assert told(record("compacted", message="The story so far")) == [
        Entry("note", AT, {"text": "The story so far"})
    ]
    (note,) = told(record("compacted"))
    assert note.data == {"text": "the conversation was compacted"}


def test_a_message_of_another_agent_is_context(told: Any) -> None:
    content = [{"text": "Look"}]
    (found,) = told(response("agent_message", author="/root", content=content))
    assert found == Entry("context", AT, {"role": "/root", "text": "Look", "images": []})


def test_a_search_of_the_model_is_told_by_its_event_alone(told: Any) -> None:
    assert told(response("web_search_call", query="q")) == []
    assert [entry.type for entry in told(response("of_tomorrow"))] == ["unknown"]


def test_a_record_that_is_not_known_keeps_its_time_and_its_place(told: Any) -> None:
    odd = event("patch_apply_end", changes={"a": 1})
    for strange in ({"timestamp": AT, "type": "new"}, odd):
        asked, unknown = told(message("user", "Hello"), strange)
        assert asked.data["type"] == "userMessage"
        assert unknown == Entry("unknown", AT, strange)
    assert told(event("new")) == [Entry("unknown", AT, event("new"))]
    assert told(response("new")) == [Entry("unknown", AT, response("new"))]


# --- calls -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "output"),
    [
        ("function_call", "function_call_output"),
        ("custom_tool_call", "custom_tool_call_output"),
        ("tool_search_call", "tool_search_output"),
        ("local_shell_call", "function_call_output"),
    ],
)
def test_a_call_and_its_output_are_one_item(told: Any, call: str, output: str) -> None:
    (found,) = told(
        response(call, call_id="c1", name="greet", arguments='{"a": 1}'),
        response(output, call_id="c1", output="hello"),
        response(output, call_id="c1", output="again"),
    )
    assert (found.type, found.at) == ("item", AT)
    assert found.data == {
        "type": "dynamicToolCall",
        "id": "c1",
        "namespace": None,
        "tool": "greet",
        "arguments": {"a": 1},
        "output": "hello",
    }


def test_a_call_that_an_item_tells_of_is_not_told_again(told: Any) -> None:
    found = told(
        response("function_call", call_id="c1", name="exec_command", arguments="{}"),
        event("exec_command_end", call_id="c1", command=["ls"], exit_code=0),
        response("function_call_output", call_id="c1", output="Output:\nx"),
    )
    assert [entry.data["command"] for entry in found] == ["ls"]


def test_calls_that_wait_for_their_output_are_bounded(
    told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "PENDING", 2)
    calls = [response("function_call", id=f"c{number}", name=f"n{number}") for number in range(3)]
    found = told(*calls, event("agent_message", message="said"))
    assert [entry.data.get("tool") for entry in found] == ["n0", None, "n1", "n2"]
    assert [entry.at for entry in found] == [None, AT, None, None]


# --- one thing told twice ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["<environment_context>x", " # AGENTS.md of x", "# Files mentioned by", " ", ""]
)
def test_what_the_runtime_wrote_for_the_user_is_context(told: Any, text: str) -> None:
    assert told(message("user", text)) == [
        Entry("context", AT, {"role": "user", "text": text, "images": []})
    ]


def test_what_is_neither_the_users_nor_the_models_is_context(told: Any) -> None:
    (found,) = told(message("developer", "Be kind"))
    assert found == Entry("context", AT, {"role": "developer", "text": "Be kind", "images": []})


def test_a_prompt_has_the_images_that_the_model_was_sent(told: Any) -> None:
    sent = message("user", "<image name=x>", "Look", "</image>", image="data:image/png;base64,AA")
    seen = event("user_message", message="Look", images=["gone"], local_images=["/a.png"])
    picture = {"type": "image", "url": "data:image/png;base64,AA"}
    content = [{"type": "text", "text": "Look"}, picture]
    (alone,) = told(sent)
    assert alone == Entry("item", AT, {"type": "userMessage", "content": content})
    (both,) = told(sent, seen)
    assert both.data["content"] == content


def test_an_image_without_an_address_is_none(told: Any) -> None:
    (found,) = told(message("user", "Look", image=7))
    assert found.data["content"] == [{"type": "text", "text": "Look"}]


def test_a_prompt_keeps_its_own_images_where_the_model_was_sent_none(told: Any) -> None:
    (found,) = told(
        message("user", "Look"), event("user_message", message="Look", local_images=["/a.png"])
    )
    assert found.data["content"][1] == {"type": "local_image", "path": "/a.png"}


def test_a_prompt_stays_before_what_follows_it(told: Any) -> None:
    for after in (event("task_complete"), message("assistant", "Hi"), {"type": "new"}):
        first, *_ = told(message("user", "Hello"), after)
        assert first.data["type"] == "userMessage"


def test_an_answer_is_told_once_whichever_record_comes_first(told: Any) -> None:
    said, stored = event("agent_message", message="Hi"), message("assistant", "Hi")
    for both in ((said, stored), (stored, stored)):
        assert [entry.data["text"] for entry in told(*both)] == ["Hi"]
    (found,) = told(stored)
    assert found == Entry("item", AT, {"type": "agentMessage", "id": "m1", "text": "Hi"})


def test_an_answer_is_told_again_where_it_was_said_long_before(
    told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "RECENT", 2)
    said = [event("agent_message", message=text) for text in "abc"]
    again = [message("assistant", text) for text in "bca"]
    assert [entry.data["text"] for entry in told(*said, *again)] == ["a", "b", "c", "a"]


def test_a_thought_is_told_once(told: Any) -> None:
    summary = [{"text": "One"}, {"text": "Two"}]
    stored = response("reasoning", id="r1", summary=summary)
    (found,) = told(stored)
    data = {"type": "reasoning", "id": "r1", "summary": ["One", "Two"], "content": []}
    assert found == Entry("item", AT, data)
    parts = [event("agent_reasoning", text=text) for text in ("One", "Two")]
    assert [entry.data["summary"] for entry in told(*parts, stored)] == [["One"], ["Two"]]
    assert len(told(parts[0], stored)) == 2
    assert len(told(stored, stored)) == 1
    assert told(response("reasoning", summary=[])) == []


# --- forks ---------------------------------------------------------------------------------------


def base_of(folder: Path) -> Path:
    return written(
        folder / "base.jsonl", record("session_meta", id="b"), event("agent_message", message="old")
    )


def fork_of(folder: Path, name: str, ident: str, **base: Any) -> Path:
    meta = record("session_meta", id=name, history_base={"thread_id": ident, **base})
    return written(folder / f"{name}.jsonl", meta, event("agent_message", message=name))


def shown(entries: list[Entry]) -> list[Any]:
    return [entry.data.get("text") or entry.data.get("id") for entry in entries]


def test_a_fork_comes_first_and_then_what_it_goes_on_from(tmp_path: Path) -> None:
    base, fork = base_of(tmp_path), fork_of(tmp_path, "f", "b")
    asked: list[str] = []

    def find(ident: str) -> Path:
        asked.append(ident)
        return base

    assert shown(list(read_entries(fork, find=find))) == ["f", "old", "f"]
    assert asked == ["b"]


def test_a_fork_goes_on_from_a_byte_of_the_older_file(tmp_path: Path) -> None:
    base = base_of(tmp_path)
    end = len(base.read_bytes().splitlines(keepends=True)[0])
    for at, texts in ((end, ["f", "f"]), (end + 1, ["f", "old", "f"])):
        fork = fork_of(tmp_path, "f", "b", end_byte_offset=at)
        assert shown(list(read_entries(fork, find=lambda ident: base))) == texts


def test_forks_of_forks_end_at_their_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "DEEPEST", 3)
    paths = {str(number): fork_of(tmp_path, str(number), str(number + 1)) for number in range(9)}
    found = list(read_entries(paths["0"], find=paths.get))
    assert shown(found) == [
        *("0", "goes on from thread 4, whose file is not here"),
        *("3", "2", "1", "0"),
    ]


def test_a_sub_agents_own_records_begin_at_their_ordinal(told: Any) -> None:
    meta = record("session_meta", id="a", subagent_history_start_ordinal=2)
    said = [event("agent_message", message=str(number)) for number in range(4)]
    numbered = [{**each, "ordinal": number} for number, each in enumerate(said)]
    assert shown(told(meta, *numbered, event("agent_message", message="x"))) == [
        *("a", "0", "2", "3", "x")
    ]


def test_an_older_sub_agents_own_records_begin_with_its_own_turn(told: Any) -> None:
    parent = record("session_meta", id="p")
    copied = event("agent_message", message="of the parent")
    for own in (
        event("agent_message", message="own", thread_id="a"),
        event("agent_message", message="own", turn_attribution={"parent_turn_id": "t"}),
    ):
        found = told(record("session_meta", id="a"), parent, copied, own, copied)
        assert shown(found) == ["a", "own", "of the parent"]
    again = told(record("session_meta", id="a"), record("session_meta", id="a"), copied)
    assert shown(again) == ["a", "of the parent"]


# --- lines ---------------------------------------------------------------------------------------


def test_a_line_over_the_bound_is_told_of_and_the_next_one_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MOST", 20)
    fits = '{"type": "' + "x" * 7 + '"}'
    assert len(fits) == 19
    path = written(tmp_path / "long.jsonl", fits, "y" * 20, "z" * 70, "", " ", fits)
    found = list(records(path))
    assert [each["type"] for each in found] == [*("xxxxxxx", "unreadable", "unreadable", "xxxxxxx")]
    assert found[1]["payload"] == {"why": "a record of more than 20 bytes", "text": "y" * 20}
    path.write_text(fits + "}")  # the last line has no end, and no more than may be
    assert "more than 20" in str(list(records(path)))
    path.write_text(fits)
    assert list(records(path)) == [{"type": "xxxxxxx"}]


def test_of_a_line_that_is_no_record_the_beginning_is_shown(tmp_path: Path) -> None:
    path = written(tmp_path / "odd.jsonl", "[1]", "x" * 3000)
    first, second = (each["payload"] for each in records(path))
    assert first == {"why": "not an object", "text": "[1]\n"}
    assert second["text"] == "x" * 2000
    assert "expected" in second["why"]
    path.write_bytes(b"\xff\n")
    assert [each["payload"]["text"] for each in records(path)] == ["\ufffd\n"]


def test_records_end_at_a_byte(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", {"type": "a"}, {"type": "b"})
    size = len(path.read_text().splitlines()[0]) + 1
    assert [len(list(records(path, until=until))) for until in (0, 1, size, size + 1, None)] == [
        *(0, 1, 1, 2, 2)
    ]


def test_the_first_record_is_that_of_a_session_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    assert first_record(written(path, record("session_meta", id="a"))) == {"id": "a"}
    for other in (record("event_msg", id="a"), {"type": "session_meta", "payload": 7}):
        assert first_record(written(path, other)) == {}
    assert first_record(written(path)) == {}


# --- the files of a home -------------------------------------------------------------------------


def stored(home: Path, name: str, folder: str = "sessions/2026/11/30", **session: Any) -> Path:
    path = home / folder / f"rollout-2026-11-30T12-00-00-{name}.jsonl"
    return written(path, record("session_meta", **session))


def test_the_newest_file_of_a_thread_is_its_own_and_older_ones_are_found(tmp_path: Path) -> None:
    first = stored(tmp_path, NAMES[1])
    later = stored(tmp_path, f"{NAMES[1]}_{NAMES[5]}")
    latest = stored(tmp_path, f"{NAMES[1]}_{NAMES[7]}", "archived_sessions")
    other = stored(tmp_path, NAMES[0])
    written(tmp_path / "sessions" / "rollout-odd.jsonl", "{}")
    store = Store(tmp_path)
    assert list(store.files.items()) == [(NAMES[0], other), (NAMES[1], latest)]
    assert store.path_of(NAMES[1]) == latest
    assert [store.find(name) for name in (NAMES[1], NAMES[5], NAMES[7])] == [first, later, latest]
    assert store.find(NAMES[9]) is None
    with pytest.raises(TranscriptError, match=f"thread {NAMES[9]} has no file below"):
        store.path_of(NAMES[9])


def test_a_thread_that_lies_in_both_folders_has_one_file_however_it_is_asked_for(
    tmp_path: Path,
) -> None:
    stored(tmp_path, NAMES[1])
    archived = stored(tmp_path, NAMES[1], "archived_sessions")
    store = Store(tmp_path)
    assert store.path_of(NAMES[1]) == store.find(NAMES[1]) == archived


def test_a_thread_has_its_sub_agents_and_theirs(tmp_path: Path) -> None:
    root = stored(tmp_path, NAMES[0], id=NAMES[0])
    child = {"parent_thread_id": NAMES[0]}
    stored(tmp_path, NAMES[1], id=NAMES[1], agent_path="/root/a", agent_nickname="x", **child)
    stored(tmp_path, NAMES[2], id=NAMES[2], agent_nickname="Ada", **child)
    stored(tmp_path, NAMES[3], id=NAMES[3], parent_thread_id=NAMES[1])
    stored(tmp_path, NAMES[4], id=NAMES[4], parent_thread_id=7)
    agent = Store(tmp_path).agent(root)
    assert [(each.id, each.name) for each in agent.all()] == [
        (NAMES[0], NAMES[0]),
        (NAMES[1], "/root/a"),
        (NAMES[3], NAMES[3]),
        (NAMES[2], "Ada"),
    ]
    assert [len(each.children) for each in agent.all()] == [2, 1, 0, 0]


def test_a_thread_without_an_id_is_called_by_its_file(tmp_path: Path) -> None:
    path = written(tmp_path / "odd.jsonl", {"type": "event_msg"})
    assert Store(tmp_path).agent(path).id == "odd"


def test_sub_agents_that_are_each_others_parents_end(tmp_path: Path) -> None:
    one = stored(tmp_path, NAMES[0], id=NAMES[0], parent_thread_id=NAMES[1])
    stored(tmp_path, NAMES[1], id=NAMES[1], parent_thread_id=NAMES[0])
    assert len(list(Store(tmp_path).agent(one).all())) == 33


def test_a_home_is_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEX_HOME", str(tmp_path))
    assert home_folder() == tmp_path == Store().home
    monkeypatch.delenv("CODEX_HOME")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert home_folder() == tmp_path / ".codex"
    assert Store(os.fspath(tmp_path)).home == tmp_path
