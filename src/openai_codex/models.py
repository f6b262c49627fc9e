"""Models that code for the official package imports from here. A door only: nothing lives here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .types import InitializeResponse, JsonObject, JsonValue, Notification, UnknownNotification

__all__ = ["InitializeResponse", "JsonObject", "JsonValue", "Notification", "UnknownNotification"]


if not TYPE_CHECKING:  # a type checker knows the names, and must see a wrong one

    def __getattr__(name: str) -> Any:
        from . import types

        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(types, name)


def __dir__() -> list[str]:
    return sorted(__all__)
