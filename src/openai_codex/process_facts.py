"""What is known of the runtime's process, for logs, health checks and bug reports."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RuntimeProcess"]


@dataclass(frozen=True)
class RuntimeProcess:
    """Hold the facts about a runtime process at one moment.

    `returncode` is None while it runs and negative after a signal; `stderr_tail` holds its last
    lines; `version` is what the handshake told; `command` is the argv. Secrets are redacted.
    """

    pid: int
    returncode: int | None
    is_alive: bool
    stderr_tail: str
    version: str | None
    command: tuple[str, ...]
