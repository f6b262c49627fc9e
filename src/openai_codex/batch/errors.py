"""What the batch raises: bad input, a folder that cannot be used, an engine that is not fit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import CodexError

__all__ = [
    "BatchError",
    "EngineError",
    "FolderError",
    "FolderInUseError",
    "TaskError",
    "TasksFileError",
    "WorkspaceError",
]

SHOWN_PROBLEMS = 20


class BatchError(CodexError):
    """Base class of what `openai_codex.batch` raises."""


class TaskError(BatchError, ValueError):
    """Raised for a task that cannot be run as it is written; nothing was started.

    `field` is the name of the wrong field, None when the task as a whole is wrong.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class TasksFileError(BatchError, ValueError):
    """Raised before the start for a file of tasks with lines that cannot be used.

    `problems` holds pairs of a line's number, 0 for the file itself, and what is wrong with it.
    """

    def __init__(self, path: Path, problems: Sequence[tuple[int, str]]) -> None:
        super().__init__(path, problems)
        self.path = path
        self.problems = list(problems)

    def __str__(self) -> str:
        shown = [
            f"\n  line {line}: {why}" if line else f"\n  {why}"
            for line, why in self.problems[:SHOWN_PROBLEMS]
        ]
        more = len(self.problems) - len(shown)
        rest = f"\n  ... and {more} more" if more else ""
        return f"{self.path}: no task was started, correct the file first:{''.join(shown)}{rest}"


class FolderError(BatchError):
    """Raised when the folder of a batch cannot be read or written; `path` is the file.

    What the folder holds stays good: the same batch goes on from it once the cause is gone.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class FolderInUseError(FolderError):
    """Raised when another process that is alive writes into the folder; `owner` tells which."""

    def __init__(self, path: Path, owner: str) -> None:
        super().__init__(path, f"in use by {owner}; one process at a time may write into it")
        self.owner = owner

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.path, self.owner)


class WorkspaceError(BatchError):
    """Raised inside an attempt when its working directory cannot be made; the task may try again.

    `output` is the end of what the failing command printed.
    """

    def __init__(self, message: str, *, output: str = "") -> None:
        super().__init__(message)
        self.output = output


class EngineError(BatchError):
    """Raised at the start when an engine cannot run the tasks, with what to do about it."""
