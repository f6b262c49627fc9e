"""Models, under a path that code for the official package uses: `types` and the server's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openai_codex import types

if TYPE_CHECKING:
    from openai_codex._turns.events import NotificationPayload as NotificationPayload
    from openai_codex._wire.initialize_facts import ServerInfo as ServerInfo
    from openai_codex.types import *
else:
    __all__ = ["NotificationPayload", "ServerInfo", *dir(types)]

    def __getattr__(name: str) -> Any:
        if name == "ServerInfo":
            from openai_codex._wire.initialize_facts import ServerInfo

            return ServerInfo
        if name == "NotificationPayload":
            return _every_payload()
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(types, name)


def _every_payload() -> Any:
    """Return the union of what any event carries; it loads every one of those models."""
    from typing import Union

    from openai_codex._wire.lookup import model_class
    from openai_codex._wire.tables import NOTIFICATIONS

    models = tuple(model_class(name) for name in sorted(set(NOTIFICATIONS.values())))
    return Union[models + (types.UnknownNotification,)]  # noqa: RUF005, UP007  # Python 3.10 has no star here


def __dir__() -> list[str]:
    return sorted(["NotificationPayload", "ServerInfo", *dir(types)])
