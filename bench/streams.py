"""What the rows on streams share: who is measured, and on which Pythons the floor is compared."""

from __future__ import annotations

from row import Goal, Program, Side, ratio

HOW = "fake runtime, recorded lines; the least of five turns in each process"


def sides(stream: Program, floor: Program) -> dict[str, Side]:
    """Return the sides of a row: ours, the official one, the floor, and two on Python 3.13."""
    return {
        "ours": Side(stream),
        "peer": Side(stream, "peer"),
        "floor": Side(floor),
        "newest": Side(stream, "newest"),
        "newest_floor": Side(floor, "newest"),
    }


def of_the_floor(must: float) -> list[Goal]:
    """Return the goals that hold ours against the floor."""
    return [
        Goal("of the typed floor", ratio("ours.cpu", "floor.cpu"), must),
        Goal("of the typed floor, on Python 3.13", ratio("newest.cpu", "newest_floor.cpu"), must),
    ]
