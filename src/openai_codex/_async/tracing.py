"""Waits for telemetry, where a program counts on it: at a turn's end, and before a handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._drivers.aio import wait_told
from ..telemetry.witness import Witness

if TYPE_CHECKING:
    from ..telemetry.nodes import Node

__all__ = ["enter", "send_spans"]

_PATIENCE = 5.0
"""Seconds for a span processor of the program, which may be one that exports at once."""


async def send_spans(witness: Witness) -> None:
    """Wait until the spans that are over are OpenTelemetry's, at most a few seconds."""
    if witness.is_sending:
        await wait_told(witness.tell_when_sent, _PATIENCE)  # too slow, it goes on beside us


async def enter(witness: Witness, node: Node | None) -> None:
    """Let what follows in this task run within a span, so that the program's own nest there."""
    if node is not None:
        await send_spans(witness)  # it may not have begun yet
        witness.enter(node)
