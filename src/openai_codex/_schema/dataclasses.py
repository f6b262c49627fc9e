"""How our dataclasses look to pydantic: as fields of somebody's models, or in a FastAPI response.

Their annotations name wire types that are loaded only when needed, so pydantic cannot find them by
itself. Must not be imported before pydantic asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import CoreSchema, core_schema

__all__ = [
    "dataclass_schema",
    "external_message_kinds",
    "turn_result_kinds",
]

_REQUIRED: Any = object()


def dataclass_schema(
    cls: type[Any], handler: Any, kinds: Mapping[str, Any], *, defaults: Mapping[str, Any]
) -> CoreSchema:
    """Return the schema of a dataclass whose fields are of these kinds."""
    fields = [
        core_schema.dataclass_field(
            name, _with_default(handler.generate_schema(kind), defaults.get(name, _REQUIRED))
        )
        for name, kind in kinds.items()
    ]
    arguments = core_schema.dataclass_args_schema(cls.__name__, fields)
    return core_schema.dataclass_schema(
        cls,
        arguments,
        list(kinds),
        post_init=hasattr(cls, "__post_init__"),
        slots="__slots__" in vars(cls),
    )


def turn_result_kinds() -> dict[str, Any]:
    """Return what the fields of a TurnResult are."""
    from .. import types
    from .._turns.spend import Spend

    return {
        "id": str,
        "status": types.TurnStatus,
        "error": types.TurnError | None,
        "started_at": int | None,
        "completed_at": int | None,
        "duration_ms": int | None,
        "final_response": str | None,
        "items": list[types.ThreadItem],
        "usage": types.ThreadTokenUsage | None,
        "output": Any,
        "turn_usage": types.TokenUsageBreakdown | None,
        "spent": Spend | None,
    }


def external_message_kinds() -> dict[str, Any]:
    """Return what the fields of an ExternalMessage are."""
    from .. import types

    content = str | list[types.FunctionCallOutputContentItem | dict[str, Any]]
    return {"tool_name": str, "content": content, "namespace": str | None}


def _with_default(schema: CoreSchema, default: Any) -> CoreSchema:
    if default is _REQUIRED:
        return schema
    return core_schema.with_default_schema(schema, default=default)
