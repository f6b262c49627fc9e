"""Our classes as others meet them: as fields of their models, and as plain JSON values."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from openai_codex import ExternalMessage, Spend, TurnResult
from openai_codex._schema.plain import plain
from openai_codex.types import InputTextFunctionCallOutputContentItem as Text
from openai_codex.types import TurnStatus

Json = dict[str, Any]

COUNTS = {
    "totalTokens": 15,
    "inputTokens": 10,
    "cachedInputTokens": 2,
    "outputTokens": 5,
    "reasoningOutputTokens": 0,
}
SPENT = Spend(input_tokens=10, output_tokens=5, usd=Decimal("0.25"))
RESULTS: TypeAdapter[TurnResult[Any]] = TypeAdapter(TurnResult)
MESSAGES = TypeAdapter(ExternalMessage)


def given(**more: Any) -> Json:
    """Return a result as JSON data."""
    item = {"type": "agentMessage", "id": "m1", "text": "Done"}
    return {
        "id": "t1",
        "status": "completed",
        "error": None,
        "started_at": 1,
        "completed_at": 4,
        "duration_ms": 2875,
        "final_response": "Done",
        "items": [item],
        "usage": {"total": COUNTS, "last": COUNTS, "modelContextWindow": None},
        **more,
    }


def test_a_result_is_read_with_all_its_fields() -> None:
    data = given(output={"a": 1}, turn_usage=COUNTS, spent=SPENT.to_dict())
    result = RESULTS.validate_python(data)
    assert (result.id, result.status, result.error) == ("t1", TurnStatus.completed, None)
    assert (result.started_at, result.completed_at, result.duration_ms) == (1, 4, 2875)
    assert (result.final_response, result.output) == ("Done", {"a": 1})
    assert [item.id for item in result.items] == ["m1"]
    assert result.usage is not None
    assert result.usage.total.total_tokens == 15
    assert result.turn_usage is not None
    assert result.turn_usage.input_tokens == 10
    assert result.spent == SPENT


def test_what_a_result_may_lack_is_none() -> None:
    result = RESULTS.validate_python(given())
    assert (result.output, result.turn_usage, result.spent) == (None, None, None)
    empty = dict.fromkeys(("started_at", "completed_at", "duration_ms", "final_response", "usage"))
    result = RESULTS.validate_python(given(**empty, turn_usage=None, spent=None))
    assert {getattr(result, name) for name in empty} == {None}


def test_a_failed_result_has_its_error() -> None:
    result = RESULTS.validate_python(given(status="failed", error={"message": "no more"}))
    assert result.error is not None
    assert result.error.message == "no more"


@pytest.mark.parametrize(
    "name",
    [
        *("id", "status", "error", "started_at", "completed_at", "duration_ms"),
        *("final_response", "items", "usage"),
    ],
)
def test_a_result_without_one_of_its_fields_is_refused_by_name(name: str) -> None:
    data = given()
    del data[name]
    with pytest.raises(ValidationError, match=rf"(?s)1 validation error.*\b{name}\n"):
        RESULTS.validate_python(data)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *(("id", 3), ("started_at", "soon"), ("completed_at", "soon"), ("duration_ms", "long")),
        *(("final_response", 3), ("items", 3), ("usage", 3), ("turn_usage", 3), ("spent", 3)),
        ("error", 3),
    ],
)
def test_a_field_of_another_kind_is_refused_by_name(name: str, wrong: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        RESULTS.validate_python(given(**{name: wrong}))
    assert {error["loc"][0] for error in caught.value.errors()} == {name}


def test_a_result_goes_to_json_and_back_as_a_field_of_a_model() -> None:
    class Report(BaseModel):
        result: TurnResult  # type: ignore[type-arg]
        spent: Spend

    report = Report(result=RESULTS.validate_python(given(spent=SPENT.to_dict())), spent=SPENT)
    again = Report.model_validate_json(report.model_dump_json())
    assert again == report
    assert (again.spent, again.result.spent) == (SPENT, SPENT)
    assert report.model_dump()["spent"] == SPENT.to_dict()


def test_an_instance_is_taken_as_it_is() -> None:
    assert TypeAdapter(Spend).validate_python(SPENT) is SPENT
    message = ExternalMessage("ci", "red")
    assert MESSAGES.validate_python(message) is message
    with pytest.raises(ValidationError):
        TypeAdapter(Spend).validate_python(3)


def test_a_message_from_outside_is_read_and_checked() -> None:
    assert MESSAGES.validate_python({"tool_name": "ci", "content": "red"}) == (
        ExternalMessage("ci", "red")
    )
    data = {"tool_name": "ci", "content": [{"type": "input_text", "text": "x"}], "namespace": "n"}
    message = MESSAGES.validate_python(data)
    assert (message.tool_name, message.namespace) == ("ci", "n")
    assert message.content == [Text(text="x")]
    assert MESSAGES.validate_python(replace(message)) == message
    with pytest.raises(ValidationError, match="must not be blank"):
        MESSAGES.validate_python({"tool_name": " ", "content": "red"})


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({"content": "red"}, "tool_name"),
        ({"tool_name": "ci"}, "content"),
        ({"tool_name": "ci", "content": 3}, "content"),
        ({"tool_name": "ci", "content": "red", "namespace": 3}, "namespace"),
    ],
)
def test_a_message_of_another_shape_is_refused_by_name(data: Json, name: str) -> None:
    with pytest.raises(ValidationError) as caught:
        MESSAGES.validate_python(data)
    assert {error["loc"][0] for error in caught.value.errors()} == {name}


# --- plain values --------------------------------------------------------------------------------


class Color(enum.Enum):
    RED = "red"


class Word(str):
    """Text of a class of its own."""


class Place(NamedTuple):
    x: int
    y: Any


@dataclass
class Point:
    x: int
    y: Any


class Model(BaseModel):
    the_x: int


class Known:
    def to_dict(self) -> dict[str, int]:
        return {"a": 1}


class Odd:
    def __str__(self) -> str:
        return "odd"


CIRCLE: list[Any] = []
CIRCLE.append({"a": CIRCLE})


@pytest.mark.parametrize(
    ("value", "data"),
    [
        *((None, None), (True, True), (3, 3), ("\u00e4", "\u00e4"), (1.5, 1.5)),
        *((float("nan"), None), (float("inf"), None)),
        *((Word("x"), "x"), (Color.RED, "red"), (Known(), {"a": 1}), (Odd(), "odd")),
        ([1, (2, Known()), [Color.RED]], [1, [2, {"a": 1}], ["red"]]),
        ({"a": [Decimal("1.5"), b"\xfb\xff"]}, {"a": ["1.5", "-_8="]}),
        (Place(1, Color.RED), [1, "red"]),
        (Place(1, Known()), [1, {"a": 1}]),
        (Point(1, {"b": datetime.date(2026, 11, 30)}), {"x": 1, "y": {"b": "2026-11-30"}}),
        (Model(the_x=1), {"the_x": 1}),
        ({"a": Odd()}, {"a": "odd"}),
        (
            {
                1,
            },
            [1],
        ),
    ],
)
def test_a_value_is_plain_json(value: Any, data: Any) -> None:
    found = plain(value)
    assert found == data
    assert type(found) is type(data)


def test_a_value_without_an_end_is_its_text() -> None:
    assert plain({"a": CIRCLE}) == str({"a": CIRCLE})
