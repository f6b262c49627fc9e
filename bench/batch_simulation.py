"""A batch of a million tasks on two thousand workers, in virtual time: what one driver carries.

    python -m bench.batch_simulation --tasks 1000000 --workers 2000 --seed 1

The driver, its queue, its ledger and the fold are the real ones; workers, the service and the clock
are made up. Workers die, stall, join late and report after they were given up; the service has a
usage limit; some tasks kill every worker that tries them; the driver itself is killed a few times
and goes on from its ledger. The same seed gives the same run. Prints how time, memory and the
ledger grow, and fails when an invariant does not hold.
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openai_codex.batch import Outcome, Spent, Task
from openai_codex.batch.driver import Driver, End, Job, Policy
from openai_codex.batch.ledger import Ledger, entries, folded

__all__ = ["Plan", "Report", "Simulation", "main"]

SECONDS_PER_TASK = 120.0
TOKENS_PER_TASK = 20_000
DIED, DEATHS = "its worker died", 5
NOTICED_AFTER = 30.0
"""Seconds until a cluster notices that a worker is gone."""


@dataclass(frozen=True)
class Plan:
    """What is simulated."""

    tasks: int = 1_000_000
    workers: int = 2_000
    seed: int = 1
    deaths_per_task: float = 0.01
    stalls_per_task: float = 0.002
    failures_per_task: float = 0.01
    late_results: float = 0.3
    poison_every: int = 50_000
    limit_every: float = 6 * 3600.0
    limit_lasts: float = 900.0
    driver_kills: int = 2


@dataclass
class Report:
    """What came of it. `points` are (tasks done, driver seconds, MB, ledger MB), ten of them."""

    points: list[tuple[int, float, float, float]] = field(default_factory=list)
    attempts: int = 0
    deaths: int = 0
    late: int = 0
    limits: int = 0
    limited: int = 0
    driver_kills: int = 0
    fold_seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    virtual_hours: float = 0.0


class Pauses:
    """Follows a ledger: nothing starts in a pause, and no limit and no death costs a retry."""

    def __init__(self) -> None:
        self._until = 0.0
        self._failures: dict[str, int] = {}
        self._deaths: dict[str, int] = {}
        self._is_new_run = False

    def look(self, entry: dict[str, Any]) -> None:
        """Take one entry."""
        event = entry["event"]
        if event == "run":
            self._is_new_run = True
        elif event == "paused":
            self._until, self._is_new_run = max(self._until, entry["until"]), False
        elif event == "started" and entry["at"] < self._until:
            # A new run tries what an earlier one was told.
            assert self._is_new_run, f"{entry['id']} was started in a pause"
        elif event == "ended":
            self._count(entry)
        elif event in ("finished", "reopened"):
            assert entry.get("outcome") != "rate_limited", f"{entry['id']} was given up for a limit"
            deaths = self._deaths.pop(entry["id"], 0)
            is_given_up = entry.get("why") == DIED
            assert not is_given_up or deaths + 1 == DEATHS, f"{entry['id']} was given up too early"
            self._failures.pop(entry["id"], None)

    def _count(self, entry: dict[str, Any]) -> None:
        before = self._failures.get(entry["id"], 0)
        self._failures[entry["id"]], self._deaths[entry["id"]] = entry["failures"], entry["deaths"]
        is_free = entry["outcome"] == "rate_limited" or entry.get("why") == DIED
        assert entry["failures"] == before + (not is_free), f"{entry['id']} paid a retry"


class Simulation:
    """One run; deterministic but for the seconds that it measures."""

    def __init__(self, plan: Plan, path: Path) -> None:
        self.plan = plan
        self.report = Report()
        self._chance = random.Random(plan.seed)
        self._path = path
        self._now = 1_000_000.0
        self._start = self._now
        self._events: list[tuple[float, int, str, Any]] = []
        self._number = 0
        self._busy: dict[str, Job] = {}
        self._limited_until = 0.0
        self._next_limit = self._now + plan.limit_every
        self._slots = plan.workers // 2
        self._driver_seconds = 0.0
        self._kill_at = [
            plan.tasks * (kill + 1) // (plan.driver_kills + 1) for kill in range(plan.driver_kills)
        ]
        self._ledger: Ledger
        self._driver: Driver

    def run(self) -> Report:
        """Run it, check the invariants, and return what was measured."""
        self._open()
        for number in range(self._slots, self.plan.workers):  # those that join late
            self._at(self._now + self._chance.uniform(0, 3600), "join", number)
        while True:
            self._fill()
            if self._driver.is_over:
                break
            self._step()
            if self._kill_at and self._done >= self._kill_at[0]:
                self._kill_at.pop(0)
                self._kill_the_driver()
        self._close()
        self._check()
        return self.report

    # --- the driver's side -------------------------------------------------------------------

    def _open(self) -> None:
        start = time.process_time()
        fold = folded(self._path)
        self.report.fold_seconds = time.process_time() - start
        self._ledger = Ledger(self._path, clock=lambda: self._now)
        self._ledger.add("run")
        self._driver = Driver(
            self._tasks(),
            ledger=self._ledger,
            fold=fold,
            now=self._now,
            policy=Policy(max_deaths=DEATHS),
            is_checked=True,
        )

    def _tasks(self) -> Iterator[Task]:
        for number in range(self.plan.tasks):
            yield Task(f"task-{number}", "Do it")

    def _fill(self) -> None:
        """Let the driver start what it wants to, as a real run does after each event."""
        while len(self._busy) < self._slots:
            paused_until = self._driver.queue.paused_until
            start = time.process_time()
            job = self._driver.take(self._now)
            self._driver_seconds += time.process_time() - start
            if job is None:
                wake_at = self._driver.wake_at()
                if wake_at is not None and wake_at > self._now:
                    self._at(wake_at, "wake", None)
                return
            assert self._now >= paused_until, "a job was started in a pause"
            self._begin(job)

    def _report_end(self, job: Job, end: End) -> None:
        start = time.process_time()
        verdict = self._driver.judge(job, end, self._now)
        if verdict is None:
            self.report.late += 1
        else:
            self._driver.settle(verdict)
        self._driver_seconds += time.process_time() - start
        self._measure()

    @property
    def _done(self) -> int:
        return sum(self._driver.fold.counts.values())

    def _kill_the_driver(self) -> None:
        """Forget all but the ledger; what ran then reports to nobody."""
        self._ledger.add("started", id="torn", attempt=0)
        size = self._path.stat().st_size
        self._ledger.close()
        with self._path.open("r+b") as file:
            file.truncate(size - 7)  # in the middle of its last line
        self.report.driver_kills += 1
        self._busy.clear()
        self._events = [event for event in self._events if event[2] == "join"]
        heapq.heapify(self._events)
        self._open()

    def _close(self) -> None:
        self._ledger.sync()
        self._ledger.close()

    # --- the workers' side -------------------------------------------------------------------

    def _begin(self, job: Job) -> None:
        chance, plan = self._chance, self.plan
        self.report.attempts += 1
        self._busy[job.task.id] = job
        self._driver.began(job, f"T-{job.task.id}")
        if self._now >= self._next_limit:
            self._limited_until = self._now + plan.limit_lasts
            self._next_limit = self._limited_until + plan.limit_every
            self.report.limits += 1
        if self._now < self._limited_until:
            self.report.limited += 1
            self._at(self._now + 1.0, "limited", job)
            return
        seconds = chance.expovariate(1 / SECONDS_PER_TASK)
        if chance.random() < plan.stalls_per_task:
            seconds *= 50
        number = int(job.task.id.rpartition("-")[2])
        is_poison = number % plan.poison_every == plan.poison_every - 1
        if is_poison or chance.random() < plan.deaths_per_task:
            died_at = self._now + chance.uniform(0, seconds)
            self._at(died_at + NOTICED_AFTER, "death", job)
            if not is_poison and chance.random() < plan.late_results:
                self._at(died_at + NOTICED_AFTER + chance.uniform(0, 600), "late", job)
        else:
            self._at(self._now + seconds, "end", job)

    def _step(self) -> None:
        assert self._events, "nothing runs and nothing will, and the driver is not over"
        self._now, _, kind, subject = heapq.heappop(self._events)
        if kind == "join":
            self._slots += 1
        elif kind != "wake":
            self._end(kind, subject)

    def _end(self, kind: str, job: Job) -> None:
        if kind != "late":
            self._busy.pop(job.task.id, None)
        spent = Spent(TOKENS_PER_TASK, 0, 500, None, SECONDS_PER_TASK)
        if kind == "death":
            self.report.deaths += 1
            end = End(Outcome.infrastructure, DIED, is_death=True)
        elif kind == "limited":
            end = End(Outcome.rate_limited, "usage limit", resets_at=self._limited_until)
        elif kind == "end" and self._chance.random() < self.plan.failures_per_task:
            kinds = (Outcome.task_failed, Outcome.agent_error, Outcome.infrastructure)
            end = End(self._chance.choice(kinds), "made up", spent)
        else:
            end = End(Outcome.ok, spent=spent)
        self._report_end(job, end)

    def _at(self, moment: float, kind: str, subject: Any) -> None:
        self._number += 1
        heapq.heappush(self._events, (moment, self._number, kind, subject))

    # --- measuring and checking --------------------------------------------------------------

    def _measure(self) -> None:
        step = max(1, self.plan.tasks // 10)
        if self._done >= step * (len(self.report.points) + 1):
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            size = self._ledger.size / 2**20
            self.report.points.append((self._done, self._driver_seconds, memory, size))

    def _check(self) -> None:
        """Every task is settled once; the ledger alone tells the same as the driver."""
        open_attempts: dict[str, int] = {}
        finished: set[str] = set()
        pauses = Pauses()
        for entry in entries(self._path):
            event, task_id = entry["event"], entry.get("id", "")
            pauses.look(entry)
            if event == "run":
                open_attempts.clear()
            elif event == "started":
                assert task_id not in finished, f"{task_id} was started after it was settled"
                assert task_id not in open_attempts, f"{task_id} was started twice at once"
                open_attempts[task_id] = entry["attempt"]
            elif event in ("ended", "finished"):
                assert open_attempts.pop(task_id) == entry["attempt"], task_id
            elif event == "reopened":  # by a later run, which takes up what infrastructure failed
                finished.discard(task_id)
            if event == "finished":
                assert task_id not in finished, f"{task_id} was settled twice"
                finished.add(task_id)
        assert len(finished) == self.plan.tasks, f"{len(finished)} of {self.plan.tasks} settled"
        fold = folded(self._path)
        assert fold.counts == self._driver.fold.counts
        assert fold.finished == self._driver.fold.finished
        assert not open_attempts
        assert not fold.open
        most = self.plan.workers * (self.report.limits + self.report.driver_kills)
        assert self.report.limited <= most, "a limit costs an attempt of each worker at most"
        self.report.counts = {outcome.value: n for outcome, n in fold.counts.items() if n}
        self.report.virtual_hours = (self._now - self._start) / 3600


def main(words: list[str] | None = None) -> Report:
    """Run a simulation as the command line says, and print what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    for name in ("tasks", "workers", "seed", "driver_kills"):
        default = getattr(Plan, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default)
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    given = vars(parser.parse_args(words))
    is_json = given.pop("json")
    with tempfile.TemporaryDirectory() as folder:
        report = Simulation(Plan(**given), Path(folder) / "ledger.jsonl").run()
    print(json.dumps(vars(report)) if is_json else _shown(report))
    return report


def _shown(report: Report) -> str:
    lines = ["tasks done   driver s   us per task   MB   ledger MB"]
    before = (0, 0.0)
    for done, seconds, memory, size in report.points:
        each = (seconds - before[1]) / (done - before[0]) * 1e6
        lines.append(f"{done:>10} {seconds:>10.1f} {each:>13.0f} {memory:>4.0f} {size:>11.1f}")
        before = (done, seconds)
    facts = {name: value for name, value in vars(report).items() if name != "points"}
    return "\n".join([*lines, *(f"{name}: {value}" for name, value in facts.items())])


if __name__ == "__main__":
    main(sys.argv[1:])
