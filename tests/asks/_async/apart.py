"""Doing two things at once in a test, and waiting for what another thread does."""

from __future__ import annotations

import asyncio  # async only
import threading
from typing import Any

# sync: from concurrent.futures import ThreadPoolExecutor

SECONDS = 30
"""The longest that a test waits for an event that must come."""

# sync: _pool = ThreadPoolExecutor(16)


class Running:
    """A call that goes on beside the test."""

    def __init__(self, work: Any, *args: Any) -> None:
        self._done = asyncio.ensure_future(work(*args))  # async only
        # sync: self._done = _pool.submit(work, *args)

    async def result(self) -> Any:
        """Wait for what it returns or raises."""
        return await asyncio.wait_for(self._done, SECONDS)  # async only
        # sync: return self._done.result(SECONDS)


async def happened(event: threading.Event) -> None:
    """Wait for an event that is set on another thread."""
    assert await asyncio.to_thread(event.wait, SECONDS)  # async only
    # sync: assert event.wait(SECONDS)
