"""One row of the results: who is measured, how often, and what the figures are held against.

A row's script holds its programs. Run plainly it starts itself once per side and repetition, each
in a fresh process of that side's interpreter, interleaved, and prints medians and ratios. Standard
library only, and nothing that would weigh on what is measured: programs import what they measure.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
INTERPRETERS = {
    "ours": ROOT / ".venv" / "bin" / "python",
    "peer": ROOT / ".venv-peer" / "bin" / "python",
    "newest": ROOT / ".venv-3.13" / "bin" / "python",
}

RESAMPLES = 2000

Figures = dict[str, float]
Program = Callable[[], Figures]
Medians = Mapping[str, float]


@dataclass(frozen=True)
class Side:
    """One contestant: a program, and whose interpreter runs it."""

    program: Program
    interpreter: str = "ours"


@dataclass(frozen=True)
class Interval:
    """Where a value lies in 95 of 100 repetitions of the measurement, as resampling tells."""

    low: float
    high: float


@dataclass(frozen=True)
class Goal:
    """A value made of the medians, and the bounds it is held against; smaller is better."""

    text: str
    value: Callable[[Medians], float]
    must: float
    stretch: float | None = None

    def verdict(self, interval: Interval) -> str:
        """Return how far a value came, judged by its whole interval."""
        if interval.low > self.must:
            return "missed"
        if interval.high > self.must:
            return "too close to tell"
        is_further = self.stretch is not None and interval.high <= self.stretch
        return "stretch" if is_further else "reached"


@dataclass(frozen=True)
class Row:
    """One line of the table. Figures are named `side.figure`."""

    number: int
    title: str
    how: str
    sides: Mapping[str, Side]
    goals: Sequence[Goal]
    units: Mapping[str, str]
    repetitions: int = 5
    runs: dict[str, list[float]] = field(default_factory=dict)

    def measure(self, *, script: str, repetitions: int | None = None) -> None:
        """Run every side in turn, again and again, and keep what came out."""
        for _ in range(repetitions or self.repetitions):
            for name, side in self.sides.items():
                for figure, value in _run(script, name, side).items():
                    self.runs.setdefault(f"{name}.{figure}", []).append(value)

    @property
    def medians(self) -> dict[str, float]:
        """Return the median of every figure."""
        return {name: statistics.median(values) for name, values in self.runs.items()}

    def interval(self, goal: Goal) -> Interval:
        """Return the bootstrap interval of a goal's value.

        Repetitions are interleaved, so one resample takes the same ones of every side: what slows
        the machine for a while slows them all.
        """
        chance = random.Random(self.number)  # the same page from the same data
        values = sorted(goal.value(self._resampled(chance)) for _ in range(RESAMPLES))
        edge = RESAMPLES // 40
        return Interval(values[edge], values[-edge - 1])

    def _resampled(self, chance: random.Random) -> dict[str, float]:
        counts = {len(values) for values in self.runs.values()}
        picks = {count: chance.choices(range(count), k=count) for count in sorted(counts)}
        return {
            name: statistics.median(values[pick] for pick in picks[len(values)])
            for name, values in self.runs.items()
        }

    def report(self) -> str:
        """Return the row as text."""
        lines = [f"{self.number}. {self.title}", f"   {self.how}"]
        for name, value in self.medians.items():
            unit = self.units.get(name.rpartition(".")[2], "")
            lines.append(f"   {name:<26} {value:>12.4g} {unit}")
        for goal in self.goals:
            value = goal.value(self.medians)
            stretch = "" if goal.stretch is None else f", stretch {goal.stretch:g}"
            bounds = f"(must {goal.must:g}{stretch})"
            between = self.interval(goal)
            spread = f"[{between.low:.3g}, {between.high:.3g}]"
            verdict = goal.verdict(between)
            lines.append(f"   {goal.text:<40} {value:>8.3g} {spread}  {verdict} {bounds}")
        return "\n".join(lines)


def ratio(one: str, other: str) -> Callable[[Medians], float]:
    """Return the value `one / other`."""
    return lambda medians: medians[one] / medians[other]


def beyond(one: str, floor: str) -> Callable[[Medians], float]:
    """Return the value `one - floor`."""
    return lambda medians: medians[one] - medians[floor]


def plain(name: str) -> Callable[[Medians], float]:
    """Return the value itself."""
    return lambda medians: medians[name]


def _run(script: str, name: str, side: Side) -> Figures:
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    command = [str(INTERPRETERS[side.interpreter]), script, "--side", name]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True)
    figures: Figures = json.loads(done.stdout)
    return figures


def main(row: Row) -> None:
    """Be the row's script: measure all sides, or, with `--side`, be one of them."""
    parser = argparse.ArgumentParser(description=row.title)
    parser.add_argument(
        "--side", choices=[*row.sides], help="measure one side, here, and print JSON"
    )
    parser.add_argument("--repetitions", type=int, default=row.repetitions)
    options = parser.parse_args()
    if options.side:
        print(json.dumps(row.sides[options.side].program()))
        return
    row.measure(script=sys.argv[0], repetitions=options.repetitions)
    print(row.report())
