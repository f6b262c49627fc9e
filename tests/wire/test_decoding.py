"""What arrives becomes a model, whatever it is; nothing that arrives is lost and nothing raises."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from pydantic_core import from_json

from openai_codex import methods
from openai_codex._wire import (
    UnknownNotification,
    UnknownQuestion,
    decode,
    decode_notification,
    decode_question,
    lenient,
    model_class,
    question_response,
)
from openai_codex._wire.tables import NOTIFICATIONS, QUESTIONS, UNLISTED
from openai_codex.types import (
    AgentMessageDeltaNotification,
    AgentMessageThreadItem,
    CommandExecutionRequestApprovalParams,
    CommandExecutionThreadItem,
    ItemCompletedNotification,
    Thread,
    Turn,
    TurnCompletedNotification,
    TurnStatus,
    UnknownThreadItem,
)
from tests.wire.samples import valid_samples


def params_of(line: str) -> tuple[str, Any]:
    message = from_json(line)
    return message["method"], message["params"]


def line(item: str, *, at: str = '"completedAtMs":1760000000000') -> str:
    return (
        '{"method":"item/completed","params":{"item":' + item + ',"threadId":"th","turnId":"t1",'
        + at + '},"emittedAtMs":1760000000001}'
    )  # fmt: skip


@pytest.fixture(autouse=True)
def fresh_memory_of_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lenient, "_told", set())


def test_a_delta_is_typed() -> None:
    got = decode_notification(
        *params_of(
            '{"method":"item/agentMessage/delta","params":{"threadId":"th","turnId":"t1",'
            '"itemId":"i","delta":"Hel"}}'
        )
    )
    assert isinstance(got, AgentMessageDeltaNotification)
    assert (got.thread_id, got.turn_id, got.item_id, got.delta) == ("th", "t1", "i", "Hel")


def test_an_item_is_its_variant_and_answers_to_root() -> None:
    text = line('{"type":"agentMessage","id":"m1","text":"Hello","phase":"final_answer"}')
    got = decode_notification(*params_of(text))
    assert isinstance(got, ItemCompletedNotification)
    assert isinstance(got.item, AgentMessageThreadItem)
    assert got.item.root is got.item
    assert got.item.root.text == "Hello"
    assert got.item.phase == "final_answer"


def test_an_unknown_notification_keeps_its_params() -> None:
    got = decode_notification("thread/dreamt", {"threadId": "th", "dream": ["sheep"]})
    assert got == UnknownNotification({"threadId": "th", "dream": ["sheep"]})


def test_an_unknown_item_stays_in_its_place_with_its_raw_object() -> None:
    raw = {"type": "telepathy", "id": "x1", "thoughtCount": 3}
    got = decode_notification(*params_of(line(json.dumps(raw))))
    assert isinstance(got, ItemCompletedNotification)
    item: Any = got.item
    assert (item.type, item.raw) == ("telepathy", raw)
    assert type(item) is UnknownThreadItem
    assert got.model_dump(by_alias=True)["item"] == raw


def test_a_known_item_with_a_body_that_does_not_fit_keeps_its_type_and_reads_by_both_names() -> (
    None
):
    raw = {"type": "commandExecution", "id": "c1", "command": ["ls"], "exitCode": 0}
    got = decode_notification(*params_of(line(json.dumps(raw))))
    assert isinstance(got, ItemCompletedNotification)
    item: Any = got.item
    assert item.type == "commandExecution"
    assert item.exit_code == item.exitCode == 0
    assert type(item) is UnknownThreadItem
    with pytest.raises(AttributeError):
        _ = item.no_such_field


def test_an_unknown_enum_value_is_a_member_equal_to_its_string() -> None:
    turn = decode(Turn, {"id": "t1", "items": [], "status": "daydreaming"})
    assert isinstance(turn.status, TurnStatus)
    assert turn.status == "daydreaming"
    assert not turn.status.is_known


def test_one_field_that_does_not_fit_leaves_the_others_typed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    raw = {
        "turn": {
            "id": 17,
            "items": [{"type": "plan", "id": "p", "text": "do"}],
            "status": "failed",
        },
        "threadId": "th",
        "extra": 1,
    }
    with caplog.at_level(logging.WARNING, "openai_codex.wire"):
        got = decode_notification("turn/completed", raw)
        decode_notification("turn/completed", raw)
    assert type(got) is TurnCompletedNotification
    assert got.thread_id == "th"
    assert type(got.turn) is Turn
    turn: Any = got.turn
    assert (turn.id, turn.error) == (17, None)  # as it came; missing
    assert turn.status is TurnStatus.failed
    assert turn.items[0].type == "plan"
    assert got.model_dump(by_alias=True, exclude_unset=True, warnings=False) == raw
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "TurnCompletedNotification" in caplog.text
    assert "turn.id" in caplog.text


def test_one_bad_element_leaves_the_rest_of_a_list_typed() -> None:
    good = {"id": "t1", "items": [], "status": "completed"}
    thread: Any = decode(
        Thread, {"id": "th", "turns": [good, {"items": "none", "status": "completed"}]}
    )
    assert [type(turn) for turn in thread.turns] == [Turn, Turn]
    assert thread.turns[0].id == "t1"
    assert (thread.turns[1].id, thread.turns[1].items) == (None, "none")  # missing; as it came
    assert thread.preview is None


@pytest.mark.parametrize("method", sorted(NOTIFICATIONS))
def test_no_notification_raises_for_an_object(method: str) -> None:
    misfits: list[dict[str, Any]] = [{}, {"threadId": None, "turn": 7, "item": [], "error": "x"}]
    for raw in misfits:
        got = decode_notification(method, raw)
        assert type(got).__name__ == NOTIFICATIONS[method]


@pytest.mark.parametrize("method", sorted(QUESTIONS))
def test_no_question_raises_for_an_object(method: str) -> None:
    decode_question(method, {})
    for sample in valid_samples(QUESTIONS[method][0]):
        got: Any = decode_question(method, sample.value)
        assert got.model_dump(by_alias=True, exclude_unset=True) == sample.value


@pytest.mark.parametrize("params", [None, [], "text", 7])
def test_params_that_are_no_object_do_not_raise(params: Any) -> None:
    assert type(decode_notification("turn/completed", params)) is TurnCompletedNotification
    assert isinstance(decode_notification("no/such", params), UnknownNotification)
    assert isinstance(decode_question("no/such", params), UnknownQuestion)


@pytest.mark.parametrize("entry", list(methods.all()), ids=lambda entry: str(entry.method))
def test_no_result_raises_for_an_object(entry: methods.Entry) -> None:
    got = methods.find(entry.method).decode({"surprise": 1})
    assert got.model_dump(by_alias=True, exclude_unset=True) == {"surprise": 1}


def test_a_question_has_params_and_an_answer() -> None:
    got = decode_question(
        "item/commandExecution/requestApproval",
        {"threadId": "th", "turnId": "t1", "itemId": "c1", "command": "ls", "startedAtMs": 1},
    )
    assert isinstance(got, CommandExecutionRequestApprovalParams)
    assert got.command == "ls"
    response = question_response("item/commandExecution/requestApproval")
    answer = response(decision="decline")
    assert answer.model_dump(by_alias=True, exclude_unset=True) == {"decision": "decline"}
    assert question_response("no/such") is None


def test_all_that_the_server_says_has_models() -> None:
    assert len(NOTIFICATIONS) - len(UNLISTED) == 85
    assert len(QUESTIONS) == 11
    for name in [*NOTIFICATIONS.values(), *(name for pair in QUESTIONS.values() for name in pair)]:
        assert model_class(name).__name__ == name


def test_a_command_item_round_trips_as_the_runtime_sends_it() -> None:
    raw = {
        "type": "commandExecution",
        "id": "c1",
        "command": "/bin/bash -lc ls",
        "cwd": "/tmp/work",
        "processId": "17",
        "source": "agent",
        "status": "completed",
        "commandActions": [{"type": "listFiles", "command": "ls", "path": None}],
        "aggregatedOutput": "a.txt\n",
        "exitCode": 0,
        "durationMs": 12,
    }
    got = decode_notification(*params_of(line(json.dumps(raw))))
    assert isinstance(got, ItemCompletedNotification)
    assert isinstance(got.item, CommandExecutionThreadItem)
    assert got.item.model_dump(by_alias=True, exclude_unset=True) == raw
