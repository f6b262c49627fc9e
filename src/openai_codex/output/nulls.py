"""Take out of an answer the nulls that stand for "left out", so that Python's defaults apply.

The strict dialect makes every property required, so the model writes null where it leaves one out.
Where the Python type takes None itself, a null is a value and stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["without_filler"]

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}


def without_filler(schema: Mapping[str, Any], value: Any) -> Any:
    """Return the answer without the nulls of properties that are not required and not nullable.

    `schema` is that of the Python type, before it was made strict.
    """
    return _Answer(schema.get("$defs", {})).cleaned(schema, value)


class _Answer:
    def __init__(self, defs: Mapping[str, Any]) -> None:
        self._defs = defs

    def cleaned(self, schema: Mapping[str, Any], value: Any) -> Any:
        node = self._chosen(schema, value)
        is_choice = node is not self._resolved(schema)
        if isinstance(value, list):
            return [self.cleaned(node.get("items", {}), item) for item in value]
        if isinstance(value, dict):
            return self._cleaned_object(node, value, keep_names=is_choice)
        return value

    def _cleaned_object(
        self, node: Mapping[str, Any], value: dict[str, Any], *, keep_names: bool
    ) -> dict[str, Any]:
        fields, required = node.get("properties", {}), node.get("required", ())
        cleaned = {}
        for name, item in value.items():
            if item is not None or not self._is_filler(fields, required, name):
                cleaned[name] = self.cleaned(fields.get(name, {}), item)
            elif keep_names and fields[name].get("default") is not None:
                # In a choice the names say which member it is: the default takes the null's place.
                # A default of None would not pass as the value that it stands in for.
                cleaned[name] = fields[name]["default"]
        return cleaned

    def _is_filler(self, fields: Mapping[str, Any], required: Any, name: str) -> bool:
        return name not in required and name in fields and not self._fits(fields[name], None)

    def _chosen(self, schema: Mapping[str, Any], value: Any) -> Mapping[str, Any]:
        """Follow references, and take the member of a choice that the value has the form of."""
        node = self._resolved(schema)
        for member in node.get("anyOf") or node.get("oneOf") or ():
            if self._fits(member, value):
                return self._chosen(member, value)
        return node

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            schema = self._defs[schema["$ref"].rpartition("/")[2]]
        return schema

    def _fits(self, schema: Mapping[str, Any], value: Any) -> bool:
        """Tell whether a value has the form of a schema, nulls for optional properties allowed."""
        node = self._resolved(schema)
        members = node.get("anyOf") or node.get("oneOf")
        if members:
            return any(self._fits(member, value) for member in members)
        if "const" in node or "enum" in node:
            return value in node.get("enum", (node.get("const"),))
        if not _TYPES.get(str(node.get("type")), bool)(value):
            return False
        if isinstance(value, list):
            return all(self._fits(node.get("items", {}), item) for item in value)
        return not isinstance(value, dict) or self._object_fits(node, value)

    def _object_fits(self, node: Mapping[str, Any], value: dict[str, Any]) -> bool:
        fields = node.get("properties", {})
        required = node.get("required", ())
        return set(required) <= set(value) <= set(fields) and all(
            (item is None and name not in required) or self._fits(fields[name], item)
            for name, item in value.items()
        )
