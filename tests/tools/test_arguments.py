from __future__ import annotations

import datetime
import enum
import math
import re
import sys
import typing
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from openai_codex.tools import Tool, ToolArgumentsError, ToolDefinitionError

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:
    from typing_extensions import TypedDict


class Address(BaseModel):
    """Where something is."""

    city: str = Field(min_length=1)
    kind: Literal["home", "work"] = "home"


class Node(BaseModel):
    name: str
    children: list[Node] = []


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)
    when: datetime.datetime


@dataclass
class Point:
    x: int
    y: float = 1.5


class Size(TypedDict):
    width: int


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


def schema_of(function: Any) -> dict[str, Any]:
    properties: dict[str, Any] = Tool.of(function).input_schema["properties"]
    return properties


def everything(
    text: str,
    model: Address,
    data: Point,
    size: Size,
    color: Color,
    mode: Literal["fast", "slow"],
    maybe: int | None,
    either: int | str,
    names: list[str],
    counts: dict[str, int],
    when: datetime.datetime,
    path: Path,
    pair: tuple[int, Color],
    strict: Strict,
    unique: set[int],
) -> tuple[Any, ...]:
    return (
        *(text, model, data, size, color, mode, maybe, either, names, counts, when, path, pair),
        *(strict, unique),
    )


WIRE = {
    "text": "t",
    "model": {"city": "Ulm"},
    "data": {"x": 1},
    "size": {"width": 3},
    "color": "blue",
    "mode": "fast",
    "maybe": None,
    "either": "e",
    "names": ["a"],
    "counts": {"a": 1},
    "when": "2026-01-02T03:04:05Z",
    "path": "a/b",
    "pair": [1, "red"],
    "strict": {"when": "2026-01-02T03:04:05Z"},
    "unique": [1, 1],
}
WHEN = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)


def test_every_kind_of_argument_arrives_as_its_python_type() -> None:
    assert Tool.of(everything).bind(WIRE)() == (
        "t",
        Address(city="Ulm"),
        Point(1),
        {"width": 3},
        Color.BLUE,
        "fast",
        None,
        "e",
        ["a"],
        {"a": 1},
        WHEN,
        Path("a/b"),
        (1, Color.RED),
        Strict(when=WHEN),
        {1},
    )


def test_the_schema_says_every_kind() -> None:
    schema = Tool.of(everything).input_schema
    assert schema["required"] == list(WIRE)
    assert schema["properties"] | {"pair": None} == {
        "text": {"type": "string"},
        "model": {"$ref": "#/$defs/Address"},
        "data": {"$ref": "#/$defs/Point"},
        "size": {"$ref": "#/$defs/Size"},
        "color": {"$ref": "#/$defs/Color"},
        "mode": {"type": "string", "enum": ["fast", "slow"]},
        "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "either": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        "names": {"type": "array", "items": {"type": "string"}},
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
        "when": {"type": "string", "format": "date-time", "description": "(format: date-time)"},
        "path": {"type": "string", "format": "path", "description": "(format: path)"},
        "pair": None,
        "strict": {"$ref": "#/$defs/Strict"},
        "unique": {
            "type": "array",
            "items": {"type": "integer"},
            "uniqueItems": True,
            "description": "(all items different: true)",
        },
    }
    assert schema["$defs"]["Address"] == {
        "type": "object",
        "description": "Where something is.",
        "properties": {
            "city": {"type": "string", "minLength": 1, "description": "(minimum length: 1)"},
            "kind": {
                "type": "string",
                "enum": ["home", "work"],
                "default": "home",
                "description": "(default: home)",
            },
        },
        "required": ["city"],
    }


def test_a_tuple_is_a_list_with_its_order_in_words() -> None:
    assert schema_of(everything)["pair"] == {
        "type": "array",
        "items": {"anyOf": [{"type": "integer"}, {"$ref": "#/$defs/Color"}]},
        "minItems": 2,
        "maxItems": 2,
        "description": "(maximum number of items: 2; in this order: integer, Color)",
    }


Small = Annotated[int, Field(le=9)]


def test_limits_of_what_a_map_a_list_or_a_choice_holds_are_said_in_words() -> None:
    def f(
        a: dict[str, Small], b: list[Small], c: Small | str, d: dict[str, list[Small]]
    ) -> None: ...

    said = {"type": "integer", "maximum": 9, "description": "(maximum: 9)"}
    assert schema_of(f) == {
        "a": {"type": "object", "additionalProperties": said},
        "b": {"type": "array", "items": said},
        "c": {"anyOf": [said, {"type": "string"}]},
        "d": {"type": "object", "additionalProperties": {"type": "array", "items": said}},
    }


def test_what_may_be_anything_is_a_value_in_the_words_for_a_tuple() -> None:
    def f(pair: tuple[Any, int]) -> None: ...

    assert schema_of(f)["pair"]["description"].endswith("in this order: value, integer)")


def test_a_recursive_model_is_an_argument() -> None:
    def walk(root: Node) -> str:
        return root.children[0].name

    tree = {"name": "a", "children": [{"name": "b"}]}
    assert Tool.of(walk).bind({"root": tree})() == "b"


