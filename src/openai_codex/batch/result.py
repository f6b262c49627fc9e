"""The result of a task, as it is in `result.json` and as the iterator yields it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._safe_text import shown_safely
from .outcome import Outcome
from .spent import Spent

__all__ = ["TaskResult"]


@shown_safely
@dataclass(frozen=True)
class TaskResult:
    """What became of a task.

    `answer` is the agent's final message; `output` the validated object of a task with an
    `output_type` or `output_schema`. `why` says why it is not ok. `folder` holds `answer.md`,
    `patch.diff` and `rollout.jsonl`; `workspace` is the working folder where it was kept.
    `commit` is what the patch is against. `attempts` counts all of them, over all runs, and `spent`
    is what they cost together; `last_spent` is the part of the last. `started_at` and `ended_at`
    are of the last, in unix seconds. `digest` tells this task from a changed one with its id.
    """

    id: str
    outcome: Outcome
    why: str = ""
    answer: str | None = None
    output: Any = None
    thread_id: str | None = None
    attempts: int = 1
    spent: Spent = field(default_factory=Spent)
    last_spent: Spent = field(default_factory=Spent)
    started_at: float = 0.0
    ended_at: float = 0.0
    commit: str | None = None
    workspace: str | None = None
    model: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""
    folder: Path | None = None

    @property
    def ok(self) -> bool:
        """Tell whether the task was done and passed its checks."""
        return self.outcome is Outcome.ok

    @property
    def patch(self) -> str:
        """What the agent changed, as a patch for `git apply`; empty when it changed nothing."""
        return self._read("patch.diff")

    def _read(self, name: str) -> str:
        path = self.folder / name if self.folder is not None else None
        if path is None or not path.is_file():
            return ""
        return path.read_bytes().decode("utf-8", "surrogateescape")

    def to_json(self) -> dict[str, Any]:
        """The result as a JSON object; `folder` is left out, so that the batch may be moved."""
        return {
            "id": self.id,
            "outcome": self.outcome.value,
            "why": self.why,
            "answer": self.answer,
            "output": self.output,
            "thread_id": self.thread_id,
            "attempts": self.attempts,
            "spent": self.spent.to_json(),
            "last_spent": self.last_spent.to_json(),
            "started_at": round(self.started_at, 3),
            "ended_at": round(self.ended_at, 3),
            "commit": self.commit,
            "workspace": self.workspace,
            "model": self.model,
            "meta": dict(self.meta),
            "digest": self.digest,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any], *, folder: Path | None = None) -> TaskResult:
        """Read what `to_json` wrote; members of later versions are left out."""
        names = cls.__dataclass_fields__
        facts = {name: value for name, value in record.items() if name in names}
        facts["outcome"] = Outcome(facts["outcome"])
        for name in ("spent", "last_spent"):
            facts[name] = Spent.from_json(facts.get(name))
        return cls(**{**facts, "folder": folder})
