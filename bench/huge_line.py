"""Row 14: one line of 50 MB, and one of 10 MB to see that the time is linear in the size."""

from __future__ import annotations

from row import Figures, Goal, Row, Side, main, ratio
from subject import Stopwatch, fake

MEGABYTE = 1_000_000


def huge(megabytes: int) -> Figures:
    """Stream a turn whose one item is so large."""
    from openai_codex import Codex

    with Codex(fake("sample", f"huge:{megabytes * MEGABYTE}")) as codex:
        thread = codex.thread_start()
        sum(event.payload is not None for event in thread.turn("warm up").stream())
        watch = Stopwatch()
        sum(event.payload is not None for event in thread.turn("go").stream())
        return {"wall": watch.wall * 1e3, "cpu": watch.cpu * 1e3}


ROW = Row(
    number=14,
    title="one line of 50 MB",
    how="fake runtime; one line in each process",
    sides={
        "ours": Side(lambda: huge(50)),
        "peer": Side(lambda: huge(50), "peer"),
        "ours_10": Side(lambda: huge(10)),
    },
    goals=[
        Goal("of the official", ratio("ours.wall", "peer.wall"), 1.3),
        Goal(
            "CPU of 50 MB, of five times 10 MB", lambda m: m["ours.cpu"] / m["ours_10.cpu"] / 5, 1.3
        ),
    ],
    units={"wall": "ms", "cpu": "ms"},
)

if __name__ == "__main__":
    main(ROW)
