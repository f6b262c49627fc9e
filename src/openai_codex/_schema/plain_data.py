"""How a class with functions of its own for JSON data looks to pydantic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic_core import CoreSchema, core_schema

__all__ = ["plain_data_schema"]


def plain_data_schema(
    cls: type[Any], read: Callable[[dict[str, Any]], Any], write: Callable[[Any], dict[str, Any]]
) -> CoreSchema:
    """Return the schema of a class that goes to JSON data and back by functions of its own."""
    from_data = core_schema.no_info_after_validator_function(read, core_schema.dict_schema())
    return core_schema.json_or_python_schema(
        json_schema=from_data,
        python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), from_data]),
        serialization=core_schema.plain_serializer_function_ser_schema(
            write, return_schema=core_schema.dict_schema()
        ),
    )
