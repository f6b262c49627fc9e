"""How results look in notebooks and terminals, and how a turn looks while it runs.

Public names only: what they do lives in the modules below, loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .cards import Diff

if TYPE_CHECKING:
    from .live_view import Live as Live
    from .live_view import LiveView as LiveView
    from .live_view import live as live

__all__ = ["Diff", "Live", "LiveView", "live"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(".live_view", __name__), name)
    globals()[name] = value
    return value
