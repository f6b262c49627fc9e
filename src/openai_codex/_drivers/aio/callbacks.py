"""Calling `on_event` of a turn that runs: a plain function, or an async one, which is awaited."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

__all__ = ["call_on_event", "check_on_event"]


def check_on_event(on_event: Callable[[Any], Any] | None) -> None:
    """Raise TypeError for what cannot be called."""
    if on_event is not None and not callable(on_event):
        raise TypeError(f"on_event must be a function, got {type(on_event).__name__}")


async def call_on_event(on_event: Callable[[Any], Any], event: object) -> None:
    """Call it, and await what it returns if it can be awaited."""
    outcome = on_event(event)
    if inspect.isawaitable(outcome):
        await outcome
