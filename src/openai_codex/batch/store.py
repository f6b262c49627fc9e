"""What is kept of attempts: puts their files into the tasks' folders, and reads results back.

A task's folder is complete before the ledger says that the task is settled.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .attempt import Made
from .driver import Verdict
from .errors import FolderError
from .folder import Folder, sync_file, write_whole
from .home import end_left_runtimes, find_rollout
from .ledger import Fold
from .private import copy_private
from .result import TaskResult

__all__ = ["all_results", "collect", "left_places", "read_result", "recover", "store"]

KEPT = ("patch.diff", "rollout.jsonl")
MODEL = "codex"


def store(folder: Folder, verdict: Verdict, made: Made, *, place: Path | None) -> TaskResult:
    """Write down one attempt: its files, and `result.json` last. Raises FolderError."""
    task, end = verdict.job.task, verdict.end
    target = folder.of(task.id)
    result = TaskResult(
        id=task.id,
        outcome=end.outcome,
        why=end.why,
        answer=made.answer,
        output=made.output,
        thread_id=verdict.candidate.thread,
        attempts=verdict.job.attempt,
        spent=verdict.candidate.spent,
        last_spent=end.spent,
        started_at=made.started_at,
        ended_at=made.ended_at,
        commit=made.commit,
        workspace=_kept_workspace(place, verdict),
        model=task.model,
        meta=task.meta,
        digest=verdict.candidate.digest,
        folder=target,
    )
    try:
        target.mkdir(parents=True, exist_ok=True)
        _put_files(target, made, place)
    except OSError as error:
        raise FolderError(target, error.strerror or str(error)) from error
    if made.answer is not None:
        write_whole(target / "answer.md", made.answer, is_derived=True)  # it is in the result
    write_whole(target / "result.json", _a_line_each(result.to_json()))
    return result


def _a_line_each(record: dict[str, Any]) -> str:
    """Write an object with a line for each member: `indent` would take the slow encoder."""
    members = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in record.items())
    return "{\n " + ",\n ".join(members) + "\n}\n"


def _kept_workspace(place: Path | None, verdict: Verdict) -> str | None:
    is_kept = place is not None and verdict.end.outcome.value != "ok"
    return str(place / "files") if is_kept and place is not None else None


def _put_files(target: Path, made: Made, place: Path | None) -> None:
    for name in KEPT:
        if place is not None and (place / name).is_file():
            shutil.move(place / name, target / name)
        elif name in made.files:
            write_whole(target / name, made.files[name])
    if (target / "patch.diff").is_file():  # git wrote it; a thread's file that is lost costs less
        sync_file(target / "patch.diff")


def read_result(folder: Folder, task_id: str) -> TaskResult | None:
    """The result of a task's last attempt, None when there is none."""
    target = folder.of(task_id)
    return _read(target) if (target / "result.json").is_file() else None


def all_results(folder: Folder) -> Iterator[TaskResult]:
    """Yield the results that are there, in the order of the folders' names."""
    for path in sorted(folder.tasks.glob("*/result.json")):
        yield _read(path.parent)


def collect(folder: Folder) -> Path:
    """Write `preds.jsonl`, the predictions of ok tasks in the form of SWE-bench; return its path.

    Tasks that failed are left out: an empty patch would count as an answer.
    """
    lines = [json.dumps(_prediction(result)) + "\n" for result in all_results(folder) if result.ok]
    write_whole(folder.preds, "".join(lines))
    return folder.preds


def _prediction(result: TaskResult) -> dict[str, Any]:
    return {
        "instance_id": result.id,
        "model_name_or_path": result.model or MODEL,
        "model_patch": result.patch,
    }


def left_places(folder: Folder) -> list[TaskResult]:
    """The results of the tasks whose working folders are still there."""
    places = [folder.tasks / place.name for place in (folder.work / "tasks").glob("*")]
    return [_read(place) for place in places if (place / "result.json").is_file()]


def _read(target: Path) -> TaskResult:
    path = target / "result.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return TaskResult.from_json(record, folder=target)
    except (OSError, ValueError, RecursionError) as error:
        raise FolderError(path, f"is damaged, or of a later version: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise FolderError(path, f"is damaged, or of a later version: {error!r}") from error


def recover(folder: Folder, fold: Fold) -> None:
    """Take over what a driver that died left: end its runtimes, save the threads, delete homes."""
    homes = folder.work / "homes"
    end_left_runtimes(homes)
    for task_id, task in fold.open.items():
        for half in folder.of(task_id).glob(".*.new"):  # the driver died while it wrote
            half.unlink(missing_ok=True)
        if task.thread is not None:
            left = folder.workspace(task_id) / "rollout.jsonl"
            _save_newest(homes, task.thread, left, folder.of(task_id))
    shutil.rmtree(homes, ignore_errors=True)


def _save_newest(homes: Path, thread: str, left: Path, target: Path) -> None:
    """Keep the longest file of a thread: they only grow."""
    saved = target / "rollout.jsonl"
    found = [find_rollout(home, thread) for home in homes.glob("*")]
    there = [path for path in (*found, left, saved) if path is not None and path.is_file()]
    longest = max(there, key=lambda path: path.stat().st_size, default=None)
    if longest is None or (saved.is_file() and saved.samefile(longest)):
        return
    target.mkdir(parents=True, exist_ok=True)
    copy_private(longest, saved)
