"""What tests written once need of threads: waits beside a runtime. See `aio`."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from openai_codex import Codex
from openai_codex.testing.model.gate import Gate

__all__ = ["a_moment", "appeared", "back", "happened", "reached"]

BOUND = 30.0


def a_moment() -> None:
    """Let others go on."""
    time.sleep(0.01)


def appeared(path: Path) -> None:
    """Wait until a file is there."""
    while not path.exists():
        a_moment()


def back(codex: Codex, count: int = 1) -> None:
    """Wait until the connection came back so many times."""
    while codex.restarts < count:
        a_moment()


def happened(event: threading.Event) -> None:
    """Wait for an event of another thread."""
    assert event.wait(BOUND)


def reached(gate: Gate, times: int = 1) -> None:
    """Wait until answers of the model are held at the gate."""
    gate.wait_reached(times)
