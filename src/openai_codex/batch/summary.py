"""How a batch stands: counts, cost, exit code. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .outcome import Outcome
from .spent import Spent

__all__ = ["Summary"]


@dataclass(frozen=True)
class Summary:
    """How a batch stands, or ended.

    `counts` are the settled tasks by outcome, of all runs over the folder; `running` and `waiting`
    were begun and are not settled; `total` is None where nobody counted the tasks. `rejected` are
    members of the input that are no tasks; `changed` were run again since they ask something else;
    `settled_now` are those that were settled by this run.
    `halted` says why a run ended early: `drained`, `interrupted`, `budget`, `rate_limited`.
    `exit_code`: 0 all ok, 3 some failed or are left, 4 a budget was spent, 130 interrupted.
    """

    folder: Path
    counts: Mapping[Outcome, int]
    running: int = 0
    waiting: int = 0
    total: int | None = None
    rejected: int = 0
    changed: int = 0
    settled_now: int = 0
    spent: Spent = field(default_factory=Spent)
    seconds: float = 0.0
    paused_until: float = 0.0
    halted: str | None = None
    exit_code: int = 0

    @property
    def done(self) -> int:
        """How many tasks are settled."""
        return sum(self.counts.values())

    @property
    def ok(self) -> int:
        """How many tasks are ok."""
        return self.counts[Outcome.ok]

    def to_json(self) -> dict[str, Any]:
        """The summary as a JSON object."""
        return {
            "folder": str(self.folder),
            "counts": {outcome.value: count for outcome, count in self.counts.items() if count},
            "done": self.done,
            "running": self.running,
            "waiting": self.waiting,
            "total": self.total,
            "rejected": self.rejected,
            "changed": self.changed,
            "spent": self.spent.to_json(),
            "seconds": round(self.seconds, 3),
            "halted": self.halted,
            "exit_code": self.exit_code,
        }

    def __str__(self) -> str:
        parts = [f"{count} {outcome.value}" for outcome, count in self.counts.items() if count]
        parts += [f"{self.rejected} rejected"] if self.rejected else []
        parts += [f"stopped: {self.halted}"] if self.halted else []
        return f"{', '.join(parts) or 'no tasks'}; {self.spent.tokens} tokens"
