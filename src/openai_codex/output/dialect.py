"""Rewrite a JSON Schema to the strict dialect that the service accepts, or refuse it.

Rule 1. Every object lists its properties, requires them all, and allows no others.
Rule 2. A property that may be left out in Python becomes nullable.
Rule 3. A reference stands alone; a choice is `anyOf`; a constant is an enum of one.
Rule 4. A constraint that the dialect has no keyword for, or that some models refuse, is said in the
        description. The answer is validated against the Python type afterwards, so it still holds.
Rule 5. What cannot be expressed is refused with the path of the field. Nothing is widened silently.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeAlias

from .._schema.words import describe, words_for
from ..errors import OutputSchemaError

__all__ = ["FORMATS", "Schema", "accepts_null", "strict_schema"]

Schema: TypeAlias = dict[str, Any]

# The formats that the service knows.
FORMATS = frozenset(
    ("date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uuid")
)

_INEXPRESSIBLE = (
    "contains",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "not",
    "patternProperties",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
)
_STRUCTURE = ("additionalProperties", "format", "items", "prefixItems", "properties", "required")
_SCALARS = ("boolean", "integer", "null", "number", "string")
_REF = "#/$defs/"


def strict_schema(schema: Mapping[str, Any], *, name: str) -> tuple[Schema, bool]:
    """Return the strict schema, and whether its root is a wrapper `{"value": ...}`.

    The root must be an object, so any other type is put into one. Raises OutputSchemaError.
    """
    rewriting = _Rewriting(schema.get("$defs", {}))
    body = rewriting.node(rewriting.target(schema) if "$ref" in schema else dict(schema), name)
    wrapped = body.get("type") != "object"
    strict = _object({"value": body}) if wrapped else body
    return ({**strict, "$defs": rewriting.defs} if rewriting.defs else strict), wrapped


def accepts_null(node: Mapping[str, Any]) -> bool:
    """Tell whether null is among the values of a schema, references not followed."""
    kinds = node.get("type")
    return (
        "null" in ([kinds] if isinstance(kinds, str) else kinds or ())
        or None in node.get("enum", ())
        or any(accepts_null(member) for key in ("anyOf", "oneOf") for member in node.get(key, ()))
    )


class _Rewriting:
    """The rewriting of one schema; `defs` gathers the definitions that the result refers to."""

    def __init__(self, defs: Mapping[str, Any]) -> None:
        self._source = defs
        self._inside: list[str] = []
        self.defs: dict[str, Schema] = {}

    def node(self, node: Any, path: str) -> Schema:
        """Return the strict form of a schema with its words in the description."""
        if not isinstance(node, dict):
            _refuse_anything(path)
        for keyword in _INEXPRESSIBLE:
            if keyword in node:
                _refuse(path, f"needs the keyword {keyword!r}", "use a plainer type")
        rewrite = next((rule for key, rule in _RULES.items() if key in node), None)
        if rewrite is None:
            _refuse_anything(path)
        return _described(rewrite(self, node, path), node)

    def target(self, node: Mapping[str, Any]) -> Schema:
        """Return the definition that a reference names, the reference's own words in its place."""
        target: Schema = self._source[_name(node)]
        return {**target, **{key: value for key, value in node.items() if key != "$ref"}}

    def reference(self, node: Schema, path: str) -> Schema:
        """Keep a plain reference; one with words of its own becomes a copy that carries them."""
        name = _name(node)
        if _has_words(node) and name not in self._inside:
            self._inside.append(name)
            copy = self.node(self.target(node), name)
            self._inside.pop()
            return copy
        if name not in self.defs:
            self.defs[name] = {}
            self.defs[name].update(self.node(self._source[name], name))
        return {"$ref": node["$ref"]}

    def all_of(self, node: Schema, path: str) -> Schema:
        """Merge the only member into its parent."""
        if len(node["allOf"]) != 1:
            _refuse(path, "must fit several schemas at once (allOf)", "use one type")
        rest = {key: value for key, value in node.items() if key != "allOf"}
        return self.node({**node["allOf"][0], **rest}, path)

    def choice(self, node: Schema, path: str) -> Schema:
        """Turn anyOf and oneOf into anyOf."""
        members = [self.node(member, path) for member in node.get("anyOf") or node["oneOf"]]
        return members[0] if len(members) == 1 else {"anyOf": members}

    def enum(self, node: Schema, path: str) -> Schema:
        """List the allowed values and their types."""
        values = node["enum"] if "enum" in node else [node["const"]]
        kinds = list(dict.fromkeys(_json_type(value) for value in values))
        if not values or "object" in kinds or "array" in kinds:
            _refuse(path, "has values that are not plain", "use text, numbers or booleans")
        return {"type": kinds[0] if len(kinds) == 1 else kinds, "enum": list(values)}

    def typed(self, node: Schema, path: str) -> Schema:
        """Rewrite by the type; several types are a choice."""
        kind = node["type"]
        if isinstance(kind, list):
            form = {key: node[key] for key in _STRUCTURE if key in node}
            return self.choice({"anyOf": [{**form, "type": each} for each in kind]}, path)
        if kind == "object":
            return self.object(node, path)
        if kind == "array":
            return self.array(node, path)
        if kind not in _SCALARS:
            _refuse(path, f"has the unknown type {kind!r}", f"use one of {', '.join(_SCALARS)}")
        known = node.get("format") in FORMATS
        return {"type": kind, "format": node["format"]} if known else {"type": kind}

    def object(self, node: Schema, path: str) -> Schema:
        """Close the object and require all of its properties."""
        if not node.get("properties") and _is_open(node):
            _refuse(
                path,
                "is a free-form map",
                "use a list of objects that have a key field and a value field",
            )
        if node.get("additionalProperties", False) is not False:
            _refuse(path, "accepts fields beyond its own", "declare every field, extra='forbid'")
        required = node.get("required", ())
        return _object(
            {
                name: self.node(field, f"{path}.{name}")
                if name in required
                else self.optional(field, f"{path}.{name}")
                for name, field in node.get("properties", {}).items()
            }
        )

    def optional(self, node: Any, path: str) -> Schema:
        """Make a property nullable that may be left out, and say what null stands for.

        A constant is simply required: it is what tells the members of a union apart.
        """
        if isinstance(node, dict) and "const" in node:
            return self.node({key: value for key, value in node.items() if key != "default"}, path)
        if not isinstance(node, dict) or accepts_null(node):
            return self.node(node, path)
        bare = {key: value for key, value in node.items() if key not in ("description", "default")}
        meaning = "null stands for the default" if "default" in node else "null leaves it out"
        inner = self.node(bare, path)
        members = inner.get("anyOf", [inner])
        words = [*words_for({"default": node.get("default")}), meaning]
        text = describe(node.get("description"), words)
        return {"anyOf": [*members, {"type": "null"}], "description": text}

    def array(self, node: Schema, path: str) -> Schema:
        """Rewrite the items; there must be one type of them."""
        if "prefixItems" in node:
            _refuse(
                path, "is a tuple of fixed length", "use a list, or an object with named fields"
            )
        return {"type": "array", "items": self.node(node.get("items"), f"{path}[]")}


