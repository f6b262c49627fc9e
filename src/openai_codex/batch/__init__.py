"""Run a thousand tasks: nothing lost, on one machine or a cluster.

    from openai_codex.batch import Task, run_batch

    tasks = [Task("hello", "Write hello.py", files={}), Task("bye", "Write bye.py", files={})]
    for result in run_batch(tasks, "out"):
        print(result.id, result.outcome.value, result.patch)

The folder is the truth: called again with the same one, it goes on from where it was.
"""

from __future__ import annotations

from .batch import AsyncBatch, Batch, async_run_batch, run_batch
from .errors import (
    BatchError,
    EngineError,
    FolderError,
    FolderInUseError,
    TaskError,
    TasksFileError,
    WorkspaceError,
)
from .folders import collect, reopen, report, results, status
from .outcome import OUTCOMES, Outcome, Rule
from .result import TaskResult
from .spent import Limits, Spent
from .summary import Summary
from .table import ResultTable
from .task import Task

__all__ = [
    "OUTCOMES",
    "AsyncBatch",
    "Batch",
    "BatchError",
    "EngineError",
    "FolderError",
    "FolderInUseError",
    "Limits",
    "Outcome",
    "ResultTable",
    "Rule",
    "Spent",
    "Summary",
    "Task",
    "TaskError",
    "TaskResult",
    "TasksFileError",
    "WorkspaceError",
    "async_run_batch",
    "collect",
    "reopen",
    "report",
    "results",
    "run_batch",
    "status",
]
