"""The low-level client and the settings, under the path that code for the official package uses."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .config import AppServerConfig, CodexConfig
from .errors import RuntimeNotFoundError

if TYPE_CHECKING:
    from ._sync.codex_client import CodexClient as CodexClient

__all__ = [
    "AppServerConfig",
    "CodexBinResolverOps",
    "CodexClient",
    "CodexConfig",
    "default_codex_home",
    "resolve_codex_bin",
]


@dataclass(frozen=True)
class CodexBinResolverOps:
    """How `resolve_codex_bin` finds the packaged runtime, and whether a path is there."""

    installed_codex_path: Callable[[], Path]
    path_exists: Callable[[Path], bool]


def resolve_codex_bin(config: CodexConfig, ops: CodexBinResolverOps) -> Path:
    """Return the runtime that `config` means: its `codex_bin`, or the packaged one.

    Raises RuntimeNotFoundError, which is a FileNotFoundError, for a `codex_bin` that is not there.
    """
    if config.codex_bin is None:
        return ops.installed_codex_path()
    path = Path(config.codex_bin)
    if not ops.path_exists(path):
        raise RuntimeNotFoundError(f"AppServerConfig.codex_bin names nothing to run: {path}")
    return path


def default_codex_home() -> str:
    """Return the directory where the runtime keeps its files: `CODEX_HOME`, or `~/.codex`."""
    return os.environ.get("CODEX_HOME") or str(Path.home() / ".codex")


if not TYPE_CHECKING:  # a type checker knows the names, and must see a wrong one

    def __getattr__(name: str) -> Any:
        if name != "CodexClient":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from ._sync.codex_client import CodexClient

        return CodexClient


def __dir__() -> list[str]:
    return sorted(__all__)
