"""Models, under a path that code for the official package uses: `types` and the server's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openai_codex import types
from openai_codex._wire import names

if TYPE_CHECKING:
    from openai_codex._wire.initialize_facts import ServerInfo
    from openai_codex._wire.names import *  # noqa: F403
    from openai_codex.types import (
        JsonObject,
        JsonValue,
        Notification,
        UnknownNotification,
        WireModel,
    )

__all__ = [
    "JsonObject",
    "JsonValue",
    "Notification",
    "ServerInfo",
    "UnknownNotification",
    "WireModel",
]
__all__ += names.__all__


if not TYPE_CHECKING:  # a type checker knows the names, and must see a wrong one

    def __getattr__(name: str) -> Any:
        if name == "ServerInfo":
            from openai_codex._wire.initialize_facts import ServerInfo

            return ServerInfo
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(types, name)


def __dir__() -> list[str]:
    return sorted(__all__)
