"""Calling `on_event` of a turn that runs: a plain function, for nobody here awaits an async one."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

__all__ = ["call_on_event", "check_on_event"]

_ASYNC = "on_event of Codex must be a plain function, not an async one: only AsyncCodex awaits it"


def check_on_event(on_event: Callable[[Any], Any] | None) -> None:
    """Raise TypeError for what cannot be called, or is async."""
    if on_event is not None and not callable(on_event):
        raise TypeError(f"on_event must be a function, got {type(on_event).__name__}")
    if _is_async(on_event):
        raise TypeError(_ASYNC)


def call_on_event(on_event: Callable[[Any], Any], event: object) -> None:
    """Call it; raises TypeError where it turns out to be async, as a lambda around such may."""
    outcome = on_event(event)
    if inspect.iscoroutine(outcome):
        outcome.close()  # or Python warns that nobody awaited it
        raise TypeError(_ASYNC)


def _is_async(function: object) -> bool:
    while isinstance(function, functools.partial):
        function = function.func
    called = getattr(type(function), "__call__", None)  # noqa: B004  # what a call runs
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(called)
