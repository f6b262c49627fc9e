"""A box that does not keep its owner alive.

The pump's thread keeps the session alive, and user's handlers may keep the client alive: were the
session to hold the handlers, a client that nobody closed could never be collected.
"""

from __future__ import annotations

import weakref
from typing import Any

from .._core.routes import Box

__all__ = ["WeakBox"]


class WeakBox:
    """Pass items on to `box` for as long as somebody else keeps it."""

    def __init__(self, box: Box) -> None:
        self._box = weakref.ref(box)

    def put(self, item: Any) -> None:
        """Pass the item on, or drop it when nobody is left to have it."""
        box = self._box()
        if box is not None:
            box.put(item)
