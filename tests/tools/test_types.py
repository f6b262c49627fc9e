"""What a tool may take and what the model is told of it agree, or the tool is refused."""

from __future__ import annotations

import builtins
import dataclasses
import enum
import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from pydantic import AliasChoices, AliasPath, BaseModel, Field

from openai_codex.tools import Tool, ToolDefinitionError, ToolSet, tool


class Color(enum.Enum):
    red = "r"
    blue = "b"


class Level(enum.IntEnum):
    low = 1


class Plain(enum.Enum):
    low = 1


class Choices(BaseModel):
    x: int = Field(validation_alias=AliasChoices("first", "second"))


class Mixed(BaseModel):
    x: int = Field(validation_alias=AliasChoices(AliasPath("deep", "x"), "flat"))


class Path(BaseModel):
    x: int = Field(validation_alias=AliasPath("deep", "x"))


class Optional(BaseModel):
    x: int | None = Field(default=None, alias="theX")


def taking(kind: Any) -> Tool[..., Any]:
    def use(value: Any) -> Any:
        """Use it."""
        return value

    use.__annotations__ = {"value": kind, "return": kind}
    return tool(use)


def round_trip(kind: Any, given: Any) -> Any:
    """Return what the model reads of a tool that returns what it is given."""
    made = taking(kind)
    made.input_schema  # noqa: B018 - it must have one
    answer = made.render(made.bind({"value": given})())
    assert answer["success"]
    return json.loads(answer["contentItems"][0]["text"])


# --- aliases -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "given"), [(Choices, {"first": 1}), (Mixed, {"flat": 1}), (Optional, {"theX": None})]
)
def test_the_schema_names_the_alias_that_is_taken(kind: Any, given: dict[str, Any]) -> None:
    made = taking(kind)
    properties = made.input_schema["$defs"][kind.__name__]["properties"]
    assert list(properties) == list(given)
    made.bind({"value": given})


def test_an_alias_path_is_refused_where_the_tool_is_declared() -> None:
    with pytest.raises(ToolDefinitionError, match="an AliasPath is no name of a field"):
        taking(Path).spec()


def test_an_alias_of_a_parameter_gives_way_to_its_name() -> None:
    made = taking(Annotated[int | None, Field(alias="theValue")])
    assert list(made.input_schema["properties"]) == ["value"]
    assert made.bind({"value": None})() is None


# --- keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "given", "words"),
    [
        (Color, {"r": 1, "b": 2}, "each key is one of: r, b"),
        (Level, {"1": 1}, "each key is one of: 1"),
        (Literal["a", "b"], {"a": 1}, "each key is one of: a, b"),
        (Annotated[str, Field(min_length=2)], {"ab": 1}, "of each key: minimum length: 2"),
        (int, {"1": 1}, None),
        (str, {"a": 1}, None),
    ],
)
def test_keys_that_are_text_are_taken_and_told(
    keys: Any, given: dict[str, int], words: str | None
) -> None:
    kind = dict[keys, int]
    node = taking(kind).input_schema["properties"]["value"]
    assert "propertyNames" not in node
    assert words is None or words in node["description"]
    assert round_trip(kind, given) == given


@pytest.mark.parametrize("keys", [tuple[int, int], Literal[1, 2], Plain, frozenset[str], Choices])
def test_keys_that_no_text_is_are_refused(keys: Any) -> None:
    with pytest.raises(ToolDefinitionError, match="the keys of a JSON object are text"):
        taking(dict[keys, int]).spec()


# --- bytes ---------------------------------------------------------------------------------------


@dataclasses.dataclass
class Blob:
    data: bytes


@pytest.mark.parametrize(
    ("kind", "given"),
    [(bytes, "_wA="), (list[bytes], ["aGk=", ""]), (Blob, {"data": "_wA="})],
)
def test_bytes_are_base64_on_the_way_in_and_out(kind: Any, given: Any) -> None:
    assert round_trip(kind, given) == given


def test_bytes_are_said_to_be_base64() -> None:
    made = taking(bytes)
    assert "base64" in made.input_schema["properties"]["value"]["description"]
    assert made.bind({"value": "_wA="})() == b"\xff\x00"


# --- local types ---------------------------------------------------------------------------------


def local() -> tuple[Callable[..., Any], type]:
    @dataclasses.dataclass
    class Inner:
        z: int

    @dataclasses.dataclass
    class Order:
        lines: list[Inner]
        first: Inner | None = None

    def place(order: Order) -> str:
        """Place an order."""
        return type(order.lines[0]).__name__

    return tool(place), Order


def test_a_local_dataclass_of_local_dataclasses_is_taken() -> None:
    place, order = local()
    assert isinstance(place, Tool)
    bound = place.bind({"order": {"lines": [{"z": 1}]}})
    assert isinstance(bound.kwargs["order"], order)
    assert bound() == "Inner"


def test_a_plain_function_may_name_local_types_of_its_caller() -> None:
    @dataclasses.dataclass
    class Inner:
        z: int

    def use(inner: Inner) -> int:
        """Use it."""
        return inner.z

    (spec,) = ToolSet([use]).specs()
    assert spec["inputSchema"]["$defs"]["Inner"]["properties"] == {"z": {"type": "integer"}}


# --- errors --------------------------------------------------------------------------------------


class Grouped(Exception):  # noqa: N818
    """What an ExceptionGroup looks like where Python has none."""

    def __init__(self, message: str, exceptions: list[BaseException]) -> None:
        super().__init__(message)
        self.exceptions = tuple(exceptions)


GROUPS = [Grouped, *filter(None, [getattr(builtins, "ExceptionGroup", None)])]


@pytest.mark.parametrize("group", GROUPS)
def test_the_inner_errors_of_a_group_reach_the_model(group: Any) -> None:
    error = group("many", [ValueError("one"), group("deeper", [KeyError("two")])])
    text = taking(int).render_error(error)["contentItems"][0]["text"]
    assert [line.strip().partition(":")[0] for line in text.split("\n")] == [
        *(group.__name__, "ValueError", group.__name__, "KeyError"),
    ]
    assert "ValueError: one" in text
    assert "KeyError: 'two'" in text


def test_a_group_in_itself_ends() -> None:
    error = Grouped("many", [])
    error.exceptions = (error,)
    text = taking(int).render_error(error)["contentItems"][0]["text"]
    assert text.count("Grouped: many") == 9


class Panic(BaseException):
    pass


@pytest.mark.parametrize(
    ("error", "text"),
    [(Panic("boo"), "Panic: boo"), (SystemExit(3), "SystemExit: 3"), (Panic(), "Panic")],
)
def test_the_type_of_a_base_exception_is_told(error: BaseException, text: str) -> None:
    assert taking(int).render_error(error)["contentItems"][0]["text"] == text
