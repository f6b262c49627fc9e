"""Models that code for the official package imports from here. A door only: nothing lives here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._wire.decoding import UnknownNotification
    from .notification import Notification
    from .types import InitializeResponse, JsonObject, JsonValue

__all__ = ["InitializeResponse", "JsonObject", "JsonValue", "Notification", "UnknownNotification"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "UnknownNotification":
        from ._wire.decoding import UnknownNotification

        return UnknownNotification
    from . import types

    return getattr(types, name)


def __dir__() -> list[str]:
    return sorted(__all__)
