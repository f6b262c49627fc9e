"""The exit codes of all commands."""

from __future__ import annotations

__all__ = ["BUDGET", "DECLINED", "DONE", "FAILED", "INTERRUPTED", "PIPE", "USAGE"]

DONE = 0
FAILED = 1
USAGE = 2
BUDGET = 4
"""A budget of the turn was used up."""
DECLINED = 5
"""The turn ended, but something that it wanted was declined."""
INTERRUPTED = 130
PIPE = 141
"""The reader of the output went away."""
