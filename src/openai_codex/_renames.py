"""Names that older releases had, and what they are called now; using one warns."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

__all__ = ["renamed", "warn_of"]

_NEW_NAMES = {
    "AppServerError": "CodexError",
    "AppServerRpcError": "CodexRpcError",
    "RunResult": "TurnResult",
}


def renamed(old: str) -> Any:
    """Return what `old` is called now, with a DeprecationWarning where the old name was asked for.

    To be called by a module's `__getattr__`. Raises AttributeError for a name that never was.
    """
    package = __name__.rpartition(".")[0]
    if old not in _NEW_NAMES:
        raise AttributeError(f"module {package!r} has no attribute {old!r}")
    new = _NEW_NAMES[old]
    warn_of(old, new, level=4)
    return getattr(import_module(package), new)


def warn_of(old: str, new: str, *, level: int = 3) -> None:
    """Say that `old` is now called `new`; `level` counts frames up to the use of the old name."""
    text = f"{old} is called {new} now; the old name will go"
    warnings.warn(text, DeprecationWarning, stacklevel=level)
