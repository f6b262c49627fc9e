"""A result, an event, an item are data: plain values that survive `json.dumps`."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import math
from typing import Any, NamedTuple

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_codex import Notification, TurnResult
from openai_codex._schema.plain import plain
from openai_codex._turns.collector import TurnCollector
from openai_codex._wire.lookup import model_class
from openai_codex.types import AgentMessageThreadItem, UnknownThreadItem

ITEM = {"type": "agentMessage", "id": "m1", "text": "Done", "newField": {"aB": 1}}
COMMAND: dict[str, Any] = {
    "type": "commandExecution",
    "id": "c1",
    "command": "ls",
    "aggregatedOutput": None,
}
COMMAND |= {"commandActions": [], "cwd": "/", "status": "completed", "exitCode": 3}
USAGE = {"totalTokens": 15, "inputTokens": 10, "cachedInputTokens": 0, "outputTokens": 5}
USAGE |= {"reasoningOutputTokens": 0, "cacheWriteInputTokens": 0}


def note(method: str, **params: Any) -> Notification:
    return Notification.from_wire(method, {"threadId": "th", "turnId": "t1", **params}, 0)


def result_of(*items: Any, **turn: Any) -> TurnResult[Any]:
    collector = TurnCollector("t1")
    for item in items:
        collector.feed(note("item/completed", item=item))
    usage = {"total": USAGE, "last": USAGE, "modelContextWindow": None}
    collector.feed(note("thread/tokenUsage/updated", tokenUsage=usage))
    collector.feed(note("turn/completed", turn={"id": "t1", "status": "completed", **turn}))
    return collector.result()


def test_a_result_has_one_key_for_each_field_in_their_order() -> None:
    data = result_of(ITEM, COMMAND, startedAt=1, completedAt=2, durationMs=1000).to_dict()
    assert list(data) == [*(field.name for field in dataclasses.fields(TurnResult)), "agents"]
    assert not any(name.startswith("_") for name in data)
    assert data["agents"] == []
    assert data["status"] == "completed"
    assert (data["started_at"], data["completed_at"], data["duration_ms"]) == (1, 2, 1000)
    assert data["final_response"] == "Done"
    assert [item["type"] for item in data["items"]] == ["agentMessage", "commandExecution"]
    assert data["items"][1]["exit_code"] == 3
    assert data["turn_usage"]["total_tokens"] == 15
    assert data["output"] is None
    assert json.loads(json.dumps(data)) == data


def test_the_json_of_a_result_is_one_line_unless_indented() -> None:
    result = result_of({**ITEM, "text": "One\u2028two\nthree é"})
    line = result.to_json()
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line) == json.loads(result.to_json(indent=2)) == result.to_dict()


@pytest.mark.parametrize("odd", [{"type": "hologram", "depth": 3}, {"type": 7}, {"id": None}])
def test_an_item_of_no_known_shape_stays_as_it_came(odd: dict[str, Any]) -> None:
    assert result_of(odd).to_dict()["items"] == [odd]


def test_a_failed_result_is_data_too() -> None:
    error = {"message": "no", "codexErrorInfo": "badRequest", "additionalDetails": None}
    data = result_of(status="failed", error=error).to_dict()
    assert data["status"] == "failed"
    assert data["error"]["message"] == "no"
    assert data["error"]["codex_error_info"] == "badRequest"


def test_an_event_is_its_method_and_its_payload() -> None:
    event = note("item/agentMessage/delta", itemId="m1", delta="Do")
    assert event.to_dict() == {
        "method": "item/agentMessage/delta",
        "payload": {"delta": "Do", "item_id": "m1", "thread_id": "th", "turn_id": "t1"},
    }
    assert json.loads(event.to_json()) == event.to_dict()


def test_an_event_of_no_known_method_keeps_its_params() -> None:
    event = note("some/new/event", aB=1)
    assert event.to_dict()["payload"] == {"threadId": "th", "turnId": "t1", "aB": 1}


def test_an_item_is_data() -> None:
    item = result_of(ITEM).items[0]
    assert isinstance(item, AgentMessageThreadItem)
    assert item.to_dict()["text"] == "Done"
    assert item.to_dict()["newField"] == {"aB": 1}
    assert json.loads(item.to_json()) == item.to_dict()
    unknown = result_of({"type": "hologram", "x": [1]}).items[0]
    assert isinstance(unknown, UnknownThreadItem)
    assert unknown.to_dict() == {"type": "hologram", "x": [1]}


# --- outputs of the user's types -----------------------------------------------------------------


class Color(enum.Enum):
    red = "r"


@dataclasses.dataclass
class Point:
    x: float
    seen: datetime.date


class Pair(NamedTuple):
    a: int
    b: bytes


class Invoice(pydantic.BaseModel):
    total: float = pydantic.Field(alias="sum")
    color: Color


class Odd:
    def __str__(self) -> str:
        return "odd"


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (Invoice(sum=1.5, color=Color.red), {"total": 1.5, "color": "r"}),
        (Point(1.0, datetime.date(2026, 1, 2)), {"x": 1.0, "seen": "2026-01-02"}),
        (Pair(1, b"\xff\x00"), [1, "_wA="]),
        ([Color.red, None, True], ["r", None, True]),
        ({1: {Color.red}}, {"1": ["r"]}),
        (math.nan, None),
        (math.inf, None),
        (b"hi", "aGk="),
        (Odd(), "odd"),
        ([Odd()], ["odd"]),
        ({"a": Odd()}, {"a": "odd"}),
    ],
)
def test_an_output_is_what_its_type_is_as_json(value: Any, data: Any) -> None:
    assert plain(value) == data
    result = result_of(ITEM)
    result.output = value
    assert json.loads(result.to_json())["output"] == data


@given(st.recursive(st.none() | st.booleans() | st.text() | st.integers() | st.floats(), st.lists))
def test_every_plain_value_survives(value: Any) -> None:
    json.dumps(plain(value), allow_nan=False)


# --- texts ---------------------------------------------------------------------------------------


def test_the_text_of_a_model_keeps_its_class() -> None:
    item = AgentMessageThreadItem(id="m1", text="Done")
    assert str(item) == repr(item)
    assert str(item).startswith("AgentMessageThreadItem(")


def thread(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": f"th-{number}", "updatedAt": 1_700_000_000, "cwd": "/srv", "name": None} | {
        "preview": f"Task {number}",
        **fields,
    }


def test_a_list_of_threads_prints_as_a_short_table() -> None:
    data = [thread(1, name="Fix it"), thread(2, preview="x\x1b[31m\ny"), *map(thread, range(3, 30))]
    page = model_class("ThreadListResponse").model_construct(data=[], next_cursor="c")
    page.data = [model_class("Thread").model_construct(**_snake(one)) for one in data]
    lines = str(page).splitlines()
    assert lines[0] == "ThreadListResponse: 29 threads"
    assert lines[1].split() == ["id", "updated", "name", "cwd"]
    assert "Fix it" in lines[2]
    assert r"x\x1b[31m\ny" in lines[3]
    assert lines[-2:] == ["... and 9 more", "(there is a next page: next_cursor='c')"]
    assert len(lines) == 24


def test_an_empty_list_prints_its_count() -> None:
    page = model_class("ModelListResponse").model_construct(data=[], next_cursor=None)
    assert str(page) == "ModelListResponse: 0 models"


def _snake(fields: dict[str, Any]) -> dict[str, Any]:
    return {"updated_at" if name == "updatedAt" else name: v for name, v in fields.items()}
