"""What tests written once need of threads: waiting for the background, calls at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

__all__ = ["at_once", "eventually"]

BOUND = 30.0


def eventually(holds: Callable[[], object]) -> None:
    """Return once it holds; fails after a bound that no good test reaches."""
    end = time.monotonic() + BOUND
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.01)


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Return what each call returned or raised."""
    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(call) for call in calls]
        return [future.exception() or future.result() for future in futures]
