"""Keywords and problems in words, for a model or a person who is to act on them."""

from __future__ import annotations

import sys
import typing
from types import GenericAlias
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from openai_codex._schema import callers
from openai_codex._schema.callers import local_types, may_be_in_a_hint
from openai_codex._schema.problems import SHOWN_CHARS, SHOWN_PROBLEMS, Problem, listed, problems_of
from openai_codex._schema.words import describe, words_for


@pytest.mark.parametrize(
    ("node", "words"),
    [
        ({"minLength": 1, "maxLength": 5}, ["minimum length: 1", "maximum length: 5"]),
        ({"pattern": "^a$"}, ["must match the pattern: ^a$"]),
        ({"format": "date"}, ["format: date"]),
        ({"contentEncoding": "base64"}, ["encoding: base64"]),
        ({"contentMediaType": "text/plain"}, ["content type: text/plain"]),
        ({"minimum": 0, "maximum": 9}, ["minimum: 0", "maximum: 9"]),
        ({"exclusiveMinimum": 0}, ["greater than: 0"]),
        ({"exclusiveMaximum": 9}, ["less than: 9"]),
        ({"multipleOf": 2}, ["a multiple of: 2"]),
        ({"minItems": 1}, ["minimum number of items: 1"]),
        ({"maxItems": 3}, ["maximum number of items: 3"]),
        ({"uniqueItems": True}, ["all items different: true"]),
        ({"minProperties": 1}, ["minimum number of fields: 1"]),
        ({"maxProperties": 3}, ["maximum number of fields: 3"]),
        ({"examples": ["\u00e4", 1]}, ['for example: ["\u00e4", 1]']),
        ({"default": False}, ["default: false"]),
        ({"default": None, "title": "T", "of_tomorrow": 1}, []),
        ({"default": "x", "minLength": 1}, ["minimum length: 1", "default: x"]),
    ],
)
def test_each_keyword_has_its_words(node: dict[str, Any], words: list[str]) -> None:
    assert words_for(node) == words


def test_a_keyword_that_is_kept_needs_no_words() -> None:
    node = {"minimum": 1, "format": "date"}
    assert words_for(node, keep=["minimum"]) == ["format: date"]
    assert words_for(node, keep=["minimum", "format"]) == []


@pytest.mark.parametrize(
    ("description", "words", "text"),
    [
        ("A day", ["format: date", "minimum: 1"], "A day (format: date; minimum: 1)"),
        ("A day", [], "A day"),
        (None, ["minimum: 1"], "(minimum: 1)"),
        ("", [], ""),
    ],
)
def test_words_stand_in_brackets_after_the_description(
    description: str | None, words: list[str], text: str
) -> None:
    assert describe(description, words) == text


# --- problems ------------------------------------------------------------------------------------


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: Annotated[int, Field(gt=0)]


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    inner: list[Inner] = []


@pytest.mark.parametrize(
    ("value", "problems"),
    [
        ({}, ["name: required, but missing"]),
        ({"name": 1}, ["name: Input should be a valid string, got 1"]),
        ({"name": "a", "x": 1}, ["x: unknown, expected only: name, inner"]),
        ({"name": "a", "inner": [{"size": 1, "x": 1}]}, ["inner[0].x: unknown field"]),
        (
            {"name": "a", "inner": [{"size": 1}, {"size": 0}, {}]},
            [
                "inner[1].size: Input should be greater than 0, got 0",
                "inner[2].size: required, but missing",
            ],
        ),
        ("\u00e4", ['Input should be a valid dictionary or instance of Outer, got "\u00e4"']),
    ],
)
def test_a_problem_says_where_and_what(value: Any, problems: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(value)
    found = problems_of(caught.value, known=["name", "inner"])
    assert [str(each) for each in found] == problems


def test_an_unknown_field_is_one_where_nobody_says_which_are_known() -> None:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate({"name": "a", "x": 1})
    assert [str(each) for each in problems_of(caught.value)] == ["x: unknown field"]


@pytest.mark.parametrize(("length", "is_cut"), [(SHOWN_CHARS - 2, False), (SHOWN_CHARS - 1, True)])
def test_a_long_value_is_cut(length: int, is_cut: bool) -> None:
    with pytest.raises(ValidationError) as caught:
        Inner.model_validate({"size": "x" * length})
    (problem,) = problems_of(caught.value)
    shown = problem.message.partition(", got ")[2]
    assert shown == (f'"{"x" * (SHOWN_CHARS - 1)}\u2026' if is_cut else f'"{"x" * length}"')


def test_what_is_no_json_is_shown_by_its_repr() -> None:
    with pytest.raises(ValidationError) as caught:
        Inner.model_validate({"size": {1, 2}})
    assert problems_of(caught.value)[0].message.endswith(', got "{1, 2}"')


@pytest.mark.parametrize(
    ("count", "last"),
    [
        (1, "- p0"),
        (SHOWN_PROBLEMS, f"- p{SHOWN_PROBLEMS - 1}"),
        (SHOWN_PROBLEMS + 1, "- and 1 more"),
        (SHOWN_PROBLEMS + 5, "- and 5 more"),
    ],
)
def test_of_many_problems_the_first_are_listed(count: int, last: str) -> None:
    lines = listed(f"p{number}" for number in range(count)).split("\n")
    assert lines[0] == "- p0"
    assert lines[-1] == last
    assert len(lines) == min(count, SHOWN_PROBLEMS + 1)


def test_problems_are_listed_with_their_places() -> None:
    assert listed([Problem("a", "odd"), Problem("", "all"), "text"]) == "- a: odd\n- all\n- text"
    assert listed([]) == ""


# --- local types ---------------------------------------------------------------------------------


# Written as it was before Python 3.10.
OLD_UNION: Any = typing.Optional[int]  # noqa: UP045


@pytest.mark.parametrize(
    "value", [int, BaseModel, sys, list[int], int | str, Literal["a"], OLD_UNION, Any]
)
def test_a_type_may_stand_in_a_hint(value: Any) -> None:
    assert may_be_in_a_hint(value)


@pytest.mark.parametrize("value", [1, "int", None, [int], (int,), len])
def test_another_value_may_not_stand_in_a_hint(value: Any) -> None:
    assert not may_be_in_a_hint(value)


def test_the_local_types_of_all_callers_are_found_the_nearest_first() -> None:
    class Own: ...

    shared, number = int, 3

    def inner() -> dict[str, Any]:
        shared = GenericAlias(list, (int,))
        assert shared
        return local_types()

    found = inner()
    assert found["Own"] is Own
    assert found["shared"] == list[int]
    assert local_types()["shared"] is shared
    assert "number" not in found
    assert number == 3


def test_the_names_of_modules_are_no_local_types() -> None:
    found = local_types()
    assert "BaseModel" not in found
    assert "SHOWN_CHARS" not in found


def test_the_names_of_our_own_functions_are_none_of_a_callers() -> None:
    code = "def look():\n    Ours = int\n    return local_types()\n"
    ours: dict[str, Any] = {"__name__": "openai_codex.tools", "local_types": local_types}
    theirs: dict[str, Any] = {"__name__": "openai_codex_of_somebody", "local_types": local_types}
    for place in (ours, theirs):
        exec(code, place)
    assert "Ours" not in ours["look"]()
    assert theirs["look"]()["Ours"] is int
    assert callers.__name__.startswith("openai_codex.")
