from __future__ import annotations

import datetime
import re
import sys
from collections.abc import Mapping
from dataclasses import make_dataclass
from decimal import Decimal
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, Union
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, Json, SecretStr, WithJsonSchema

from openai_codex.output import OutputSchemaError, OutputType
from openai_codex.output.dialect import FORMATS, accepts_null, strict_schema

if sys.version_info >= (3, 12):
    from typing import NotRequired, TypedDict
else:
    from typing_extensions import NotRequired, TypedDict

KEYWORDS = {
    *("type", "properties", "required", "additionalProperties", "items", "enum", "anyOf"),
    *("description", "format"),
}
TYPES = {"string", "number", "integer", "boolean", "null", "object", "array"}


def assert_strict(node: dict[str, Any], defs: Mapping[str, Any]) -> None:
    """Check every rule of the dialect on a node and on all below it."""
    if "$ref" in node:
        assert set(node) == {"$ref"}
        assert node["$ref"].removeprefix("#/$defs/") in defs
        return
    assert set(node) <= KEYWORDS, node
    assert ("type" in node) != ("anyOf" in node), node
    kinds = node.get("type", [])
    assert set([kinds] if isinstance(kinds, str) else kinds) <= TYPES
    assert node.get("format", "date") in FORMATS
    if node.get("type") == "object":
        assert node["additionalProperties"] is False
        assert node["required"] == list(node["properties"])
    if node.get("type") == "array":
        assert "items" in node
    if "enum" in node:
        assert node["enum"]
        assert all(not isinstance(value, (dict, list)) for value in node["enum"])
    children = [*node.get("properties", {}).values(), *node.get("anyOf", [])]
    for child in [*children, *([node["items"]] if "items" in node else [])]:
        assert_strict(child, defs)


def assert_strict_root(schema: dict[str, Any]) -> None:
    defs = schema.get("$defs", {})
    root = {key: value for key, value in schema.items() if key != "$defs"}
    assert root["type"] == "object"
    for node in [root, *defs.values()]:
        assert_strict(node, defs)


def strict(type_: Any) -> dict[str, Any]:
    schema = OutputType.of(type_).schema
    assert_strict_root(schema)
    return schema


def value_of(type_: Any) -> dict[str, Any]:
    node: dict[str, Any] = strict(type_)["properties"]["value"]
    return node


class Address(BaseModel):
    """Where it is."""

    city: str


class Person(BaseModel):
    name: str = Field(min_length=1, max_length=9, pattern="^[A-Z]", description="Full name.")
    age: int = Field(ge=0, lt=150, multiple_of=1, title="Age")
    home: Address = Field(description="Where they live.")
    work: Address | None = None
    other: Address = Address(city="Ulm")
    plain: Address
    tags: list[str] = Field(default_factory=list, min_length=1, max_length=3)
    mood: Literal["good", "bad"] = "good"


class Tree(BaseModel):
    name: str
    children: list[Annotated[Tree, Field(description="a child")]] = []
    parent: Tree | None = None


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"


class Size(TypedDict):
    width: int
    height: NotRequired[int]


def test_a_model_in_the_strict_dialect() -> None:
    assert strict(Person) == {
        "type": "object",
        "properties": {
            "name": {
                "type": "string",
                "description": "Full name. (minimum length: 1; maximum length: 9; "
                "must match the pattern: ^[A-Z])",
            },
            "age": {
                "type": "integer",
                "description": "(minimum: 0; less than: 150; a multiple of: 1)",
            },
            "home": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
                "additionalProperties": False,
                "description": "Where they live.",
            },
            "work": {"anyOf": [{"$ref": "#/$defs/Address"}, {"type": "null"}]},
            "other": {
                "anyOf": [{"$ref": "#/$defs/Address"}, {"type": "null"}],
                "description": '(default: {"city": "Ulm"}; null stands for the default)',
            },
            "plain": {"$ref": "#/$defs/Address"},
            "tags": {
                "anyOf": [
                    {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "(minimum number of items: 1; maximum number of items: 3)",
                    },
                    {"type": "null"},
                ],
                "description": "(null leaves it out)",
            },
            "mood": {
                "anyOf": [{"type": "string", "enum": ["good", "bad"]}, {"type": "null"}],
                "description": "(default: good; null stands for the default)",
            },
        },
        "required": ["name", "age", "home", "work", "other", "plain", "tags", "mood"],
        "additionalProperties": False,
        "$defs": {
            "Address": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
                "additionalProperties": False,
                "description": "Where it is.",
            }
        },
    }


def test_recursion_ends_at_a_reference() -> None:
    schema = strict(Tree)
    assert set(schema["$defs"]) == {"Tree"}
    assert schema["properties"]["parent"] == {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "null"}]}


