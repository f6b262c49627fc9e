"""The clients, threads, turns and inputs, under a path that code for the official package uses.

The same objects as in `openai_codex` and `openai_codex.types`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai_codex
from openai_codex import types

if TYPE_CHECKING:
    from openai_codex import *
    from openai_codex.types import ApiKeyLoginAccountParams as ApiKeyLoginAccountParams
    from openai_codex.types import GetAccountParams as GetAccountParams
    from openai_codex.types import GetAccountResponse as GetAccountResponse
    from openai_codex.types import InitializeResponse as InitializeResponse
    from openai_codex.types import JsonObject as JsonObject
    from openai_codex.types import LoginAccountParams as LoginAccountParams
    from openai_codex.types import ModelListResponse as ModelListResponse
    from openai_codex.types import Personality as Personality
    from openai_codex.types import ReasoningEffort as ReasoningEffort
    from openai_codex.types import ReasoningSummary as ReasoningSummary
    from openai_codex.types import SortDirection as SortDirection
    from openai_codex.types import ThreadArchiveResponse as ThreadArchiveResponse
    from openai_codex.types import ThreadForkParams as ThreadForkParams
    from openai_codex.types import ThreadListCwdFilter as ThreadListCwdFilter
    from openai_codex.types import ThreadListParams as ThreadListParams
    from openai_codex.types import ThreadListResponse as ThreadListResponse
    from openai_codex.types import ThreadReadResponse as ThreadReadResponse
    from openai_codex.types import ThreadResumeParams as ThreadResumeParams
    from openai_codex.types import ThreadSetNameResponse as ThreadSetNameResponse
    from openai_codex.types import ThreadSortKey as ThreadSortKey
    from openai_codex.types import ThreadSource as ThreadSource
    from openai_codex.types import ThreadSourceKind as ThreadSourceKind
    from openai_codex.types import ThreadStartParams as ThreadStartParams
    from openai_codex.types import ThreadStartSource as ThreadStartSource
    from openai_codex.types import TurnCompletedNotification as TurnCompletedNotification
    from openai_codex.types import TurnInterruptResponse as TurnInterruptResponse
    from openai_codex.types import TurnStartParams as TurnStartParams
    from openai_codex.types import TurnSteerResponse as TurnSteerResponse
else:
    # Types of the protocol that the module of that name has beside the names of the root.
    _TYPES = (
        "ApiKeyLoginAccountParams",
        "GetAccountParams",
        "GetAccountResponse",
        "InitializeResponse",
        "JsonObject",
        "LoginAccountParams",
        "ModelListResponse",
        "Personality",
        "ReasoningEffort",
        "ReasoningSummary",
        "SortDirection",
        "ThreadArchiveResponse",
        "ThreadForkParams",
        "ThreadListCwdFilter",
        "ThreadListParams",
        "ThreadListResponse",
        "ThreadReadResponse",
        "ThreadResumeParams",
        "ThreadSetNameResponse",
        "ThreadSortKey",
        "ThreadSource",
        "ThreadSourceKind",
        "ThreadStartParams",
        "ThreadStartSource",
        "TurnCompletedNotification",
        "TurnInterruptResponse",
        "TurnStartParams",
        "TurnSteerResponse",
    )
    __all__ = [*(set(openai_codex.__all__) - {"methods", "types"}), *_TYPES]

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(types if name in _TYPES else openai_codex, name)

    def __dir__() -> list[str]:
        return sorted(__all__)
