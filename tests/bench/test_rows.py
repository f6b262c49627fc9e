"""The arithmetic of the benchmarks: medians, intervals, verdicts, and what is written of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Import `row` as the scripts do: by its plain name."""
    monkeypatch.syspath_prepend(str(BENCH))
    import row  # type: ignore[import-not-found]

    yield row
    sys.modules.pop("row", None)


def measured(rows: ModuleType, ours: list[float], peer: list[float], must: float) -> Any:
    goal = rows.Goal("of the peer", rows.ratio("ours.cpu", "peer.cpu"), must)
    row = rows.Row(
        number=1, title="t", how="h", sides={}, goals=[goal], units={"cpu": "us"}, repetitions=5
    )
    row.runs.update({"ours.cpu": ours, "peer.cpu": peer})
    return row


def test_a_value_is_made_of_the_medians(rows: ModuleType) -> None:
    row = measured(rows, [1, 2, 9], [4, 4, 4], 1)
    assert row.goals[0].value(row.medians) == 0.5


@pytest.mark.parametrize(
    ("ours", "verdict"),
    [
        ([4.0, 4.1, 4.2, 4.1, 4.0], "reached"),
        ([9.0, 9.1, 9.2, 9.1, 9.0], "missed"),
        ([4.0, 6.5, 4.1, 6.4, 5.1], "too close to tell"),
    ],
)
def test_a_verdict_counts_the_whole_interval(
    rows: ModuleType, ours: list[float], verdict: str
) -> None:
    row = measured(rows, ours, [10.0] * 5, 0.5)
    assert row.goals[0].verdict(row.interval(row.goals[0])) == verdict


def test_the_interval_holds_the_value_and_is_the_same_each_time(rows: ModuleType) -> None:
    row = measured(rows, [4.0, 6.5, 4.1, 6.4, 5.1], [10.0, 11.0, 9.0, 10.0, 12.0], 0.5)
    between = row.interval(row.goals[0])
    assert between.low <= row.goals[0].value(row.medians) <= between.high
    assert between.low < between.high
    assert row.interval(row.goals[0]) == between


def test_what_slows_all_sides_together_widens_nothing(rows: ModuleType) -> None:
    row = measured(rows, [1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 4.0, 6.0, 8.0, 10.0], 1)
    assert row.interval(row.goals[0]) == rows.Interval(0.5, 0.5)


def test_further_than_the_stretch_says_so(rows: ModuleType) -> None:
    goal = rows.Goal("g", rows.plain("ours.cpu"), 10, 5)
    assert goal.verdict(rows.Interval(3, 4)) == "stretch"
    assert goal.verdict(rows.Interval(3, 6)) == "reached"


def test_the_committed_page_and_picture_are_made_of_the_committed_data() -> None:
    command = [sys.executable, str(BENCH / "all_rows.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
