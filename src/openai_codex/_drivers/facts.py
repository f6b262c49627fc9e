"""What is known of the runtime's process, for logs, health checks and bug reports."""

from __future__ import annotations

from dataclasses import dataclass

from .._safe_text import shown_safely

__all__ = ["RuntimeProcess"]


@shown_safely
@dataclass(frozen=True)
class RuntimeProcess:
    """The facts about a runtime process at one moment.

    `returncode` is negative after a signal, and None while it runs or where the exit status was
    lost, because the program ignores SIGCHLD or reaps all its children. `stderr_tail` holds its
    last lines; `version` comes with the handshake; `command` is the argv. Secrets are redacted.
    """

    pid: int
    returncode: int | None
    is_alive: bool
    stderr_tail: str
    version: str | None
    command: tuple[str, ...]
