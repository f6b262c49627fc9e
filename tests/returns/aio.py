"""What tests written once need of asyncio: waits beside a runtime. See `threads`."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from openai_codex import AsyncCodex
from openai_codex.testing.model.gate import Gate

__all__ = ["a_moment", "appeared", "back", "happened", "reached"]

BOUND = 30.0


async def a_moment() -> None:
    """Let others go on."""
    await asyncio.sleep(0.01)


async def appeared(path: Path) -> None:
    """Wait until a file is there."""
    while not path.exists():
        await a_moment()


async def back(codex: AsyncCodex, count: int = 1) -> None:
    """Wait until the connection came back so many times."""
    while codex.restarts < count:
        await a_moment()


async def happened(event: threading.Event) -> None:
    """Wait for an event of another thread."""
    assert await asyncio.to_thread(event.wait, BOUND)


async def reached(gate: Gate, times: int = 1) -> None:
    """Wait until answers of the model are held at the gate."""
    await asyncio.to_thread(gate.wait_reached, times)
