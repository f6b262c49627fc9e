"""JSON Schema of a Python type, without pydantic's warnings. Imports pydantic: import it late."""

from __future__ import annotations

from enum import Enum
from typing import Any

from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError
from pydantic.json_schema import (
    GenerateJsonSchema,
    JsonSchemaMode,
    JsonSchemaValue,
    JsonSchemaWarningKind,
)
from pydantic_core import CoreSchema, SchemaError
from pydantic_core.core_schema import CallSchema, DictSchema, GeneratorSchema, LiteralSchema

from .callers import local_types

__all__ = ["NO_SCHEMA", "completed", "json_schema", "reason"]

NO_SCHEMA = (PydanticUserError, SchemaError, NameError, TypeError)
"""What is raised for a type that has no JSON Schema, here or when its adapter is made."""


class CheckedGenerator(GenerateJsonSchema):
    """Pydantic's generator of schemas, which refuses here what validation would not check."""

    ignored_warning_kinds: set[JsonSchemaWarningKind] = {  # noqa: RUF012 - pydantic's own form
        "skipped-choice",
        "non-serializable-default",
    }

    def generator_schema(self, schema: GeneratorSchema) -> JsonSchemaValue:
        """Refuse Iterable and Generator, which are validated only while they are read."""
        raise PydanticUserError("Iterable is not checked until it is read, write list", code=None)

    def call_schema(self, schema: CallSchema) -> JsonSchemaValue:
        """Refuse a function, which would be called; a NamedTuple is a class."""
        if not isinstance(schema["function"], type):
            raise PydanticUserError("a function is not a type", code=None)
        return super().call_schema(schema)

    def literal_schema(self, schema: LiteralSchema) -> JsonSchemaValue:
        """Refuse members of an enum that no JSON value is equal to."""
        for member in schema["expected"]:
            if isinstance(member, Enum) and not isinstance(member, (str, int)):
                raise PydanticUserError(
                    f"no JSON value is {member}, write the enum or Literal[{member.value!r}]",
                    code=None,
                )
        return super().literal_schema(schema)

    def generate(self, schema: CoreSchema, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        """Note what references lead to, and generate."""
        definitions: Any = schema.get("definitions", ())
        self._references = {one["ref"]: one for one in definitions if "ref" in one}
        return super().generate(schema, mode)

    def field_is_required(self, field: Any, total: bool) -> bool:
        """Refuse a field that JSON cannot fill under one name: the schema would give another."""
        alias = field.get("validation_alias")
        if isinstance(alias, list) and not any(_is_name(path) for path in alias):
            raise PydanticUserError(
                "an AliasPath is no name of a field, give it an alias", code=None
            )
        return super().field_is_required(field, total)

    def dict_schema(self, schema: DictSchema) -> JsonSchemaValue:
        """Refuse keys that no text is, and list those that there are."""
        keys = self._key_values(schema.get("keys_schema", {"type": "any"}))
        if keys is _NO_KEYS:
            raise PydanticUserError(
                "the keys of a JSON object are text, write dict[str, ...] or a list of pairs",
                code=None,
            )
        found = super().dict_schema(schema)
        return {**found, "propertyNames": {"enum": keys}} if isinstance(keys, list) else found

    def _key_values(self, schema: Any) -> Any:
        """Return the texts that a key may be, None for any, `_NO_KEYS` where no text is one."""
        schema = self._references.get(schema.get("schema_ref"), schema)
        kind = schema["type"]
        if kind in _CONTAINERS:
            return _NO_KEYS
        if kind == "enum":
            values = [member.value for member in schema["members"]]
            is_read = "sub_type" in schema or all(isinstance(value, str) for value in values)
            return [str(value) for value in values] if is_read else _NO_KEYS
        if kind == "literal":
            expected = schema["expected"]
            is_text = all(isinstance(value, str) for value in expected)
            return [str.__str__(value) for value in expected] if is_text else _NO_KEYS
        inner = schema.get("schema")
        return self._key_values(inner) if isinstance(inner, dict) else None


_NO_KEYS = object()
_CONTAINERS = frozenset(
    (
        *("call", "named-tuple"),  # a NamedTuple, as older and newer versions of pydantic have it
        *("dataclass", "dict", "frozenset", "list", "model", "none", "set", "tuple", "typed-dict"),
    )
)


def _is_name(path: Any) -> bool:
    return isinstance(path, list) and len(path) == 1  # the first of an AliasPath is text


def completed(adapter: TypeAdapter[Any]) -> TypeAdapter[Any]:
    """Return the adapter, whose type may name local types of the callers."""
    if not adapter.pydantic_complete:
        adapter.rebuild(force=True, raise_errors=False, _types_namespace=local_types())
    return adapter


def json_schema(adapter: TypeAdapter[Any]) -> dict[str, Any]:
    """Return the schema of what the type accepts, property names by alias."""
    return adapter.json_schema(schema_generator=CheckedGenerator)


def reason(error: Exception) -> str:
    """Return what an error says in one sentence; more of pydantic's advice would not help here."""
    if isinstance(error, SchemaError):  # which ends with the cause
        return str(error).split("\n")[-1].strip()
    return str(error).split("\n")[0].partition(". ")[0].rstrip(".")
