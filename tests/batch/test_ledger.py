"""The ledger is only added to, survives a torn line, and its fold is the state."""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path

import pytest

from openai_codex.batch import FolderError, Outcome, Spent
from openai_codex.batch.ledger import Fold, Ledger, entries, folded


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def write(path: Path, *events: tuple[str, dict[str, object]]) -> None:
    ledger = Ledger(path, clock=lambda: 12.3456)
    for event, facts in events:
        ledger.add(event, **facts)
    ledger.sync()
    ledger.close()


def test_each_change_of_state_is_one_line(path: Path) -> None:
    write(path, ("started", {"id": "ä", "attempt": 1}), ("run", {}))
    first, second = path.read_text().splitlines()
    assert json.loads(first) == {"at": 12.346, "event": "started", "id": "ä", "attempt": 1}
    assert json.loads(second) == {"at": 12.346, "event": "run"}


def test_state_is_a_fold_of_the_ledger(path: Path) -> None:
    spent = Spent(10, 0, 5, None, 1.5)
    write(
        path,
        ("run", {}),
        ("started", {"id": "a", "attempt": 1, "task": "00000000000000aa"}),
        ("started", {"id": "b", "attempt": 1, "task": "00000000000000bb"}),
        ("thread", {"id": "a", "thread": "T1"}),
        ("ended", {"id": "a", "thread": "T1", "failures": 1, "spent": spent.to_json()}),
        ("finished", {"id": "b", "attempt": 1, "outcome": "ok", "spent": spent.to_json()}),
        ("rejected", {"line": 3, "why": "bad"}),
        ("paused", {"until": 99.0}),
        ("of a later version", {"id": "c"}),
    )
    fold = folded(path)
    assert (fold.runs, fold.rejected, fold.paused_until) == (1, 1, 99.0)
    assert fold.outcome_of("b") is Outcome.ok
    assert fold.is_same("b", "00000000000000bb")
    assert not fold.is_same("b", "00000000000000bc")
    assert list(fold.open) == ["a"]
    assert fold.open["a"].thread == "T1"
    assert (fold.open["a"].failures, fold.open["a"].spent.tokens) == (1, 15)
    assert fold.spent.tokens == 30
    assert fold.counts[Outcome.ok] == 1


def test_a_reopened_task_is_open_and_counts_no_more(path: Path) -> None:
    write(
        path,
        ("started", {"id": "a", "attempt": 1, "task": "00000000000000aa"}),
        ("finished", {"id": "a", "attempt": 1, "outcome": "infrastructure"}),
        ("reopened", {"id": "a", "attempt": 1, "thread": "T1"}),
    )
    fold = folded(path)
    assert fold.outcome_of("a") is None
    assert (fold.open["a"].attempt, fold.open["a"].thread) == (1, "T1")
    assert sum(fold.counts.values()) == 0


@pytest.mark.parametrize("torn", [b"{", b'{"event":"finished","id":"a","outc', b"\x00\x00"])
def test_a_torn_last_line_is_ignored_and_cut_away(path: Path, torn: bytes) -> None:
    write(path, ("started", {"id": "a", "attempt": 1}))
    with path.open("ab") as file:
        file.write(torn)
    assert list(folded(path).open) == ["a"]
    write(path, ("finished", {"id": "a", "attempt": 1, "outcome": "ok"}))
    assert [entry["event"] for entry in entries(path)] == ["started", "finished"]


def test_damage_inside_the_ledger_is_told_and_not_guessed_at(path: Path) -> None:
    path.write_bytes(b'{"event":"run"}\ngarbage\n{"event":"run"}\n')
    with pytest.raises(FolderError, match="line 2 is damaged"):
        folded(path)


def test_no_ledger_is_an_empty_one(path: Path) -> None:
    assert folded(path).runs == 0


def test_a_line_that_does_not_fit_on_the_disk_leaves_no_trace(path: Path) -> None:
    ledger = Ledger(path)
    ledger.add("started", id="a", attempt=1)
    whole = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 20, hard))  # a full disk, to write()
    try:
        with pytest.raises(FolderError, match="too large"):
            ledger.add("finished", id="a", attempt=1, outcome="ok", why="x" * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == whole
    ledger.add("finished", id="a", attempt=1, outcome="ok")
    ledger.close()
    assert folded(path).outcome_of("a") is Outcome.ok


def test_ten_thousand_tasks_fold_within_a_second(path: Path) -> None:
    with path.open("w") as file:
        for number in range(10_000):
            for event in (
                {"event": "started", "id": f"t{number}", "attempt": 1, "task": "0" * 16},
                {"event": "thread", "id": f"t{number}", "thread": f"T{number}"},
                {"event": "finished", "id": f"t{number}", "outcome": "ok", "spent": {}},
            ):
                file.write(json.dumps({"at": 1.0, **event}) + "\n")
    start = time.process_time()
    fold = folded(path)
    assert time.process_time() - start < 1.0
    assert fold.counts[Outcome.ok] == 10_000


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "started"}',
        '{"event": "finished", "id": "a", "attempt": 1, "outcome": "of a later version"}',
        '{"event": "finished", "id": "a", "attempt": 1, "outcome": "ok", "task": "zz"}',
        '{"event": "ended", "id": "a", "spent": {"seconds": "long"}}',
        '{"event": "paused", "until": "soon"}',
        '{"event": ["started"]}',
        '{"no": "event"}',
        "[" * 100_000,
    ],
)
def test_a_line_that_cannot_be_folded_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text(f'{{"event": "run"}}\n{line}\n')
    with pytest.raises(FolderError, match="line 2 is damaged"):
        folded(path)


def test_rejected_members_count_for_the_last_run_alone() -> None:
    fold = Fold()
    for _ in range(2):
        fold.add({"event": "run"})
        fold.add({"event": "rejected", "line": 1, "why": "no id"})
    assert fold.rejected == 1
    fold.add({"event": "run"})
    assert fold.rejected == 0
