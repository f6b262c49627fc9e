from __future__ import annotations

import datetime
import enum
import functools
import json
import re
import sys
import typing
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AliasPath, BaseModel, ConfigDict, Field, RootModel, field_validator

from openai_codex.errors import CodexError
from openai_codex.output import OutputSchemaError, OutputType, OutputValidationError

if sys.version_info >= (3, 12):
    from typing import NotRequired, TypedDict
else:
    from typing_extensions import NotRequired, TypedDict


class Line(BaseModel):
    text: str
    price: Decimal = Field(gt=0)


class Invoice(BaseModel):
    """An invoice."""

    number: str
    lines: list[Line]
    currency: str = "EUR"
    note: str | None = "none"
    tags: list[str] = Field(default_factory=list)


class Refusal(BaseModel):
    reason: str


@dataclass
class Point:
    x: int
    y: int = 7


class Size(TypedDict):
    width: int
    height: NotRequired[int]


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    lives: int = 1


class Tree(BaseModel):
    name: str
    children: list[Tree] = []


class Numbers(RootModel[list[int]]):
    pass


class Precise(BaseModel):
    model_config = ConfigDict(strict=True)
    when: datetime.date


INVOICE = '{"number":"A","lines":[{"text":"t","price":2}],"currency":null,"note":null,"tags":null}'


def test_nulls_that_fill_in_for_a_default_become_the_default() -> None:
    invoice = OutputType.of(Invoice).validate(INVOICE)
    assert invoice == Invoice(number="A", lines=[Line(text="t", price=Decimal(2))], note=None)
    assert invoice.currency == "EUR"
    assert invoice.tags == []


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (int, '{"value":3}', 3),
        (str, '{"value":"3"}', "3"),
        (bool, '{"value":true}', True),
        (list[int], '{"value":[1,2]}', [1, 2]),
        (list[Point], '{"value":[{"x":1,"y":null}]}', [Point(1)]),
        (Point, '{"x":1,"y":2}', Point(1, 2)),
        (Size, '{"width":1,"height":null}', {"width": 1}),
        (Color, '{"value":"red"}', Color.RED),
        (Literal["a", 1, None], '{"value":null}', None),
        (int | None, '{"value":null}', None),
        (Invoice | Refusal, '{"value":{"reason":"no"}}', Refusal(reason="no")),
        (Cat | Dog, '{"value":{"kind":"dog","lives":null}}', Dog()),
        (
            Annotated[Cat | Dog, Field(discriminator="kind")],
            '{"value":{"kind":"cat","lives":3}}',
            Cat(lives=3),
        ),
        (
            Tree,
            '{"name":"a","children":[{"name":"b","children":null}]}',
            Tree(name="a", children=[Tree(name="b")]),
        ),
        (Numbers, '{"value":[1]}', Numbers([1])),
        (Precise, '{"when":"2026-01-02"}', Precise(when=datetime.date(2026, 1, 2))),
        (set[int], '{"value":[1,1]}', {1}),
    ],
)
def test_an_answer_becomes_a_value_of_its_type(type_: Any, text: str, value: object) -> None:
    found = OutputType.of(type_).validate(text)
    assert found == value
    assert type(found) is type(value)


def test_the_schema_is_an_object_and_others_are_wrapped_in_one() -> None:
    assert OutputType.of(list[int]).schema == {
        "type": "object",
        "properties": {"value": {"type": "array", "items": {"type": "integer"}}},
        "required": ["value"],
        "additionalProperties": False,
    }
    assert list(OutputType.of(Refusal).schema["properties"]) == ["reason"]


