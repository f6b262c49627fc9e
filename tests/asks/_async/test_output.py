"""Answers as Python types: sent as a strict schema, validated, repaired, or refused."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest
from pydantic import BaseModel, field_validator
from typing_extensions import TypedDict

from openai_codex import (
    AsyncCodex,
    OutputSchemaError,
    OutputType,
    OutputValidationError,
    Sandbox,
    methods,
)
from openai_codex.testing import run_command, say
from openai_codex.testing.fake import FakeAppServer
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


class Invoice(BaseModel):
    number: str
    total: float


@dataclass
class Point:
    x: int
    y: int = 0


class Movie(TypedDict):
    title: str


class Colour(Enum):
    red = "red"
    blue = "blue"


@pytest.mark.parametrize(
    ("wanted", "said", "output"),
    [
        (Invoice, '{"number": "A", "total": 3}', Invoice(number="A", total=3.0)),
        (Point, '{"x": 1, "y": null}', Point(1)),
        (Movie, '{"title": "M"}', {"title": "M"}),
        (Invoice | Point, '{"value": {"x": 1, "y": 2}}', Point(1, 2)),
        (list[Invoice], '{"value": [{"number": "A", "total": 3}]}', [Invoice(number="A", total=3)]),
        (Colour, '{"value": "blue"}', Colour.blue),
        (int, '{"value": 42}', 42),
        (OutputType.of(Invoice), '{"number": "A", "total": 3}', Invoice(number="A", total=3.0)),
    ],
    ids=["model", "dataclass", "typeddict", "union", "list", "enum", "int", "kept"],
)
async def test_each_kind_of_type_is_asked_for_and_comes_back(
    codex: AsyncCodex, model: SharedModel, wanted: Any, said: str, output: Any
) -> None:
    model.script(say(said))
    result = await (await codex.thread_start()).run("hi", output_type=wanted)
    assert result.output == output
    assert result.final_response == said
    assert model.requests[0].output_schema == OutputType.of(wanted).schema


async def test_an_answer_that_does_not_fit_is_repaired(
    codex: AsyncCodex, model: SharedModel
) -> None:
    model.script(say('{"number": "A"}'))
    model.script(say('{"number": "A", "total": 3}'))
    result = await (await codex.thread_start()).run("hi", output_type=Invoice)
    assert result.output == Invoice(number="A", total=3)
    repair = model.requests[1]
    assert "total: required, but missing" in repair.user_text
    assert repair.output_schema == OutputType.of(Invoice).schema


@pytest.mark.parametrize("retries", [0, 1, 2])
async def test_repair_is_bounded_and_then_raises_with_text_and_result(
    codex: AsyncCodex, model: SharedModel, retries: int
) -> None:
    for number in range(retries + 1):
        model.script(say(f"nonsense {number}"))
    thread = await codex.thread_start()
    with pytest.raises(OutputValidationError) as raised:
        await thread.run("hi", output_type=Invoice, output_retries=retries)
    assert len(model.requests) == retries + 1
    assert raised.value.text == f"nonsense {retries}"
    assert raised.value.result.final_response == f"nonsense {retries}"
    assert raised.value.result.completed
    model.script(say("Still here"))
    assert (await thread.run("hi")).final_response == "Still here"


class Buggy(BaseModel):
    number: int

    @field_validator("number")
    @classmethod
    def _divide(cls, value: int) -> float:
        return value / 0


async def test_a_mistake_in_a_validator_keeps_the_answer_and_asks_for_no_other(
    codex: AsyncCodex, model: SharedModel
) -> None:
    model.script(say('{"number": 1}'))
    thread = await codex.thread_start()
    with pytest.raises(OutputValidationError, match="ZeroDivisionError") as caught:
        await thread.run("hi", output_type=Buggy, output_retries=3)
    assert caught.value.result.final_response == '{"number": 1}'
    assert len(model.requests) == 1


async def test_local_dataclasses_and_fenced_answers_make_an_output(
    codex: AsyncCodex, model: SharedModel
) -> None:
    @dataclass
    class Line:
        text: str

    @dataclass
    class Report:
        lines: list[Line]

    model.script(say('~~~json\n{"lines": [{"text": "one"}]}\n~~~'))
    result = await (await codex.thread_start()).run("hi", output_type=Report)
    assert result.output == Report([Line("one")])


async def test_a_schema_that_cannot_be_sent_is_refused_before_anything_is() -> None:
    @dataclass
    class Report:
        totals: dict[str, float]

    with FakeAppServer([]) as server:
        async with AsyncCodex(server.config()) as codex:
            thread = await codex.thread_start()
            with pytest.raises(OutputSchemaError, match=r"Report\.totals is a free-form map"):
                await thread.run("hi", output_type=Report)
            with pytest.raises(ValueError, match="not both"):
                await thread.run("hi", output_type=int, output_schema={"type": "object"})
            await codex.models()
        assert server.requests("turn/start") == []


@pytest.mark.parametrize("wanted", [print, Iterable[int], Any, object, "Invoice", 3])
async def test_what_is_no_type_of_an_answer_is_refused_before_anything_is_sent(
    wanted: Any,
) -> None:
    with FakeAppServer([]) as server:
        async with AsyncCodex(server.config()) as codex:
            thread = await codex.thread_start()
            with pytest.raises(OutputSchemaError):
                await thread.run("hi", output_type=wanted)
            await codex.models()
        assert server.requests("turn/start") == []


@pytest.mark.parametrize(
    ("retries", "refused"),
    [
        ("2", pytest.raises(TypeError, match="output_retries must be a whole number, got str")),
        (1.5, pytest.raises(TypeError, match="output_retries must be a whole number, got float")),
        (True, pytest.raises(TypeError, match="output_retries must be a whole number, got bool")),
        (None, pytest.raises(TypeError, match="output_retries must be a whole number, got None")),
        (-1, pytest.raises(ValueError, match="output_retries must be at least 0, got -1")),
    ],
)
async def test_output_retries_are_checked_before_anything_is_sent(
    retries: Any, refused: Any
) -> None:
    with FakeAppServer([]) as server:
        async with AsyncCodex(server.config()) as codex:
            thread = await codex.thread_start()
            with refused:
                await thread.run("hi", output_type=Invoice, output_retries=retries)
            await codex.models()
        assert server.requests("turn/start") == []


async def test_a_raw_schema_is_sent_as_it_is(codex: AsyncCodex, model: SharedModel) -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "integer"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    model.script(say('{"a": 1}'))
    result = await (await codex.thread_start()).run("hi", output_schema=schema)
    assert model.requests[0].output_schema == schema
    assert result.output is None
    assert json.loads(result.final_response or "") == {"a": 1}


async def test_an_interrupted_turn_has_no_output(codex: AsyncCodex, model: SharedModel) -> None:
    stopping: list[Any] = []

    async def stop(event: Any) -> None:
        if event.method == "item/started" and event.params["item"]["type"] == "commandExecution":
            stopping.append(event)
            await interrupt(codex, event.params["threadId"], event.params["turnId"])

    model.script(run_command("sleep 30", yield_time_ms=20_000))
    thread = await codex.thread_start(sandbox=Sandbox.full_access)
    result = await thread.run("hi", output_type=Invoice, on_event=stop)
    assert (result.status, result.output) == ("interrupted", None)
    assert stopping


async def interrupt(codex: AsyncCodex, thread_id: str, turn_id: str) -> None:
    await codex.call(methods.turn.INTERRUPT, {"threadId": thread_id, "turnId": turn_id})


async def test_the_schema_holds_for_its_turn_alone(codex: AsyncCodex, model: SharedModel) -> None:
    model.script(say('{"value": 1}'))
    model.script(say("free"))
    thread = await codex.thread_start()
    assert (await thread.run("hi", output_type=int)).output == 1
    assert (await thread.run("hi")).final_response == "free"
    assert model.requests[1].output_schema is None
