"""What a pump tells its driver."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Pump", "Sink"]


class Sink(Protocol):
    """Whoever a pump feeds. Called from one thread at a time, never after `on_end`."""

    def on_data(self, data: bytes) -> None:
        """Take what the runtime wrote to stdout."""

    def on_end(self, reason: str) -> None:
        """Take it that the connection is over: the process ended or closed a pipe."""

    def on_exit(self) -> None:
        """Take it that the process ended."""


class Pump(Protocol):
    """What moves bytes between the pipes and a sink."""

    def start(self) -> None:
        """Begin to read."""

    def send(self, data: bytes) -> None:
        """Write, at once or later; never block."""

    def close_stdin(self) -> None:
        """Drop what is unsent and close the pipe to the runtime."""

    def stop(self) -> None:
        """Read and write no more; close every pipe to the process. Idempotent."""