def test_an_answer_that_came_without_the_wrapper_is_taken() -> None:
    assert OutputType.of(list[int]).validate("[1]") == [1]


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"reason":"no"}\n```',
        '```\n{"reason":"no"}```\n',
        ' \n```JSON\n{"reason":\n"no"}\n  ```',
        ' {"reason":"no"}\n',
    ],
)
def test_a_fence_around_the_whole_answer_is_ignored(text: str) -> None:
    assert OutputType.of(Refusal).validate(text) == Refusal(reason="no")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the answer is empty"),
        (" \n", "the answer is empty"),
        ("Sorry, no.", "not JSON: expected value at line 1 column 1"),
        ('{"reason":"no"', "not JSON: EOF while parsing an object at line 1 column 14"),
        ("[" * 10_000, "not JSON: recursion limit exceeded at line 1 column 202"),
        ('Here: ```json\n{"reason":"no"}\n```', "not JSON: expected value at line 1 column 1"),
        ("{}", "reason: required, but missing"),
        ('{"reason":null}', "reason: Input should be a valid string, got null"),
        ("3", "Input should be an object, got 3"),
    ],
)
def test_an_answer_that_does_not_fit_is_explained(text: str, problem: str) -> None:
    with pytest.raises(OutputValidationError) as caught:
        OutputType.of(Refusal).validate(text)
    assert [str(found) for found in caught.value.problems] == [problem]
    assert caught.value.text == text
    assert caught.value.result is None


def test_constraints_of_the_python_type_hold() -> None:
    text = INVOICE.replace('"price":2', '"price":0')
    with pytest.raises(OutputValidationError, match=r"lines\[0\]\.price: .*greater than 0, got 0"):
        OutputType.of(Invoice).validate(text)


def test_the_error_can_be_caught_as_ours_and_shows_a_bounded_answer() -> None:
    with pytest.raises(OutputValidationError) as caught:
        OutputType.of(int).validate("x" * 1000)
    assert isinstance(caught.value, CodexError)
    assert isinstance(caught.value, ValueError)
    assert str(caught.value).endswith("answer: " + "x" * 200 + "…")
    with pytest.raises(OutputValidationError, match=r"answer: short$"):
        OutputType.of(int).validate("short")


def test_the_repair_prompt_lists_what_is_wrong() -> None:
    with pytest.raises(OutputValidationError) as caught:
        OutputType.of(Invoice).validate('{"number":"A","lines":[{"text":1,"price":2}]}')
    assert caught.value.repair_prompt() == (
        "Your last answer does not fit the required output format:\n"
        "- lines[0].text: Input should be a valid string, got 1\n"
        "Answer again with the whole corrected JSON value and nothing else. "
        "Do not run the work again."
    )


def test_of_returns_an_output_type_as_it_is() -> None:
    made = OutputType.of(Refusal)
    assert OutputType.of(made) is made
    assert repr(made) == "OutputType.of(Refusal)"
    assert repr(OutputType.of(Literal["a", "b"])) == "OutputType.of(Literal['a', 'b'])"


class Stranger:
    pass


class Holder(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    stranger: Stranger


class Unfinished(BaseModel):
    other: Missing  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize(
    ("type_", "name"),
    [
        (Stranger, "Stranger"),
        (Holder, "Holder"),
        (Unfinished, "Unfinished"),
        ("Missing", "Missing"),
    ],
)
def test_a_type_without_a_schema_is_refused(type_: Any, name: str) -> None:
    with pytest.raises(OutputSchemaError, match=r"has no JSON Schema") as caught:
        OutputType.of(type_)
    assert caught.value.path == name
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, CodexError)


def test_a_schema_in_place_of_a_type_is_refused_with_the_option_for_it() -> None:
    with pytest.raises(OutputSchemaError, match=r"not a type: pass .* output_schema="):
        OutputType.of({"type": "object"})


def function(x: int) -> str:
    return str(x)


class Lazy(BaseModel):
    numbers: Iterable[int]


@pytest.mark.parametrize(
    ("type_", "reason"),
    [
        (function, "is a function and not a type: pass the type that the answer must have"),
        (lambda: 1, "is a function and not a type"),
        (functools.partial(function), "is a function and not a type"),
        (print, "is a function and not a type"),
        (Color.RED.__str__, "is a function and not a type"),
        ("int", "int has no JSON Schema (it is text and not a type): pass the type itself"),
        ([Refusal], "is a list and not a type: write list[...]"),
        ((Refusal, Line), "is a tuple and not a type: write a union: A | B"),
        (Refusal(reason="no"), "Refusal(reason='no') has no JSON Schema"),
        (3, "3 has no JSON Schema"),
        (Any, "Any accepts any value"),
        (object, "object accepts any value"),
        (list, "list[] accepts any value"),
        (
            Iterable[int],
            "has no JSON Schema (Iterable is not checked until it is read, write list)",
        ),
        (Iterable, "write list"),
        (Generator[int, None, None], "write list"),
        (Lazy, "Lazy has no JSON Schema (Iterable is not checked"),
        (Lazy | int, "write list"),
        (Iterator[int], "has no JSON Schema (Unable"),
        (Callable[[int], str], "has no JSON Schema"),
        (Literal[Color.RED], "no JSON value is Color.RED, write the enum or Literal['red']"),
        (Annotated[str, Field(pattern="(")], "has no JSON Schema (error: unclosed group)"),
    ],
)
def test_what_no_answer_can_be_checked_against_is_refused(type_: Any, reason: str) -> None:
    with pytest.raises(OutputSchemaError, match=re.escape(reason)):
        OutputType.of(type_)


def test_the_refusal_does_not_repeat_advice_that_would_not_help() -> None:
    with pytest.raises(OutputSchemaError) as caught:
        OutputType.of(Stranger)
    assert "arbitrary_types_allowed" not in str(caught.value)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="pydantic takes it from 3.12 on")
def test_a_typed_dict_of_typing_is_refused_with_the_module_to_take_it_from() -> None:
    class Old(typing.TypedDict):
        width: int

    with pytest.raises(OutputSchemaError, match=r"use `typing_extensions\.TypedDict`"):
        OutputType.of(list[Old])


LINES = st.builds(Line, text=st.text(), price=st.decimals(min_value="0.01", max_value=9, places=2))
INVOICES = st.builds(
    Invoice,
    number=st.text(),
    lines=st.lists(LINES, max_size=3),
    currency=st.text(),
    note=st.none() | st.text(),
    tags=st.lists(st.text(), max_size=3),
)
UNION: OutputType[Any] = OutputType.of(Invoice | Refusal | list[Point] | int)
VALUES = (
    INVOICES
    | st.builds(Refusal, reason=st.text())
    | st.lists(st.builds(Point, x=st.integers(), y=st.integers()), max_size=3)
    | st.integers()
)


@settings(deadline=None)
@given(VALUES)
def test_every_value_of_the_type_survives_the_way_through_json(value: Any) -> None:
    from pydantic_core import to_json

    assert UNION.validate(f'{{"value":{to_json(value).decode()}}}') == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.text() | JSON.map(json.dumps))
def test_any_text_is_taken_or_refused_in_words(text: str) -> None:
    try:
        UNION.validate(text)
    except OutputValidationError as error:
        assert error.repair_prompt()  # noqa: PT017 - both ends are right


# --- answers as models write them ----------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '\ufeff{"x": 1}',
        '~~~json\n{"x": 1}\n~~~',
        '~~~\n{"x": 1}\n~~~\n',
        '````\n{"x": 1}\n````',
        '```JSON5\n{"x": 1}\n```',
        '```json {"x": 1}```',
        '\ufeff```json\r\n{"x": 1}\r\n```',
    ],
)
def test_a_byte_order_mark_and_any_fence_around_the_answer_are_ignored(text: str) -> None:
    assert OutputType.of(Small).validate(text) == Small(x=1)


class Small(BaseModel):
    x: int


@pytest.mark.parametrize("text", ["```\ntrue\n```", "```true```", "~~~ true ~~~"])
def test_a_plain_value_may_stand_in_a_fence(text: str) -> None:
    assert OutputType.of(bool).validate(text) is True


def test_a_lone_surrogate_in_an_answer_does_not_fit() -> None:
    for text in ('{"value": ["a\ud800"]}', r'{"value": ["a\ud800"]}'):
        with pytest.raises(OutputValidationError) as caught:
            OutputType.of(list[str]).validate(text)
        assert caught.value.is_repairable
        caught.value.repair_prompt().encode()


class Buggy(BaseModel):
    x: int

    @field_validator("x")
    @classmethod
    def _divide(cls, value: int) -> float:
        return value / 0


def test_a_mistake_in_a_validator_keeps_the_answer_and_is_the_cause() -> None:
    with pytest.raises(OutputValidationError, match="ZeroDivisionError") as caught:
        OutputType.of(Buggy).validate('{"x": 1}')
    assert caught.value.text == '{"x": 1}'
    assert not caught.value.is_repairable
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


class WithPath(BaseModel):
    x: int = Field(validation_alias=AliasPath("deep", "x"))


def test_an_alias_path_is_refused_before_it_is_asked_for() -> None:
    with pytest.raises(OutputSchemaError, match="an AliasPath is no name of a field"):
        OutputType.of(WithPath)


class Left(BaseModel):
    x: int = Field(default=None, alias="theX")  # type: ignore[assignment]


class Right(BaseModel):
    y: int


def test_a_null_default_under_an_alias_is_left_out_of_a_choice() -> None:
    kind: OutputType[Left | Right] = OutputType.of(Left | Right)
    assert kind.validate('{"value": {"theX": null}}') == Left()
    assert kind.validate('{"value": {"y": 2}}') == Right(y=2)


def test_a_local_dataclass_of_local_dataclasses_is_an_output_type() -> None:
    @dataclass
    class Inner:
        z: int

    @dataclass
    class Outer:
        lines: list[Inner]

    value = OutputType.of(Outer).validate('{"lines": [{"z": 1}]}')
    assert value == Outer([Inner(1)])


class Valued(BaseModel):
    value: int


def test_a_model_whose_only_field_has_the_name_of_the_wrapper_is_no_wrapper() -> None:
    assert OutputType.of(Valued).validate('{"value": 3}') == Valued(value=3)
