"""Rows that were measured into a page and a picture. Pure: text in, text out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from row import Goal, Row

INTRODUCTION = """# Results

Made by `scripts/bench`; do not edit. *Ours* is this package, *peer* the official package of the
same version in an environment of its own, *floor* the least that could do the job, *newest* and
*newest_floor* the same on Python 3.13. Each figure is the median of interleaved repetitions, each
in a fresh process; absolute figures compare only within a row. Smaller is better everywhere. The
interval holds the value in 95 of 100 resamples of the repetitions; where it lies on both sides of
the bound, the row is *too close to tell*.
[How to read and repeat this](../docs/performance.md).
"""
BAR, LEFT, STEP, WIDTH = 420, 300, 26, 800


def markdown(rows: Sequence[Row], machine: Mapping[str, str], apart: Mapping[int, str]) -> str:
    """Return the page; `apart` says of rows that were measured by themselves when that was."""
    facts = "\n".join(f"* {name}: {value}" for name, value in machine.items())
    summary = "\n".join(_summary(row) for row in rows)
    return (
        f"{INTRODUCTION}\n{facts}\n\n"
        "![ratios to the official package](../docs/images/ratios.svg)\n\n"
        "| # | what | value | interval | must | stretch | |\n|---|---|---|---|---|---|---|\n"
        f"{summary}\n\n## Medians\n\n"
        + "\n".join(_medians(row, apart.get(row.number)) for row in rows)
    )


def _summary(row: Row) -> str:
    lines = []
    for goal in row.goals:
        value = goal.value(row.medians)
        stretch = "" if goal.stretch is None else f"{goal.stretch:g}"
        between = row.interval(goal)
        spread = f"{between.low:.3g} to {between.high:.3g}"
        cells = [row.number, f"{row.title}: {goal.text}", f"{value:.3g}", spread, f"{goal.must:g}"]
        line = " | ".join([*map(str, cells), stretch, goal.verdict(between)])
        lines.append(f"| {line} |")
    return "\n".join(lines)


def _medians(row: Row, apart: str | None) -> str:
    when = "" if apart is None else f" Measured apart from the other rows, {apart}."
    lines = [
        f"**{row.number}. {row.title}**\n\n{row.how}; median of the processes.{when}\n",
        "| figure | median | of | unit |",
        "|---|---|---|---|",
    ]
    for name, value in row.medians.items():
        unit = row.units.get(name.rpartition(".")[2], "")
        lines.append(f"| {name} | {value:.4g} | {len(row.runs[name])} | {unit} |")
    return "\n".join(lines) + "\n"


def picture(rows: Sequence[Row]) -> str:
    """Return a bar for every value that is a share of the official package's, as SVG."""
    bars = [(row, goal) for row in rows for goal in row.goals if "of the official" in goal.text]
    height = STEP * (len(bars) + 3)
    full = LEFT + BAR
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20">share of what the official package needs; '
        "the tick is the target</text>",
        f'<line x1="{full}" y1="32" x2="{full}" y2="{height - 12}" stroke="#999999"/>',
        f'<text x="{full + 6}" y="{STEP * 2}" fill="#666666">official: 1</text>',
    ]
    for place, (row, goal) in enumerate(bars):
        parts += _bar(row, goal, y=STEP * (place + 2))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bar(row: Row, goal: Goal, *, y: int) -> list[str]:
    value = goal.value(row.medians)
    length, tick = min(max(value, 0), 1.2) * BAR, LEFT + goal.must * BAR
    colour = "#b3452c" if goal.verdict(row.interval(goal)) == "missed" else "#2c6fb3"
    label = f"{row.number}. {row.title.split(':')[0]}"
    if goal.text.startswith(("sync", "async")):
        label += f", {goal.text.split(',')[0]}"
    return [
        f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{escape(_short(label))}</text>',
        f'<rect x="{LEFT}" y="{y}" width="{max(length, 1):.0f}" height="16" fill="{colour}"/>',
        f'<line x1="{tick:.0f}" y1="{y - 2}" x2="{tick:.0f}" y2="{y + 18}" stroke="#222222"/>',
        f'<text x="{LEFT + length + 6:.0f}" y="{y + 13}" fill="#444444">{value:.2g}</text>',
    ]


def _short(label: str) -> str:
    return label if len(label) <= 46 else label[:45] + "…"
