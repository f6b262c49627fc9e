"""How large a schema the service accepts. Counts; rewrites nothing.

The limits are those of the service's public guide to structured outputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import OutputSchemaError
from .dialect import Schema

__all__ = ["check_limits"]

MAX_PROPERTIES = 5_000
MAX_LEVELS = 10
MAX_ENUM_VALUES = 1_000
LARGE_ENUM = 250
MAX_LARGE_ENUM_CHARS = 15_000
MAX_NAME_CHARS = 120_000


def check_limits(schema: Schema, *, name: str) -> None:
    """Raise OutputSchemaError when a strict schema is larger than the service accepts."""
    nodes = list(_nodes(schema))
    enums = [node["enum"] for node in nodes if "enum" in node]
    properties = [key for node in nodes for key in node.get("properties", ())]
    values = [value for enum in enums for value in enum]
    _check(name, "properties", len(properties), MAX_PROPERTIES)
    _check(name, "levels of nested objects", _levels(schema), MAX_LEVELS)
    _check(name, "enum values", len(values), MAX_ENUM_VALUES)
    for enum in enums:
        if len(enum) > LARGE_ENUM:
            _check(
                name, f"characters in one enum of {len(enum)}", _chars(enum), MAX_LARGE_ENUM_CHARS
            )
    names = [*properties, *schema.get("$defs", ()), *values]
    _check(name, "characters in names and enum values", _chars(names), MAX_NAME_CHARS)


def _check(name: str, what: str, count: int, limit: int) -> None:
    if count > limit:
        raise OutputSchemaError(
            name, f"has {count} {what}, the service takes {limit}", "ask for less in one answer"
        )


def _chars(values: list[Any]) -> int:
    return sum(len(str(value)) for value in values)


def _children(node: Schema) -> Iterator[Schema]:
    yield from node.get("properties", {}).values()
    yield from node.get("anyOf", ())
    if "items" in node:
        yield node["items"]


def _nodes(node: Schema) -> Iterator[Schema]:
    yield node
    for child in (*_children(node), *node.get("$defs", {}).values()):
        yield from _nodes(child)


def _levels(schema: Schema) -> int:
    """Count the objects on the longest way down; recursion is not followed twice."""
    depths: dict[str, int] = {}

    def depth(node: Schema) -> int:
        if "$ref" in node:
            name = node["$ref"].rpartition("/")[2]
            if name not in depths:
                depths[name] = 0
                depths[name] = depth(schema["$defs"][name])
            return depths[name]
        return ("properties" in node) + max(map(depth, _children(node)), default=0)

    return depth(schema)