def test_what_the_runtime_drops_is_said_in_the_description() -> None:
    def search(
        query: Annotated[str, Field(description="What to find.", pattern="^[a-z]+$")],
        limit: Annotated[int, "how many", Field(ge=1, le=10)] = 5,
        tags: Annotated[list[str], Field(max_length=3, examples=[["a"]])] = [],  # noqa: B006
    ) -> None:
        """Search.

        Args:
            query: Not this.
            limit: Not this.
            tags: Only these.
        """

    properties = schema_of(search)
    assert properties["query"]["description"] == "What to find. (must match the pattern: ^[a-z]+$)"
    assert properties["limit"]["description"] == "how many (minimum: 1; maximum: 10; default: 5)"
    assert properties["tags"]["description"] == (
        'Only these. (maximum number of items: 3; for example: [["a"]]; default: [])'
    )


def test_the_default_applies_where_the_model_leaves_an_argument_out() -> None:
    marker = object()

    def take(a: int = 1, b: Any = marker, c: str | None = None) -> tuple[Any, ...]:
        return a, b, c

    made = Tool.of(take)
    assert made.bind({})() == (1, marker, None)
    assert made.bind(None)() == (1, marker, None)
    assert "default" not in made.input_schema["properties"]["b"]
    assert "required" not in made.input_schema


def test_a_default_inside_annotated_applies_too() -> None:
    def take(a: Annotated[int, Field(default=4)]) -> int:
        return a

    assert Tool.of(take).bind({})() == 4


def implicit(
    count: int = None,  # type: ignore[assignment]  # noqa: RUF013
    names: Annotated[list[str], "whom"] = None,  # type: ignore[assignment]  # noqa: RUF013
    free: Any = None,
    mode: Literal["fast", None] = None,
    maybe: Annotated[int | None, Field(ge=1)] = None,
) -> tuple[Any, ...]:
    return count, names, free, mode, maybe


def test_a_parameter_whose_default_is_none_takes_null() -> None:
    made = Tool.of(implicit)
    properties = made.input_schema["properties"]
    assert properties["count"] == {
        "anyOf": [{"type": "integer"}, {"type": "null"}],
        "default": None,
    }
    assert properties["names"] == {
        "anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}],
        "default": None,
        "description": "whom",
    }
    assert properties["free"] == {"default": None}
    assert properties["mode"] == {"enum": ["fast", None], "default": None}
    assert [each["type"] for each in properties["maybe"]["anyOf"]] == ["integer", "null"]
    nothing = (None, None, None, None, None)
    assert made.bind({})() == nothing
    assert made.bind(dict.fromkeys(properties))() == nothing
    assert made.bind({"count": 3, "names": ["a"]})()[:2] == (3, ["a"])


def test_a_hint_that_takes_null_is_told_as_it_is_written_around_its_words() -> None:
    def take(
        a: Annotated[Any, "anything"] = None,
        b: Annotated[int | None, "how many", Field(examples=[1])] = None,
    ) -> None: ...

    assert schema_of(take)["a"] == {"default": None, "description": "anything"}
    assert schema_of(take)["b"] == {
        "anyOf": [{"type": "integer"}, {"type": "null"}],
        "default": None,
        "description": "how many (for example: [1])",
        "examples": [1],
    }


def test_the_text_of_an_optional_annotation_describes_the_parameter() -> None:
    def take(a: Annotated[int, "how many"] | None = None) -> None:
        """Take.

        Args:
            a: Not this.
        """

    assert schema_of(take)["a"]["description"] == "how many"


def test_an_iterable_is_read_and_checked_before_the_function_runs() -> None:
    def take(
        a: Iterable[int],
        b: typing.Iterable[int] | None = None,
        c: Annotated[Iterable[str], "words"] = (),
        d: Iterable = (),  # type: ignore[type-arg]
    ) -> tuple[Any, ...]:
        return a, b, c, d

    made = Tool.of(take)
    assert made.bind({"a": [1], "b": [2], "c": ["c"], "d": [4]})() == ([1], [2], ["c"], [4])
    with pytest.raises(ToolArgumentsError, match=r"a\[1\]: Input should be a valid integer"):
        made.bind({"a": [1, "many"]})


def test_a_default_that_json_cannot_say_is_said_in_words() -> None:
    def take(a: float = math.nan, b: float = -math.inf) -> tuple[float, float]:
        return a, b

    properties = schema_of(take)
    assert properties["a"] == {"type": "number", "description": "(default: NaN)"}
    assert properties["b"] == {"type": "number", "description": "(default: -Infinity)"}
    assert Tool.of(take).bind({"a": 1})() == (1.0, -math.inf)


def choose(color: Literal[Color.RED]) -> None:
    pass


def match(text: Annotated[str, Field(pattern="(")]) -> None:
    pass


class Lazy(BaseModel):
    numbers: Iterable[int]


