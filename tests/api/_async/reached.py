"""Waiting for the model without standing in the way of the client."""

from __future__ import annotations

import asyncio  # async only

from openai_codex.testing import Gate, LoginIssuer, ScriptedModel


async def reached(gate: Gate, times: int = 1) -> None:
    """Wait until the model has come to the gate."""
    await asyncio.to_thread(gate.wait_reached, times)  # async only
    # sync: gate.wait_reached(times)


async def requested(model: ScriptedModel, times: int) -> None:
    """Wait until the model was asked that many times."""
    await asyncio.to_thread(model.wait_for_request, times)  # async only
    # sync: model.wait_for_request(times)


async def visited(issuer: LoginIssuer, auth_url: str) -> None:
    """Go where a login sends its user."""
    await asyncio.to_thread(issuer.visit, auth_url)  # async only
    # sync: issuer.visit(auth_url)
