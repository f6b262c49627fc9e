"""When the connection to a process is over.

Rule 1. The process ended and its last output was read: over.
Rule 2. Stdout is at its end but the process lives: over, after a moment's grace in which its exit
        code may still come.
Rule 3. The runtime closed its stdin: over, as in rule 2, for nothing can be asked any more.
"""

from __future__ import annotations

__all__ = ["EXIT_GRACE", "Ending"]

EXIT_GRACE = 0.25
"""Seconds between the end of a pipe and giving up on an exit code to go with it."""


class Ending:
    """What is known of the pipes and the process, folded into: is it over, and why."""

    def __init__(self) -> None:
        # Facts and no timer: the transport tells what it saw, in whatever order the system shows
        # it.
        self.exited = False
        self.pipe_gone: str | None = None
        self.grace_over = False
        self.is_reported = False

    def verdict(self) -> str | None:
        """Return why the connection is over, once; None while it is not, or after that."""
        if self.is_reported or not (self.exited or (self.pipe_gone and self.grace_over)):
            return None
        # Before the sink hears of it, which may close the client, and with it come back here.
        self.is_reported = True
        # The exit says more than the pipe, which an exit closes as well.
        if self.exited:
            return "the codex runtime exited"
        return f"the codex runtime closed its {self.pipe_gone}"
