"""Every wire type, under the path that code for the official package uses. The same as `types`.

The envelopes of JSON-RPC are not among them: `ServerNotification` and its like.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openai_codex import types

if TYPE_CHECKING:
    from openai_codex.types import *
else:
    __all__ = dir(types)

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(types, name)


def __dir__() -> list[str]:
    return dir(types)
