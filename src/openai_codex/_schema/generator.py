"""JSON Schema of a Python type, without pydantic's warnings. Imports pydantic: import it late."""

from __future__ import annotations

from enum import Enum
from typing import Any

from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, JsonSchemaWarningKind
from pydantic_core import SchemaError
from pydantic_core.core_schema import CallSchema, GeneratorSchema, LiteralSchema

__all__ = ["NO_SCHEMA", "json_schema", "reason"]

NO_SCHEMA = (PydanticUserError, SchemaError, NameError, TypeError)
"""What is raised for a type that has no JSON Schema, here or when its adapter is made."""


class CheckedGenerator(GenerateJsonSchema):
    """Say nothing about a default that has no JSON form; refuse what pydantic would not check."""

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


def json_schema(adapter: TypeAdapter[Any]) -> dict[str, Any]:
    """Return the schema of what the type accepts, property names by alias."""
    return adapter.json_schema(schema_generator=CheckedGenerator)


def reason(error: Exception) -> str:
    """Return what an error says in one sentence; more of pydantic's advice would not help here."""
    if isinstance(error, SchemaError):  # which ends with the cause
        return str(error).splitlines()[-1].strip()
    return str(error).splitlines()[0].partition(". ")[0].rstrip(".")
