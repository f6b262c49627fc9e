"""Values as plain JSON values, for `to_dict`: of the wire, and of the user's output types."""

from __future__ import annotations

from typing import Any

__all__ = ["plain"]


def plain(value: Any) -> Any:
    """Return a value as `json.dumps` takes it; what has no JSON form is its text.

    Fields are named as the attributes are. Bytes are URL-safe base64, infinity and NaN are None.
    """
    if value is None or isinstance(value, (bool, int)) or type(value) is str:
        return value
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if isinstance(value, (list, tuple)):  # a NamedTuple is a list in JSON, too
        return [plain(one) for one in value]
    return _by_pydantic(value)


def _by_pydantic(value: Any) -> Any:
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    try:
        return to_jsonable_python(
            value,
            by_alias=False,
            inf_nan_mode="null",
            bytes_mode="base64",
            fallback=str,
        )
    except (PydanticSerializationError, ValueError, RecursionError):
        return str(value)
