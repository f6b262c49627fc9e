"""Which loop runs here, and handing work to another one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

__all__ = ["call_on", "running_loop"]


def call_on(loop: asyncio.AbstractEventLoop, work: Callable[[], object]) -> None:
    """Have `loop` call `work` soon, from any thread."""
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits there any more
        loop.call_soon_threadsafe(work)


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop that runs on this thread, or None."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
