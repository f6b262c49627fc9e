"""The driver in virtual time: whatever the workers do, each task is settled once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.batch_simulation import Plan, Simulation, main


@pytest.mark.parametrize("seed", range(5))
def test_every_task_is_settled_once_whatever_happens(tmp_path: Path, seed: int) -> None:
    plan = Plan(
        tasks=1500,
        workers=60,
        seed=seed,
        deaths_per_task=0.1,
        stalls_per_task=0.02,
        failures_per_task=0.1,
        poison_every=300,
        limit_every=900.0,
        driver_kills=4,
    )
    report = Simulation(plan, tmp_path / "ledger.jsonl").run()
    assert sum(report.counts.values()) == 1500
    assert report.counts["infrastructure"] >= 5, "the poisonous tasks are given up"
    assert report.driver_kills == 4
    assert min(report.deaths, report.late, report.limits) > 0


def test_the_same_seed_gives_the_same_run(tmp_path: Path) -> None:
    plan = Plan(tasks=300, workers=20, seed=7, deaths_per_task=0.1)
    ledgers = [tmp_path / "one", tmp_path / "two"]
    for path in ledgers:
        Simulation(plan, path).run()
    assert ledgers[0].read_bytes() == ledgers[1].read_bytes()


def test_the_program_prints_how_cost_grows(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--tasks", "200", "--workers", "10", "--driver-kills", "1"])
    printed = capsys.readouterr().out
    assert "us per task" in printed
    assert "driver_kills: 1" in printed
