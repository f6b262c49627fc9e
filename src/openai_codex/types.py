"""Every type of the protocol: models, enums and unions, loaded when they are touched.

`from openai_codex.types import ThreadItem, TurnStatus`. Importing this module must load neither
pydantic nor a model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openai_codex._wire import names
from openai_codex._wire.json_value import JsonObject, JsonValue

if TYPE_CHECKING:
    from openai_codex._wire import UnknownNotification, WireModel
    from openai_codex._wire.names import *  # noqa: F403
    from openai_codex.notification import Notification

# Names that are no types of the protocol itself, and where they live.
_OTHERS: Final = {
    "Notification": "openai_codex.notification",
    "UnknownNotification": "openai_codex._wire",
    "WireModel": "openai_codex._wire",
}

__all__ = ["JsonObject", "JsonValue", "Notification", "UnknownNotification", "WireModel"]
__all__ += names.__all__


if not TYPE_CHECKING:  # a type checker knows the names, and must see a wrong one

    def __getattr__(name: str) -> Any:
        from importlib import import_module

        from openai_codex._wire.lookup import model_class

        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        other = _OTHERS.get(name)
        found = getattr(import_module(other), name) if other else model_class(name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted(__all__)
