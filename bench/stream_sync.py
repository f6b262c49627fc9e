"""Row 1: CPU per event of `for event in turn.stream()`: a real agent's mix, payloads looked at.

The floor reads, splits, parses and types the same lines in one loop, with nothing around it.
"""

from __future__ import annotations

from row import Figures, Goal, Row, Side, main, ratio
from subject import fake, streamed, typed_floor

BODIES = ("sample", "mix:24000")


def stream() -> Figures:
    """Stream a short turn to warm up, then the long one a few times."""
    from openai_codex import Codex

    with Codex(fake(*BODIES)) as codex:
        return streamed(codex)


def floor() -> Figures:
    """Type the same events with nothing around it."""
    return typed_floor(*BODIES)


ROW = Row(
    number=1,
    title="for event in turn.stream(): CPU per event, mix, payloads decoded",
    how="fake runtime, recorded lines; the least of five turns in each process",
    sides={
        "ours": Side(stream),
        "peer": Side(stream, "peer"),
        "floor": Side(floor),
        "newest": Side(stream, "newest"),
        "newest_floor": Side(floor, "newest"),
    },
    goals=[
        Goal("of the official sync", ratio("ours.cpu", "peer.cpu"), 0.32, 0.2),
        Goal("of the typed floor", ratio("ours.cpu", "floor.cpu"), 1.6),
        Goal(
            "of the typed floor, on Python 3.13",
            ratio("newest.cpu", "newest_floor.cpu"),
            1.6,
        ),
    ],
    repetitions=11,
    units={"cpu": "us/event", "events": ""},
)

if __name__ == "__main__":
    main(ROW)
