from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, create_model

from openai_codex.output import OutputSchemaError, OutputType


def flat(count: int, *, name: str = "f") -> Any:
    fields: dict[str, Any] = {f"{name}{index}": (int, ...) for index in range(count)}
    return create_model("Flat", **fields)


def nested(levels: int, *, innermost: Any = int) -> Any:
    model: Any = innermost
    for level in range(levels):
        model = create_model(f"Level{level}", inner=(model, ...))
    return model


def twice(type_: Any) -> Any:
    """Return a model that refers to one definition from two places."""
    inner = create_model("Inner", word=(type_, ...))
    return create_model("Outer", one=(inner, ...), other=(inner, ...))


def words(count: int, *, length: int = 5) -> Any:
    return Literal[tuple(str(index).zfill(length) for index in range(count))]


def long_names(*, more: int) -> Any:
    """Return a model of a hundred names of 1200 characters, the last one longer."""
    sizes = [1198] * 99 + [1198 + more]
    fields: dict[str, Any] = {"n" * size + f"{at:02}": (int, ...) for at, size in enumerate(sizes)}
    return create_model("Long", **fields)


def many(type_: Any) -> Any:
    return list[type_]


class Link(BaseModel):
    next: Link | None
    other: Other | None


class Other(BaseModel):
    link: Link | None


class Branch(BaseModel):
    branches: list[Branch]


@pytest.mark.parametrize(
    ("type_", "problem"),
    [
        (flat(5001), "has 5001 properties, the service takes 5000"),
        (nested(11), "has 11 levels of nested objects, the service takes 10"),
        (many(nested(11)), "has 12 levels of nested objects, the service takes 10"),
        (nested(10, innermost=Branch), "has 11 levels of nested objects, the service takes 10"),
        (nested(10) | flat(2), "has 11 levels of nested objects, the service takes 10"),
        (many(words(1001, length=4) | int), "has 1001 enum values, the service takes 1000"),
        (words(1001, length=4), "has 1001 enum values, the service takes 1000"),
        (many(words(1001, length=4)), "has 1001 enum values, the service takes 1000"),
        (twice(words(1001, length=4)), "has 1001 enum values, the service takes 1000"),
        (words(251, length=60), "has 15060 characters in one enum of 251, the service takes 15000"),
        (
            long_names(more=1),
            "has 120001 characters in names and enum values, the service takes 120000",
        ),
    ],
)
def test_a_schema_over_a_limit_is_refused(type_: Any, problem: str) -> None:
    with pytest.raises(OutputSchemaError, match=problem):
        OutputType.of(type_)


@pytest.mark.parametrize(
    "type_",
    [
        *(flat(5000), nested(10), words(1000), words(250, length=100), words(300, length=50)),
        *(Link, list[Link], long_names(more=0), nested(9, innermost=Branch)),
    ],
)
def test_a_schema_at_a_limit_passes(type_: Any) -> None:
    assert OutputType.of(type_).schema["type"] == "object"
