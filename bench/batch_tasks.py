"""Row 17: tasks as a batch beside a bare loop over a client, and what one driver of many carries.

The driver of ten thousand tasks is the real one, with its queue and its ledger; its workers are
simulated, so that it is measured alone.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from row import Figures, Goal, Row, Side, main, plain, ratio
from subject import Stopwatch, resident_bytes

TASKS, TURNS = 250, 8
CARRIED = 10_000
MEGABYTE = 1_000_000


def run(work: Callable[..., Coroutine[Any, Any, Any]]) -> Figures:
    """Do the tasks in one way."""
    from openai_codex.testing import ScriptedModel, offline_config, say

    with ScriptedModel(strict=False) as model, tempfile.TemporaryDirectory() as folder:
        model.default(say("done"))
        out = Path(folder) / "out"
        out.mkdir()
        cost = asyncio.run(work(offline_config(model), TASKS, TURNS, out))
        return {"wall": cost.wall, "cpu": cost.cpu * 1e3 / TASKS}


def bare() -> Figures:
    """Do the tasks in a loop for each turn at once."""
    import batch_overhead

    return run(batch_overhead.bare)


def batch() -> Figures:
    """Do the tasks as a batch."""
    import batch_overhead

    return run(batch_overhead.batch)


def driver() -> Figures:
    """Drive ten thousand tasks, and fold their ledger."""
    from batch_simulation import Plan, Simulation

    from openai_codex.batch.ledger import folded

    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "ledger.jsonl"
        plan = Plan(tasks=CARRIED, workers=50, driver_kills=0)
        watch, before = Stopwatch(), resident_bytes()
        Simulation(plan, ledger).run()
        figures = {
            "cpu": watch.cpu * 1e3 / CARRIED,
            "growth": (resident_bytes() - before) / MEGABYTE,
        }
        watch = Stopwatch()
        folded(ledger)
        return {**figures, "fold": watch.cpu}


ROW = Row(
    number=17,
    title="a batch of tasks",
    how=f"{TASKS} trivial tasks, {TURNS} at once, real runtime, scripted model in the same process "
    f"(its CPU counts on both sides); the driver alone with {CARRIED:,} simulated tasks",
    sides={"bare": Side(bare), "batch": Side(batch), "driver": Side(driver)},
    goals=[
        Goal("wall, of a bare loop", ratio("batch.wall", "bare.wall"), 1.05),
        Goal("10,000 tasks: the driver's memory, MB more", plain("driver.growth"), 50),
        Goal("10,000 tasks: the CPU of folding the ledger, s", plain("driver.fold"), 1),
    ],
    units={"wall": "s", "cpu": "ms per task", "growth": "MB", "fold": "s"},
    repetitions=5,
)

if __name__ == "__main__":
    main(ROW)
