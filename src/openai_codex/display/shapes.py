"""Values of a message as what is shown of them needs them, whatever the runtime sent."""

from __future__ import annotations

from typing import Any

__all__ = ["dict_of", "list_of"]


def dict_of(value: Any) -> dict[str, Any]:
    """Return an object as it is, and of anything else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """Return a list as it is, and of anything else a list with it: it is shown as it came."""
    return value if isinstance(value, list) else [] if value is None else [value]
