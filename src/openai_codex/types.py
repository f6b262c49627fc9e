"""Every type of the protocol: models, enums and unions, loaded when they are touched.

`from openai_codex.types import ThreadItem, TurnStatus`. Importing this module must load neither
pydantic nor a model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openai_codex._wire import names
from openai_codex._wire.json_value import JsonObject, JsonValue

if TYPE_CHECKING:
    from openai_codex._wire.names import *  # noqa: F403
    from openai_codex.notification import Notification

# Names that are no wire types, and where they live.
_OTHERS: Final = {"Notification": "openai_codex.notification"}

__all__ = ["JsonObject", "JsonValue", "Notification"]
__all__ += names.__all__


def __getattr__(name: str) -> Any:
    from importlib import import_module

    from openai_codex._wire import model_class

    if name in _OTHERS:
        return getattr(import_module(_OTHERS[name]), name)
    if name not in names.__all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return model_class(name)


def __dir__() -> list[str]:
    return sorted(__all__)
