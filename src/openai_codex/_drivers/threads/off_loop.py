"""Work that blocks: here the caller blocks anyway."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

__all__ = ["off_loop"]

T = TypeVar("T")


def off_loop(work: Callable[[], T], undo: Callable[[T], object] | None = None) -> T:
    """Return what `work` returns; `undo` is for the twin, whose caller may be gone by then."""
    return work()