def read(lazy: Lazy) -> None:
    pass


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (choose, "'color': no JSON value is Color.RED, write the enum or Literal['red']"),
        (match, "'text': error: unclosed group"),
        (read, "'lazy': Iterable is not checked until it is read, write list"),
    ],
)
def test_what_could_never_be_called_rightly_is_refused(function: Any, reason: str) -> None:
    with pytest.raises(ToolDefinitionError, match=re.escape(reason)):
        Tool.of(function).spec()


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="pydantic takes it from 3.12 on")
def test_a_typed_dict_of_typing_is_refused_with_the_module_to_take_it_from() -> None:
    class Old(typing.TypedDict):
        width: int

    def take(size: Old) -> None:
        pass

    made = Tool(take, names={"Old": Old})
    with pytest.raises(ToolDefinitionError, match=r"use `typing_extensions\.TypedDict`"):
        made.spec()


def test_parameters_may_have_any_name() -> None:
    def take(json: int, _id: int, model_config: int, schema: int, self_: int) -> int:
        return json + _id + model_config + schema + self_

    made = Tool.of(take)
    names = ["json", "_id", "model_config", "schema", "self_"]
    assert list(made.input_schema["properties"]) == names
    assert made.bind(dict.fromkeys(names, 1))() == 5


def test_a_function_without_parameters_takes_nothing() -> None:
    def now() -> str:
        return "now"

    made = Tool.of(now)
    assert made.input_schema == {
        "type": "object",
        "properties": {},
        "additionalProperties": False,
    }
    assert made.bind({})() == "now"
    with pytest.raises(ToolArgumentsError, match="expected a JSON object with no arguments"):
        made.bind([1])


def place(address: Address, points: list[Point], limit: int = 1) -> None:
    pass


def test_wrong_arguments_are_explained_to_the_model() -> None:
    with pytest.raises(ToolArgumentsError) as caught:
        Tool.of(place).bind(
            {"address": {"city": ""}, "points": [{"x": "many"}, {}], "limt": 3}, context=None
        )
    assert str(caught.value) == (
        "The arguments of the tool 'place' are not valid:\n"
        '- address.city: String should have at least 1 character, got ""\n'
        "- points[0].x: Input should be a valid integer, unable to parse string as an integer, "
        'got "many"\n'
        "- points[1].x: required, but missing\n"
        "- limt: unknown, expected only: address, points, limit\n"
        "Correct them and call the tool again."
    )
    assert caught.value.tool == "place"
    assert [problem.path for problem in caught.value.problems] == [
        "address.city",
        "points[0].x",
        "points[1].x",
        "limt",
    ]


def test_a_field_that_a_dataclass_does_not_have_is_explained() -> None:
    with pytest.raises(ToolArgumentsError, match=r"- points\[0\]\.z: unknown field"):
        Tool.of(place).bind({"address": {"city": "Ulm"}, "points": [{"x": 1, "z": 2}]})


@pytest.mark.parametrize("arguments", [[], "text", 3, True])
def test_arguments_that_are_no_object_are_refused(arguments: object) -> None:
    with pytest.raises(ToolArgumentsError, match="JSON object with address, points, limit"):
        Tool.of(place).bind(arguments)


def test_a_long_list_of_problems_and_a_long_value_are_cut() -> None:
    def take(values: list[int]) -> None:
        pass

    with pytest.raises(ToolArgumentsError) as caught:
        Tool.of(take).bind({"values": ["x" * 500] * 30})
    lines = str(caught.value).splitlines()
    assert lines[-2] == "- and 10 more"
    assert max(map(len, lines)) < 250


def test_a_description_that_is_empty_is_none() -> None:
    def take(a: Annotated[int, Field(ge=0)], b: Annotated[int, object()]) -> None:
        pass

    properties = schema_of(take)
    assert properties["a"]["description"] == "(minimum: 0)"
    assert properties["b"] == {"type": "integer"}


def test_a_map_by_pattern_keeps_its_schema() -> None:
    def take(
        values: dict[Annotated[str, Field(pattern="^a")], Annotated[int, Field(ge=1)]],
    ) -> None:
        pass

    inner = schema_of(take)["values"]["patternProperties"]["^a"]
    assert inner == {"type": "integer", "minimum": 1, "description": "(minimum: 1)"}


def echo(
    number: int,
    text: str,
    flag: bool,
    items: list[int],
    table: dict[str, list[str]],
    maybe: float | None = None,
) -> tuple[Any, ...]:
    return number, text, flag, items, table, maybe


ECHO = Tool.of(echo)


@settings(deadline=None)
@given(
    number=st.integers(),
    text=st.text(),
    flag=st.booleans(),
    items=st.lists(st.integers()),
    table=st.dictionaries(st.text(), st.lists(st.text())),
    maybe=st.none() | st.floats(allow_nan=False),
)
def test_json_arguments_arrive_unchanged(**arguments: Any) -> None:
    assert ECHO.bind(arguments)() == tuple(arguments.values())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(JSON | st.fixed_dictionaries({"address": JSON, "points": JSON, "limit": JSON}))
def test_any_json_is_taken_or_refused_in_words(arguments: Any) -> None:
    try:
        call = Tool.of(place).bind(arguments)
    except ToolArgumentsError as error:
        assert error.problems  # noqa: PT017 - both ends are right
    else:
        assert call() is None
