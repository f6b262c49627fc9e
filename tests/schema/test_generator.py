"""Which types have a schema: what validation would not check, or no JSON can be, is refused."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import pytest
from pydantic import AliasChoices, AliasPath, BaseModel, Field, TypeAdapter
from pydantic.errors import PydanticUserError
from pydantic_core import SchemaError
from typing_extensions import TypedDict

from openai_codex import Spend
from openai_codex._schema.generator import NO_SCHEMA, completed, json_schema, reason


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Rank(enum.Enum):
    LOW = 1
    HIGH = "high"


class Level(enum.IntEnum):
    ONE = 1
    TWO = 2


class Word(str, enum.Enum):
    YES = "yes"


class Place(NamedTuple):
    x: int


class Model(BaseModel):
    x: int


@dataclass
class Data:
    x: int


class Fields(TypedDict):
    x: int


def schema_of(type_: Any) -> dict[str, Any]:
    return json_schema(TypeAdapter(type_))


# --- keys --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    [
        *(
            None,
            dict[str, int],
            list[int],
            set[int],
            Fields,
            frozenset[int],
            tuple[int, ...],
            tuple[int, str],
            Place,
            Model,
            Data,
        ),
        *(Rank, Literal[1], Literal["a", 1]),
    ],
)
def test_keys_that_no_text_is_are_refused(key: Any) -> None:
    with pytest.raises(PydanticUserError, match="the keys of a JSON object are text, write dict"):
        schema_of(dict[key, int])


@pytest.mark.parametrize(
    ("key", "values"),
    [
        (Color, ["red", "blue"]),
        (Word, ["yes"]),
        (Level, ["1", "2"]),
        (Literal["a", "b"], ["a", "b"]),
        (Literal[Word.YES], ["yes"]),
    ],
)
def test_keys_of_a_known_set_are_listed(key: Any, values: list[str]) -> None:
    found = schema_of(dict[key, int])
    assert found["propertyNames"] == {"enum": values}
    assert found["additionalProperties"] == {"type": "integer"}


@pytest.mark.parametrize("key", [str, int, Any, float])
def test_keys_that_any_text_may_be_are_not_listed(key: Any) -> None:
    assert "enum" not in schema_of(dict[key, int]).get("propertyNames", {})
    assert schema_of(dict)["type"] == "object"


def test_a_dict_that_says_nothing_of_its_keys_takes_any() -> None:
    assert schema_of(Spend) == {"type": "object", "additionalProperties": True}


def test_keys_that_are_named_elsewhere_are_looked_up() -> None:
    class Both(BaseModel):
        first: dict[Color, int]
        second: dict[Color, int]

    properties = schema_of(Both)["properties"]
    assert [each["propertyNames"] for each in properties.values()] == [
        {"enum": ["red", "blue"]}
    ] * 2

    class Wrong(BaseModel):
        first: Model
        second: dict[Model, int]
        third: Model

    with pytest.raises(PydanticUserError, match="the keys of a JSON object are text"):
        schema_of(Wrong)


# --- what is no type for JSON -------------------------------------------------------------------


def function(x: int) -> str:
    return str(x)


def test_a_function_is_no_type_and_a_named_tuple_is() -> None:
    with pytest.raises(PydanticUserError, match=r"^a function is not a type"):
        schema_of(function)
    assert schema_of(Place)["type"] == "array"


@pytest.mark.parametrize("member", [Color.RED, Rank.LOW, Rank.HIGH])
def test_a_member_that_no_json_value_is_equal_to_is_refused(member: Any) -> None:
    with pytest.raises(PydanticUserError) as caught:
        schema_of(Literal[member])
    wanted = f"no JSON value is {member}, write the enum or Literal[{member.value!r}]"
    assert str(caught.value).startswith(wanted)


def test_a_member_that_is_text_or_a_number_itself_is_a_value() -> None:
    assert schema_of(Literal[Word.YES])["const"] == "yes"
    assert schema_of(Literal[Level.ONE])["const"] == 1
    assert schema_of(Literal["a", 1])["enum"] == ["a", 1]


@pytest.mark.parametrize(
    ("alias", "is_refused"),
    [
        ("theX", False),
        (AliasPath("deep", "x"), True),
        (AliasPath("deep", 0), True),
        (AliasChoices(AliasPath("x")), False),
        (AliasChoices(AliasPath("deep", "x"), "x"), False),
        (AliasChoices(AliasPath("deep", "x"), AliasPath("deeper", "x")), True),
    ],
)
def test_a_field_needs_a_name_of_its_own(alias: Any, is_refused: bool) -> None:
    class Aliased(BaseModel):
        x: int = Field(validation_alias=alias)

    if is_refused:
        with pytest.raises(PydanticUserError, match="an AliasPath is no name of a field, give it"):
            schema_of(Aliased)
    else:
        assert len(schema_of(Aliased)["required"]) == 1


def test_a_field_with_a_default_is_not_required() -> None:
    class Some(BaseModel):
        x: int
        y: int = 3

    assert schema_of(Some)["required"] == ["x"]


# --- types that are not complete, and reasons ---------------------------------------------------


def test_a_hint_may_name_a_local_type_of_a_caller() -> None:
    class Local(BaseModel):
        x: int

    adapter = TypeAdapter(list["Local"], config={"defer_build": True})
    assert json_schema(completed(adapter))["items"] == {"$ref": "#/$defs/Local"}
    assert Local(x=1).x == 1
    assert completed(adapter) is adapter


def test_a_hint_that_names_nothing_stays_incomplete_and_says_so_when_it_is_asked() -> None:
    adapter = TypeAdapter(list["Missing"], config={"defer_build": True})  # type: ignore[name-defined]  # noqa: F821
    assert completed(adapter) is adapter
    assert not adapter.pydantic_complete
    with pytest.raises(NO_SCHEMA):
        json_schema(adapter)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("No such thing. Do that instead.\nMore"), "No such thing"),
        (ValueError("No such thing."), "No such thing"),
        (ValueError("a.b is unknown"), "a.b is unknown"),
        (ValueError("with an x.x."), "with an x.x"),
        (
            SchemaError("Error building:\n  in a field:\n  unclosed group. So "),
            "unclosed group. So",
        ),
    ],
)
def test_a_reason_is_one_sentence(error: Exception, text: str) -> None:
    assert reason(error) == text
