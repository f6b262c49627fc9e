"""Valid and invalid messages made from the committed schema, for every definition and variant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.gen_wire.emitted import FILE, merged_definitions

SCHEMA = Path(__file__).parents[2] / "schema" / FILE
DEFINITIONS: dict[str, Any] = merged_definitions(json.loads(SCHEMA.read_text(encoding="utf-8")))

_SCALARS: dict[str, Any] = {
    "string": "text",
    "integer": 7,
    "number": 1.5,
    "boolean": True,
    "null": None,
}
# What is certainly not a value of this type, even where numbers are read out of strings.
_WRONG: dict[str, Any] = {
    "string": {"no": "string"},
    "integer": "seven",
    "number": "much",
    "boolean": "maybe",
    "array": "no list",
    "object": "no object",
}


@dataclass(frozen=True)
class Sample:
    """A value for a definition, and what is special about it."""

    definition: str
    about: str
    value: Any

    def __str__(self) -> str:
        return f"{self.definition}-{self.about}"


def valid_samples(definition: str) -> Iterator[Sample]:
    """Each variant of a definition, with as little and with as much in it as there can be."""
    for index, schema in enumerate(_variants(DEFINITIONS[definition])):
        yield Sample(definition, f"{index}-minimal", value_of(schema, full=False))
        yield Sample(definition, f"{index}-full", value_of(schema, full=True))


def invalid_samples(definition: str) -> Iterator[Sample]:
    """For a plain object: each required property missing, each property of the wrong type."""
    schema = DEFINITIONS[definition]
    if schema.get("type") != "object" or _variants(schema) != [schema]:
        return
    good = value_of(schema, full=True)
    required = schema.get("required", [])
    for name, prop in schema.get("properties", {}).items():
        if name in required and not _admits_null(prop):
            without = {key: value for key, value in good.items() if key != name}
            yield Sample(definition, f"without-{name}", without)
        wrong = wrong_value(prop)
        if wrong is not None:
            yield Sample(definition, f"wrong-{name}", {**good, name: wrong})


def value_of(schema: Any, *, full: bool) -> Any:
    """A value that a schema admits."""
    schema = _resolved(schema)
    variants = _variants(schema)
    if variants != [schema]:
        return value_of(_first_solid(variants), full=full)
    if "enum" in schema:
        return schema["enum"][0]
    kinds = schema.get("type", "string")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if kind == "array":
        return [value_of(schema.get("items", True), full=full)] if full else []
    if kind == "object":
        return _object(schema, full=full)
    return _SCALARS[kind]


def wrong_value(schema: Any) -> Any:
    """A value that a schema does not admit, or None where it admits anything."""
    schema = _resolved(schema)
    if len(_variants(schema)) > 1 and "type" not in schema:
        solid = [option for option in _variants(schema) if option.get("type") != "null"]
        return wrong_value(solid[0]) if len(solid) == 1 else [[17]]
    kinds = schema.get("type", [])
    first = kinds[0] if isinstance(kinds, list) and kinds else kinds
    return _WRONG.get(first) if isinstance(first, str) else None


def _object(schema: Any, *, full: bool) -> Any:
    properties = schema.get("properties")
    if properties is None:
        extra = schema.get("additionalProperties")
        return {"key": value_of(extra, full=full)} if full and isinstance(extra, dict) else {}
    required = schema.get("required", [])
    return {
        name: value_of(prop, full=full)
        for name, prop in properties.items()
        if full or name in required
    }


def _resolved(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return {}
    if "$ref" in schema:
        return _resolved(DEFINITIONS[schema["$ref"].rsplit("/", 1)[-1]])
    if "allOf" in schema:
        return _resolved(schema["allOf"][0])
    return schema


def _variants(schema: Any) -> list[Any]:
    """The alternatives of a schema, each with the properties that stand beside them; or itself."""
    options = [*schema.get("oneOf", []), *schema.get("anyOf", [])]
    if not options:
        return [schema]
    return [
        nested for option in options for nested in _variants(_joined(_resolved(option), schema))
    ]


def _joined(option: Any, base: Any) -> Any:
    if not option.get("properties") or not base.get("properties"):
        return option
    return {
        **option,
        "properties": {**base["properties"], **option["properties"]},
        "required": [*base.get("required", []), *option.get("required", [])],
    }


def _first_solid(variants: list[Any]) -> Any:
    return next(variant for variant in variants if variant.get("type") != "null")


def _admits_null(prop: Any) -> bool:
    schema = _resolved(prop)
    kinds = schema.get("type", "null")
    if any(_admits_null(option) for option in _variants(schema) if option is not schema):
        return True
    return "null" in kinds if isinstance(kinds, list) else kinds == "null" and "enum" not in schema
