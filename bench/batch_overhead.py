"""What the batch costs beside a bare asyncio loop over a raw client: wall time, CPU, memory, disk.

    python -m bench.batch_overhead --tasks 10000

Both run the same trivial tasks on the real runtime with a scripted model, as many turns at once.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from openai_codex import ApprovalMode, AppServerConfig, AsyncCodex, Sandbox
from openai_codex.batch import Task, async_run_batch
from openai_codex.batch.ledger import folded
from openai_codex.testing import ScriptedModel, offline_config, say

__all__ = ["Cost", "bare", "batch", "main"]


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds of this process without its children, and how its memory grew, in MB."""

    wall: float
    cpu: float
    memory: float

    @classmethod
    def since(cls, wall: float, cpu: float, memory: float) -> Cost:
        """The cost from a moment on."""
        return cls(time.perf_counter() - wall, time.process_time() - cpu, _resident() - memory)


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


async def bare(config: AppServerConfig, tasks: int, turns: int, folder: Path) -> Cost:
    """Run the tasks as a program without a batch would: a loop for each turn at once."""
    start = (time.perf_counter(), time.process_time(), _resident())
    numbers = iter(range(tasks))
    async with AsyncCodex(config) as codex:

        async def work() -> None:
            for number in numbers:
                place = folder / f"task-{number}"
                place.mkdir()
                thread = await codex.thread_start(
                    approval_mode=ApprovalMode.deny_all,
                    sandbox=Sandbox.workspace_write,
                    cwd=str(place),
                )
                await thread.run(f"job {number}")

        await asyncio.gather(*(work() for _ in range(turns)))
    return Cost.since(*start)


async def batch(config: AppServerConfig, tasks: int, turns: int, out: Path) -> Cost:
    """Run the tasks as a batch."""
    start = (time.perf_counter(), time.process_time(), _resident())
    summary = await async_run_batch(
        _tasks(tasks), out, config=config, concurrency=turns, runtimes=1
    ).wait()
    assert summary.ok == tasks, str(summary)
    return Cost.since(*start)


def _tasks(count: int) -> Iterator[Task]:
    return (
        Task(f"task-{number}", f"job {number}")
        for number in itertools.islice(itertools.count(), count)
    )


def main(words: list[str] | None = None) -> None:
    """Measure both and print them side by side."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument(
        "--rounds", type=int, default=1, help="how often, in turns; the best counts"
    )
    given = parser.parse_args(words)
    walls: dict[str, list[Cost]] = {"bare loop": [], "batch": []}
    for _ in range(given.rounds):
        for name, run in (("bare loop", bare), ("batch", batch)):
            with ScriptedModel(strict=False) as model, tempfile.TemporaryDirectory() as folder:
                model.default(say("done"))
                out = Path(folder) / "out"
                if name == "bare loop":
                    out.mkdir()
                cost = asyncio.run(run(offline_config(model), given.tasks, given.turns, out))
                walls[name].append(cost)
                print(f"{name}: {_shown(cost, given.tasks)}", flush=True)
                if name == "batch":
                    _print_folder(out, given.tasks)
    best = {name: min(cost.wall for cost in costs) for name, costs in walls.items()}
    print(f"wall time of the batch: {best['batch'] / best['bare loop']:.3f} of the bare loop's")


def _shown(cost: Cost, tasks: int) -> str:
    return (
        f"{cost.wall:.1f} s, {1000 * cost.cpu / tasks:.2f} ms of CPU per task, "
        f"memory grew by {cost.memory:.1f} MB"
    )


def _print_folder(out: Path, tasks: int) -> None:
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    start = time.process_time()
    folded(out / "ledger.jsonl")
    print(
        f"  folder: {size / tasks / 1024:.1f} KiB per task; "
        f"fold of the ledger: {time.process_time() - start:.3f} s"
    )


if __name__ == "__main__":
    main()
