"""Waiting for the model without standing in the way of the client."""

from __future__ import annotations

import asyncio  # async only

from openai_codex.testing import Gate


async def reached(gate: Gate, times: int = 1) -> None:
    """Wait until the model has come to the gate."""
    await asyncio.to_thread(gate.wait_reached, times)  # async only
    # sync: gate.wait_reached(times)
