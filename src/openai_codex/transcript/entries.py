"""`Entry`: one thing that a thread's file tells, in one form whatever version wrote it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .._safe_text import shown_safely

__all__ = ["MISSHAPEN", "Entry"]

MISSHAPEN = (AttributeError, LookupError, TypeError, ValueError, ArithmeticError)
"""What is raised where a record has a known name and not the shape that belongs to it."""


@shown_safely
@dataclass(slots=True)
class Entry:
    """One thing in a transcript: its `type`, the time it was written, and its `data`.

    `session`: the thread: `id`, `cwd`, `model`, `git`, ...; `turn`: a turn begins: `id`, `model`;
    `item`: what was said or done, in the shape of the protocol's thread items; `end`: the turn is
    over: `status`, `error`, `durationMs`, `usage` (the whole thread's tokens so far); `context`:
    what the runtime told the model beside the prompt; `note`: a warning, an error, a compaction;
    `unknown`: a record that this version does not know, whole.
    """

    type: str
    at: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
