"""Every type of the protocol: models, enums and unions, loaded when they are touched.

`from openai_codex.types import ThreadItem, TurnStatus`. Importing this module must load neither
pydantic nor a model. `import *` brings only what programs for the official package expect of it:
the protocol's `Thread` must not take the place of the client's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # `as` says that a name is for others to import; in an installed package, a list of names in
    # `__all__` would make a checker refuse every name that is not in it.
    from openai_codex._turns.events import Event as Event
    from openai_codex._turns.notification import Notification as Notification
    from openai_codex._wire import UnknownNotification as UnknownNotification
    from openai_codex._wire import WireModel as WireModel
    from openai_codex._wire.json_value import JsonObject as JsonObject
    from openai_codex._wire.json_value import JsonScalar as JsonScalar
    from openai_codex._wire.json_value import JsonValue as JsonValue
    from openai_codex._wire.names import *
else:
    from openai_codex._wire.json_value import JsonObject, JsonScalar, JsonValue  # noqa: F401
    from openai_codex._wire.names import __all__ as _names

    # Names that are not types of the protocol itself, and where they live.
    _OTHERS = {
        "Event": "openai_codex._turns.events",
        "Notification": "openai_codex._turns.notification",
        "UnknownNotification": "openai_codex._wire",
        "WireModel": "openai_codex._wire",
    }
    _HERE = ("JsonObject", "JsonScalar", "JsonValue")

    __all__ = [
        "Account",
        "AccountLoginCompletedNotification",
        "ApprovalsReviewer",
        "AskForApproval",
        "CancelLoginAccountResponse",
        "CancelLoginAccountStatus",
        "GetAccountResponse",
        "InitializeResponse",
        "JsonObject",
        "ModelListResponse",
        "Notification",
        "Personality",
        "PlanType",
        "ReasoningEffort",
        "ReasoningSummary",
        "SandboxMode",
        "SandboxPolicy",
        "SortDirection",
        "ThreadArchiveResponse",
        "ThreadCompactStartResponse",
        "ThreadItem",
        "ThreadListCwdFilter",
        "ThreadListResponse",
        "ThreadReadResponse",
        "ThreadSetNameResponse",
        "ThreadSortKey",
        "ThreadSource",
        "ThreadSourceKind",
        "ThreadStartSource",
        "ThreadTokenUsage",
        "ThreadTokenUsageUpdatedNotification",
        "Turn",
        "TurnCompletedNotification",
        "TurnError",
        "TurnInterruptResponse",
        "TurnStatus",
        "TurnSteerResponse",
    ]

    def __getattr__(name: str) -> Any:
        from openai_codex._wire.loading import load_module
        from openai_codex._wire.lookup import model_class

        other = _OTHERS.get(name)
        if other is None and name not in _names:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(load_module(other), name) if other else model_class(name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        return sorted([*_OTHERS, *_HERE, *_names])
