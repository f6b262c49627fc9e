"""What is to be done later, on the running loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["call_in"]


def call_in(seconds: float, work: Callable[[], object]) -> Callable[[], object]:
    """Have the loop call `work` in so many seconds; returns what cancels that."""
    # A timer of the loop and not the alarm: few wait here, and nearly all of them to the end.
    return asyncio.get_running_loop().call_later(seconds, work).cancel
