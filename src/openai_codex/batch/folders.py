"""What can be asked of a batch's folder without running it, and which tasks are to run again."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from os import PathLike
from pathlib import Path
from typing import Any

from . import store
from .driver import exit_code_of
from .folder import Folder
from .ledger import Ledger, entries, folded
from .outcome import OUTCOMES, Outcome
from .report_page import write_report
from .result import TaskResult
from .summary import Summary

__all__ = ["collect", "reopen", "report", "results", "status"]

Out = str | PathLike[str]


def _folder(out: Out) -> Folder:
    folder = Folder(out)
    folder.check()
    return folder


def results(out: Out) -> Iterator[TaskResult]:
    """Yield the results in a batch's folder, one at a time; raises FolderError.

    Tasks that were stopped or wait for another attempt are among them, as that attempt left them.
    """
    return store.all_results(_folder(out))


def status(out: Out) -> Summary:
    """Return how a batch stands, from its ledger alone; a batch that runs may be asked, too."""
    folder = _folder(out)
    fold = folded(folder.ledger)
    manifest = folder.read_manifest()
    is_run = folder.has_writer()  # else what began, and has no end, waits to be gone on with
    running = sum(task.is_unrecorded for task in fold.open.values()) if is_run else 0
    return Summary(
        folder=folder.path,
        counts=dict(fold.counts),
        running=running,
        waiting=len(fold.open) - running,
        total=(manifest.get("tasks") or {}).get("count"),
        rejected=fold.rejected,
        spent=fold.spent,
        paused_until=fold.paused_until,
        exit_code=exit_code_of(fold, is_incomplete=bool(fold.open)),
    )


def collect(out: Out) -> Path:
    """Write `preds.jsonl`, the ok tasks' patches in the form of SWE-bench; return its path."""
    return store.collect(_folder(out))


def report(out: Out) -> Path:
    """Write `report.html` and a transcript for each task, and return the report's path."""
    return write_report(_folder(out))


def reopen(
    out: Out,
    *,
    outcomes: Collection[Outcome | str] = (),
    ids: Collection[str] = (),
) -> list[str]:
    """Have settled tasks run again: those with these outcomes, and those with these ids.

    Returns the ids, for `run_batch(..., only=ids)`. What an outcome's row in `OUTCOMES` says is
    resumed goes on in its thread; the others begin from zero. Raises ValueError for what is no
    outcome, FolderInUseError while the batch runs.
    """
    wanted = {Outcome(outcome) for outcome in outcomes}
    folder = _folder(out)
    with folder.locked():
        folded(folder.ledger)  # raises for what is damaged
        found = _settled(folder, wanted, set(ids))
        ledger = Ledger(folder.ledger)
        try:
            for task_id, entry in found.items():
                ledger.add("reopened", id=task_id, **_kept(entry))
            ledger.sync()
        finally:
            ledger.close()
    return list(found)


def _settled(folder: Folder, outcomes: set[Outcome], ids: set[str]) -> dict[str, dict[str, Any]]:
    """The last settlement of each task that is wanted; a task that is open already is not."""
    found: dict[str, dict[str, Any]] = {}
    for entry in entries(folder.ledger):
        if entry["event"] == "reopened":
            found.pop(entry["id"], None)
        elif entry["event"] == "finished" and _is_wanted(entry, outcomes, ids):
            found[entry["id"]] = entry
    return found


def _is_wanted(entry: dict[str, Any], outcomes: set[Outcome], ids: set[str]) -> bool:
    return entry["id"] in ids or Outcome(entry["outcome"]) in outcomes


def _kept(entry: dict[str, Any]) -> dict[str, Any]:
    facts = {"attempt": entry.get("attempt", 0)}
    if OUTCOMES[Outcome(entry["outcome"])].is_resumed and entry.get("thread"):
        return {**facts, "thread": entry["thread"]}
    return facts
