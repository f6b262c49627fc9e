"""Row 1: CPU per event of `for event in turn.stream()`: a real agent's mix, payloads looked at.

The floor reads, splits, parses and types the same lines in one loop, with nothing around it.
"""

from __future__ import annotations

from row import Figures, Goal, Row, main, ratio
from streams import HOW, of_the_floor, sides
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
    how=HOW,
    sides=sides(stream, floor),
    goals=[
        Goal("of the official sync", ratio("ours.cpu", "peer.cpu"), 0.32, 0.2),
        *of_the_floor(1.6),
    ],
    repetitions=11,
    units={"cpu": "us/event", "events": ""},
)

if __name__ == "__main__":
    main(ROW)
