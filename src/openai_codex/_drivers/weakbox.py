"""A box that does not keep its owner alive.

The pump's thread keeps the session alive, and user's handlers may keep the client alive: were the
session to hold the handlers, a client that is never closed could never be collected.
"""

from __future__ import annotations

import weakref
from typing import Any

from .._core.routes import Box

__all__ = ["WeakBox"]


class WeakBox:
    """A box in front of `box` that does not keep it: it holds a weak reference."""

    def __init__(self, box: Box) -> None:
        self._box = weakref.ref(box)

    def put(self, item: Any) -> None:
        """Pass the item on, or drop it when `box` was collected."""
        box = self._box()
        if box is not None:
            box.put(item)
