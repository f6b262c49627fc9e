"""Row 13: a million events to a consumer that took one and stalls: bytes per event that waits.

The reply to a later request tells that all of them were read from the pipe. `capped` has the bound
that a client has unless told otherwise: its stream must end with an error, in bounded memory.
"""

from __future__ import annotations

from row import Figures, Goal, Row, Side, main, plain, ratio
from subject import fake, peak_bytes, resident_bytes

EVENTS = 1_000_000
BODIES = ("sample", f"deltas:{EVENTS}")
NO_BOUND = 1 << 40


def stall(**fields: int) -> Figures:
    """Take one event, then none until all were read."""
    from openai_codex import Codex

    with Codex(fake(*BODIES, **fields)) as codex:
        thread = codex.thread_start()
        sum(event.payload is not None for event in thread.turn("warm up").stream())
        before = resident_bytes()
        events = iter(thread.turn("go").stream())
        next(events)
        codex.models()
        return {"queued": (resident_bytes() - before) / EVENTS}


def capped() -> Figures:
    """Stall with the default bound, and see what the stream says."""
    from openai_codex import Codex, StreamOverflowError

    with Codex(fake(*BODIES)) as codex:
        thread = codex.thread_start()
        thread.run("warm up")
        before = peak_bytes()
        events = iter(thread.turn("go").stream())
        next(events)
        codex.models()
        try:
            list(events)
        except StreamOverflowError:
            return {"told": 1, "peak": (peak_bytes() - before) / 1e6}
    return {"told": 0, "peak": (peak_bytes() - before) / 1e6}


ROW = Row(
    number=13,
    title="1,000,000 events to a slow consumer",
    how="fake runtime; one flood in each process",
    sides={
        "ours": Side(lambda: stall(max_unread_bytes=NO_BOUND)),
        "capped": Side(capped),
        "peer": Side(stall, "peer"),
    },
    goals=[
        Goal("bytes per queued event, of the official", ratio("ours.queued", "peer.queued"), 0.3),
        Goal("default bound: streams that were not told", lambda m: 1 - m["capped.told"], 0),
        Goal("default bound: MB held at most", plain("capped.peak"), 160),
    ],
    units={"queued": "bytes/event", "peak": "MB"},
    repetitions=3,
)

if __name__ == "__main__":
    main(ROW)
