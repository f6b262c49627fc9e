"""What tests written once need of asyncio: waiting for the background, calls at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

__all__ = ["at_once", "eventually"]

BOUND = 30.0


async def eventually(holds: Callable[[], object]) -> None:
    """Return once it holds; fails after a bound that no good test reaches."""
    end = time.monotonic() + BOUND
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        await asyncio.sleep(0.01)


async def at_once(calls: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
    """Return what each call returned or raised."""
    return await asyncio.gather(*(call() for call in calls), return_exceptions=True)