def test_a_constant_stays_required_so_that_it_tells_members_apart() -> None:
    for union in (Cat | Dog, Annotated[Cat | Dog, Field(discriminator="kind")]):
        assert value_of(union) == {"anyOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}]}
    assert strict(Cat)["properties"] == {"kind": {"type": "string", "enum": ["cat"]}}


def test_a_key_that_may_be_missing_becomes_nullable() -> None:
    assert strict(Size)["properties"]["height"] == {
        "anyOf": [{"type": "integer"}, {"type": "null"}],
        "description": "(null leaves it out)",
    }


@pytest.mark.parametrize(
    ("type_", "node"),
    [
        (datetime.datetime, {"type": "string", "format": "date-time"}),
        (datetime.timedelta, {"type": "string", "format": "duration"}),
        (UUID, {"type": "string", "format": "uuid"}),
        (IPv4Address, {"type": "string", "format": "ipv4"}),
        (Path, {"type": "string", "description": "(format: path)"}),
        (bytes, {"type": "string", "description": "(format: binary)"}),
        (Json[int], {"type": "string", "description": "(content type: application/json)"}),
        (
            set[int],
            {
                "type": "array",
                "items": {"type": "integer"},
                "description": "(all items different: true)",
            },
        ),
        (tuple[int, ...], {"type": "array", "items": {"type": "integer"}}),
        (
            Literal["a", 1, True, None],
            {"type": ["string", "integer", "boolean", "null"], "enum": ["a", 1, True, None]},
        ),
        (float | None, {"anyOf": [{"type": "number"}, {"type": "null"}]}),
    ],
)
def test_a_type_in_the_strict_dialect(type_: Any, node: dict[str, Any]) -> None:
    assert value_of(type_) == node


class Loose(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: str


def holder(type_: Any) -> Any:
    return make_dataclass("Holder", [("items", list[type_])])


@pytest.mark.parametrize(
    ("type_", "message"),
    [
        (dict[str, int], "Holder.items[] is a free-form map: use a list of objects"),
        (dict, "Holder.items[] is a free-form map"),
        (Any, "Holder.items[] accepts any value"),
        (object, "Holder.items[] accepts any value"),
        (list, "Holder.items[][] accepts any value"),
        (tuple[int, str], "Holder.items[] is a tuple of fixed length: use a list, or an object"),
        (Loose, "Loose accepts fields beyond its own: declare every field, extra='forbid'"),
        (
            dict[Annotated[str, Field(pattern="^a")], int],
            "Holder.items[] needs the keyword 'patternProperties'",
        ),
        (
            Annotated[int, WithJsonSchema({"allOf": [{"type": "integer"}, {"minimum": 1}]})],
            "Holder.items[] must fit several schemas at once",
        ),
        (Annotated[int, WithJsonSchema({"enum": [[1]]})], "has values that are not plain"),
        (Annotated[int, WithJsonSchema({"enum": []})], "has values that are not plain"),
        (Annotated[int, WithJsonSchema({"type": "file"})], "has the unknown type 'file': use one"),
        (Annotated[int, WithJsonSchema({"type": "object"})], "is a free-form map"),
    ],
)
def test_what_the_dialect_cannot_express_is_refused_with_its_path(type_: Any, message: str) -> None:
    with pytest.raises(OutputSchemaError, match=re.escape(message)) as caught:
        OutputType.of(holder(type_))
    assert str(caught.value).startswith(caught.value.path)
    assert caught.value.problem in str(caught.value)
    assert caught.value.advice in str(caught.value)


def test_an_optional_field_that_accepts_anything_is_refused_too() -> None:
    schema = {"type": "object", "properties": {"x": True}}
    with pytest.raises(OutputSchemaError, match=r"T\.x accepts any value"):
        strict_schema(schema, name="T")


@pytest.mark.parametrize(
    ("written", "node"),
    [
        (
            {"allOf": [{"type": "integer", "minimum": 1}], "description": "n"},
            {"type": "integer", "description": "n (minimum: 1)"},
        ),
        (
            {"oneOf": [{"type": "integer"}], "description": "n"},
            {"type": "integer", "description": "n"},
        ),
        (
            {"type": ["string", "null"], "description": "n", "maxLength": 3},
            {
                "anyOf": [{"type": "string"}, {"type": "null"}],
                "description": "n (maximum length: 3)",
            },
        ),
        (
            {"type": ["array", "null"], "items": {"type": "integer"}},
            {"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "null"}]},
        ),
        *(
            ({"const": value}, {"type": kind, "enum": [value]})
            for value, kind in ((3, "integer"), (0.5, "number"), ("a", "string"), (True, "boolean"))
        ),
        ({"type": "string", "x-note": 1, "$comment": "c", "deprecated": True}, {"type": "string"}),
    ],
)
def test_a_schema_written_by_hand_is_rewritten(
    written: dict[str, Any], node: dict[str, Any]
) -> None:
    assert value_of(Annotated[int, WithJsonSchema(written)]) == node


SCALARS = st.sampled_from(
    [
        *(str, int, float, bool, None, Decimal, datetime.date, datetime.time, UUID, Path, bytes),
        *(SecretStr, Literal["a"], Literal["a", 2, None], Address, Person, Tree, Cat, Size),
        Annotated[int, Field(ge=3, description="d", examples=[4])],
        Annotated[Address, Field(description="here")],
        Annotated[str, Field(pattern="a", min_length=2, title="T")],
        Annotated[Cat | Dog, Field(discriminator="kind")],
    ]
)
COMPOSED = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        inner.map(lambda type_: list[type_]),  # type: ignore[valid-type]
        inner.map(lambda type_: Optional[type_]),  # noqa: UP045 - None | None is an error
        st.tuples(inner, inner).map(lambda pair: Union[pair]),  # noqa: UP007
        st.tuples(inner, inner).map(
            lambda pair: make_dataclass("Made", [("a", pair[0]), ("b", pair[1], None)])
        ),
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(COMPOSED)
def test_every_schema_that_is_not_refused_is_strict(type_: Any) -> None:
    assert_strict_root(OutputType.of(type_).schema)


@pytest.mark.parametrize(
    "keyword",
    [
        *("contains", "dependentRequired", "dependentSchemas", "else", "if", "not", "then"),
        *("patternProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties"),
    ],
)
def test_each_keyword_that_the_service_does_not_know_is_refused(keyword: str) -> None:
    with pytest.raises(OutputSchemaError, match=f"needs the keyword '{keyword}'"):
        strict_schema({"type": "object", "properties": {}, keyword: {}}, name="T")


def test_values_that_are_objects_are_refused() -> None:
    with pytest.raises(OutputSchemaError, match="has values that are not plain"):
        strict_schema({"enum": [{"a": 1}]}, name="T")


def test_an_optional_field_keeps_its_description() -> None:
    field = {"type": "integer", "description": "How many."}
    schema, _ = strict_schema({"type": "object", "properties": {"x": field}}, name="T")
    assert schema["properties"]["x"] == {
        "anyOf": [{"type": "integer"}, {"type": "null"}],
        "description": "How many. (null leaves it out)",
    }


def test_nothing_stands_beside_a_reference() -> None:
    one = {"anyOf": [{"$ref": "#/$defs/A"}], "description": "one of one"}
    defs = {"A": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}}
    written = {"type": "object", "properties": {"x": one}, "required": ["x"], "$defs": defs}
    assert strict_schema(written, name="T")[0]["properties"]["x"] == {"$ref": "#/$defs/A"}


def test_an_object_that_may_be_null_keeps_its_fields() -> None:
    field = {"type": "integer"}
    kinds = {
        "type": ["object", "null"],
        "properties": {"a": field},
        "required": ["a"],
        "additionalProperties": False,
    }
    written = {"type": "object", "properties": {"x": kinds}, "required": ["x"]}
    assert strict_schema(written, name="T")[0]["properties"]["x"]["anyOf"] == [
        {**kinds, "type": "object"},
        {"type": "null"},
    ]


def test_a_tuple_that_may_be_null_is_refused_as_others_are() -> None:
    written = {"type": ["array", "null"], "prefixItems": [{"type": "integer"}]}
    with pytest.raises(OutputSchemaError, match="is a tuple of fixed length"):
        strict_schema(written, name="T")


def test_a_map_that_may_be_null_is_refused_as_others_are() -> None:
    written = {"type": ["object", "null"], "additionalProperties": {"type": "integer"}}
    with pytest.raises(OutputSchemaError, match="is a free-form map"):
        strict_schema(written, name="T")


def test_an_object_without_fields_that_takes_any_is_a_map() -> None:
    written = {"type": "object", "properties": {}, "additionalProperties": True}
    with pytest.raises(OutputSchemaError, match="is a free-form map"):
        strict_schema(written, name="T")


def test_an_optional_choice_that_takes_null_stays_as_it_is() -> None:
    choice = {"oneOf": [{"type": "null"}, {"type": "integer"}]}
    schema, _ = strict_schema({"type": "object", "properties": {"x": choice}}, name="T")
    assert schema["properties"]["x"] == {"anyOf": [{"type": "null"}, {"type": "integer"}]}


def test_a_reference_with_words_carries_the_words_of_its_target_as_well() -> None:
    written = {
        "type": "object",
        "properties": {"x": {"$ref": "#/$defs/N", "description": "n"}},
        "required": ["x"],
        "$defs": {"N": {"type": "integer", "minimum": 1}},
    }
    schema, _ = strict_schema(written, name="T")
    assert schema["properties"]["x"] == {"type": "integer", "description": "n (minimum: 1)"}


@pytest.mark.parametrize(
    ("node", "accepts"),
    [
        ({}, False),
        ({"type": "null"}, True),
        ({"type": "string"}, False),
        ({"type": ["string", "null"]}, True),
        ({"type": ["string", "integer"]}, False),
        ({"enum": ["a", None]}, True),
        ({"enum": ["a", "null"]}, False),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, True),
        ({"oneOf": [{"type": "string"}, {"enum": [None]}]}, True),
        ({"anyOf": [{"type": "string"}], "oneOf": [{"type": "integer"}]}, False),
    ],
)
def test_null_is_among_the_values_wherever_a_schema_names_it(
    node: dict[str, Any], accepts: bool
) -> None:
    assert accepts_null(node) is accepts
