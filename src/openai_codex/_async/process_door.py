"""The runtime's process, under the few names that programs use of `subprocess.Popen`."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .connection import AsyncConnection

__all__ = ["AsyncProcessDoor"]


class AsyncProcessDoor:
    """What `_proc` of the low-level client shows; `codex.process` has the same facts."""

    def __init__(self, rpc: AsyncConnection) -> None:
        self._rpc = rpc

    @property
    def pid(self) -> int | None:
        """The process id."""
        facts = self._rpc.process_facts()
        return None if facts is None else facts.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, negative after a signal, or None while it runs."""
        facts = self._rpc.process_facts()
        return None if facts is None else facts.returncode

    @property
    def args(self) -> tuple[str, ...]:
        """The argv, secrets redacted."""
        facts = self._rpc.process_facts()
        return () if facts is None else facts.command

    def poll(self) -> int | None:
        """Return `returncode`."""
        return self.returncode

    def terminate(self) -> None:
        """Ask the process to end; every wait of the client ends with it."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process at once."""
        self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))

    def _signal(self, number: int) -> None:
        facts = self._rpc.process_facts()
        if facts is not None and facts.is_alive:
            os.kill(facts.pid, number)
