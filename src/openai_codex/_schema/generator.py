"""JSON Schema of a Python type, without pydantic's warnings. Imports pydantic: import it late."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaWarningKind

__all__ = ["json_schema"]


class QuietGenerator(GenerateJsonSchema):
    """Leave a default that has no JSON form out of the schema and say nothing about it."""

    ignored_warning_kinds: set[JsonSchemaWarningKind] = {  # noqa: RUF012 - pydantic's own form
        "skipped-choice",
        "non-serializable-default",
    }


def json_schema(adapter: TypeAdapter[Any]) -> dict[str, Any]:
    """Return the schema of what the type accepts, property names by alias."""
    return adapter.json_schema(schema_generator=QuietGenerator)
