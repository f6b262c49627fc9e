"""Row 1: CPU per event of `for event in turn.stream()`: a real agent's mix, payloads looked at.

The floor reads, splits, parses and types the same lines in one loop, with nothing around it.
"""

from __future__ import annotations

from row import Figures, Goal, Row, Side, main, ratio
from subject import TURNS, Stopwatch, fake, least, typed_floor

BODIES = ("sample", "mix:24000")


def stream() -> Figures:
    """Stream a short turn to warm up, then the long one a few times."""
    from openai_codex import Codex

    def look(text: str) -> Figures:
        watch = Stopwatch()
        events = sum(event.payload is not None for event in thread.turn(text).stream())
        return {"cpu": watch.cpu / events * 1e6, "events": events}

    with Codex(fake(*BODIES)) as codex:
        thread = codex.thread_start()
        look("warm up")
        return least([look("go") for _ in range(TURNS)])


def floor() -> Figures:
    """Type the same events with nothing around it."""
    return typed_floor(*BODIES)


ROW = Row(
    number=1,
    title="for event in turn.stream(): CPU per event, mix, payloads decoded",
    sides={"ours": Side(stream), "peer": Side(stream, "peer"), "floor": Side(floor)},
    goals=[
        Goal("of the official sync", ratio("ours.cpu", "peer.cpu"), 0.32, 0.2),
        Goal("of the typed floor", ratio("ours.cpu", "floor.cpu"), 1.6),
    ],
    repetitions=11,
    units={"cpu": "us/event", "events": ""},
)

if __name__ == "__main__":
    main(ROW)
