"""Questions to a JSON schema as schemars writes it. Must not know what becomes of the answers."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def reachable(definitions: dict[str, Any], roots: set[str]) -> set[str]:
    """The definitions that these lead to, themselves included."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(refs_of(definitions[name]))
    return found


def refs_of(schema: Any) -> set[str]:
    """The definitions that a schema names."""
    if isinstance(schema, dict):
        own = {target(schema)} if "$ref" in schema else set()
        return own.union(*(refs_of(value) for value in schema.values()))
    if isinstance(schema, list):
        return set().union(*(refs_of(value) for value in schema))
    return set()


def target(schema: Schema) -> str:
    """The definition behind a `$ref`."""
    return str(schema["$ref"]).rsplit("/", 1)[-1]


def options_of(schema: Schema) -> list[Schema]:
    """The alternatives of a schema; schemars writes `oneOf` and `anyOf` for the same thing."""
    return list(schema.get("oneOf", [])) + list(schema.get("anyOf", []))


def is_object(schema: Schema) -> bool:
    """Say whether a schema is a plain object."""
    return schema.get("type") == "object" and not options_of(schema)


def only_strings(options: list[Schema]) -> bool:
    """Say whether all alternatives are lists of strings, so that together they are one."""
    return bool(options) and all("enum" in o and o.get("type") == "string" for o in options)


def single_value(schema: Any) -> str | None:
    """The one value that a discriminator property admits."""
    values = schema.get("enum", []) if isinstance(schema, dict) else []
    return str(values[0]) if len(values) == 1 else None


def is_covered(option: Schema, strings: list[Schema]) -> bool:
    """Say whether an option is the schema's own "or anything", which an open union is already."""
    return bool(strings) and option.get("type") == ["string", "object"]


def merged(option: Schema, base: Schema) -> Schema:
    """Give a variant what stands beside `oneOf`, and what its own alternatives have as optional."""
    if "properties" not in option:
        return option
    properties = dict(option["properties"])
    for alternative in options_of(option):
        properties.update(alternative.get("properties", {}))
    properties.update(base.get("properties", {}))
    required = [*option.get("required", []), *base.get("required", [])]
    return {**option, "properties": properties, "required": required, "anyOf": [], "oneOf": []}


def common_tag(options: list[Schema]) -> str | None:
    """The property that has one value of its own in every variant."""
    if not options or not all("properties" in option for option in options):
        return None
    first, *others = [
        {wire for wire, prop in option["properties"].items() if single_value(prop) is not None}
        for option in options
    ]
    common = sorted(first.intersection(*others))
    return common[0] if common else None
