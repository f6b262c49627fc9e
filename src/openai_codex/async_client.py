"""The low-level async client, under the path that code for the official package uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .config import AppServerConfig, CodexConfig

if TYPE_CHECKING:
    from ._async.codex_client import AsyncCodexClient as AsyncCodexClient

__all__ = ["AppServerConfig", "AsyncCodexClient", "CodexConfig"]


if not TYPE_CHECKING:  # a type checker knows the names, and must see a wrong one

    def __getattr__(name: str) -> Any:
        if name != "AsyncCodexClient":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from ._async.codex_client import AsyncCodexClient

        return AsyncCodexClient


def __dir__() -> list[str]:
    return sorted(__all__)