_RULES: Mapping[str, Callable[[_Rewriting, Schema, str], Schema]] = {
    "$ref": _Rewriting.reference,
    "allOf": _Rewriting.all_of,
    "anyOf": _Rewriting.choice,
    "oneOf": _Rewriting.choice,
    "enum": _Rewriting.enum,
    "const": _Rewriting.enum,
    "type": _Rewriting.typed,
}


def _object(properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _is_open(node: Schema) -> bool:
    return "properties" not in node or node.get("additionalProperties", False) is not False


def _described(fresh: Schema, node: Schema) -> Schema:
    """Add the node's own description and words, unless the rule has done so already."""
    if "$ref" in fresh or "$ref" in node or "allOf" in node:
        return fresh
    keep = ("format",) if "format" in fresh else ()
    text = describe(node.get("description"), words_for(node, keep=keep))
    return {**fresh, "description": text} if text else fresh


def _has_words(node: Schema) -> bool:
    return bool(describe(node.get("description"), words_for(node)))


def _name(node: Mapping[str, Any]) -> str:
    return str(node["$ref"]).removeprefix(_REF)


def _json_type(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    kinds = {str: "string", int: "integer", float: "number", list: "array"}
    return kinds.get(type(value), "object")


def _refuse(path: str, problem: str, advice: str) -> NoReturn:
    raise OutputSchemaError(path, problem, advice)


def _refuse_anything(path: str) -> NoReturn:
    _refuse(path, "accepts any value (Any, object or no type)", "name the types that it may have")
