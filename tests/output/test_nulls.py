from __future__ import annotations

from typing import Any

import pytest

from openai_codex.output.nulls import without_filler

INTEGER = {"type": "integer"}
NULLABLE = {"anyOf": [INTEGER, {"type": "null"}]}
A = {"type": "object", "properties": {"a": INTEGER, "x": INTEGER}, "required": ["a"]}
B = {
    "type": "object",
    "properties": {"b": INTEGER, "x": NULLABLE, "kind": {"const": "b"}},
    "required": ["b"],
}
DEFS = {"$defs": {"A": A, "B": B}}
REF_A, REF_B = {"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}


@pytest.mark.parametrize(
    ("schema", "value", "cleaned"),
    [
        (A, {"a": 1, "x": None}, {"a": 1}),
        (A, {"a": None, "x": 2}, {"a": None, "x": 2}),
        (A, {"a": 1, "unknown": None}, {"a": 1, "unknown": None}),
        (B, {"b": 1, "x": None}, {"b": 1, "x": None}),
        (REF_A, {"a": 1, "x": None}, {"a": 1}),
        ({"type": "array", "items": REF_A}, [{"a": 1, "x": None}], [{"a": 1}]),
        ({"anyOf": [REF_A, REF_B]}, {"a": 1, "x": None}, {"a": 1}),
        ({"oneOf": [REF_A, REF_B]}, {"b": 1, "x": None}, {"b": 1, "x": None}),
        (
            {"anyOf": [REF_A, REF_B]},
            {"b": 1, "x": None, "kind": "b"},
            {"b": 1, "x": None, "kind": "b"},
        ),
        ({"anyOf": [REF_A, INTEGER]}, {"c": None}, {"c": None}),
        ({"anyOf": [{"oneOf": [INTEGER, REF_A]}, REF_B]}, {"a": 1, "x": None}, {"a": 1}),
        ({"anyOf": [REF_A, {"type": "array", "items": REF_A}]}, [{"a": 1, "x": None}], [{"a": 1}]),
        ({"anyOf": [{"type": "array", "items": INTEGER}, INTEGER]}, 3, 3),
        (
            {"anyOf": [{"type": "array", "items": INTEGER}, {"type": "array", "items": REF_A}]},
            [{"a": 1, "x": None}],
            [{"a": 1}],
        ),
        ({"anyOf": [{"anyOf": [INTEGER, REF_A]}, REF_B]}, {"a": 1, "x": None}, {"a": 1}),
        ({"anyOf": [{"type": "boolean"}, {"type": "number"}, {"type": "string"}]}, "t", "t"),
    ],
)
def test_only_nulls_that_stand_for_nothing_are_taken_out(
    schema: dict[str, Any], value: Any, cleaned: Any
) -> None:
    assert without_filler({**schema, **DEFS}, value) == cleaned


def test_in_a_choice_a_filled_in_name_still_tells_the_member() -> None:
    def card(field: str) -> dict[str, Any]:
        optional = {"type": "string", "default": "none"}
        return {
            "type": "object",
            "properties": {"id": INTEGER, field: optional},
            "required": ["id"],
        }

    schema = {"anyOf": [card("pin"), card("note")]}
    assert without_filler(schema, {"id": 1, "note": None}) == {"id": 1, "note": "none"}


@pytest.mark.parametrize(
    ("node", "fitting", "others"),
    [
        ({"type": "array"}, [[], [1]], [{}, "", 1, None]),
        ({"type": "array", "items": INTEGER}, [[], [1, 2]], [["a"], [1, None]]),
        ({"type": "boolean"}, [True, False], [0, 1, "", None]),
        (INTEGER, [0, 7], [True, 1.5, "1", None]),
        ({"type": "number"}, [0, 1.5], [False, "1", None]),
        ({"type": "null"}, [None], [0, "", False]),
        ({"type": "string"}, ["", "a"], [1, None, []]),
        ({"type": "object"}, [{}], [[], "", {"unknown": 1}]),
        (A, [{"a": 1}, {"a": 1, "x": 2}, {"a": 1, "x": None}], [{}, {"x": 2}, {"a": None}]),
        (REF_A, [{"a": 1}], [{"a": 1, "x": "2"}, {"a": 1, "b": 1}]),
        ({"const": 3}, [3], [4, None]),
        ({"enum": ["x", "z"], "type": "string"}, ["x", "z"], ["y", None]),
        ({"oneOf": [INTEGER, {"type": "string"}]}, [1, "a"], [None, []]),
    ],
)
def test_an_answer_is_of_the_member_whose_form_it_has(
    node: dict[str, Any], fitting: list[Any], others: list[Any]
) -> None:
    def member(field: dict[str, Any], optional: dict[str, Any]) -> dict[str, Any]:
        properties = {"it": field, "x": optional}
        return {"type": "object", "properties": properties, "required": ["it"]}

    # Of the first a null means "left out", and of the second it is a value.
    schema = {"anyOf": [member(node, INTEGER), member({}, NULLABLE)], **DEFS}
    for it in fitting:
        assert "x" not in without_filler(schema, {"it": it, "x": None}), it
    for it in others:
        assert "x" in without_filler(schema, {"it": it, "x": None}), it
