"""The types that the callers of a call can see: hints that are text may name local ones."""

from __future__ import annotations

import sys
from types import FrameType, GenericAlias, ModuleType, UnionType
from typing import Any

__all__ = ["local_types", "may_be_in_a_hint"]

_OURS = __name__.partition(".")[0]


def local_types() -> dict[str, Any]:
    """Return the local names of all functions that are under way above us, the nearest first.

    Other local values are left out, so that nobody keeps them alive.
    """
    found: dict[str, Any] = {}
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        is_ours = str(frame.f_globals.get("__name__", "")).partition(".")[0] == _OURS
        if not is_ours and frame.f_locals is not frame.f_globals:
            for name, value in frame.f_locals.items():
                if may_be_in_a_hint(value):
                    found.setdefault(name, value)
        frame = frame.f_back
    return found


def may_be_in_a_hint(value: object) -> bool:
    """Tell whether a value may stand in a type hint under its name."""
    kinds = (type, ModuleType, GenericAlias, UnionType)
    return isinstance(value, kinds) or type(value).__module__ == "typing"
