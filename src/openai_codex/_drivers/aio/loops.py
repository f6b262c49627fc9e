"""Which loop runs here, and handing work to another one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["call_on", "running_loop"]


def call_on(loop: asyncio.AbstractEventLoop, work: Callable[[], object]) -> bool:
    """Have `loop` call `work` soon, from any thread; returns whether it was still open."""
    try:
        loop.call_soon_threadsafe(work)
    except RuntimeError:  # the loop is closed: nothing waits there any more
        return False
    return True


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop that runs on this thread, or None."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
