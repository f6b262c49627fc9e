"""Row 9: 100 turns in 100 threads on one client, 20 deltas each, 50 ms apart: CPU per delta."""

from __future__ import annotations

import threading

from row import Figures, Goal, Row, Side, main, ratio
from subject import Stopwatch, fake

TURNS, COUNT, APART = 100, 20, 0.05


def many() -> Figures:
    """Stream every turn in a thread of its own."""
    from openai_codex import Codex

    with Codex(fake("--paced", str(COUNT), str(APART))) as codex:
        threads = [codex.thread_start() for _ in range(TURNS)]
        thread = threads[0]
        sum(event.payload is not None for event in thread.turn("warm up").stream())

        def stream(index: int) -> None:
            for event in threads[index].turn("go").stream():
                assert event.payload is not None

        watch = Stopwatch()
        workers = [threading.Thread(target=stream, args=(index,)) for index in range(TURNS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return {
            "cpu": watch.cpu / (TURNS * COUNT) * 1e6,
            "wall": watch.wall / (COUNT * APART),
        }


ROW = Row(
    number=9,
    title="100 sync turns in 100 threads: CPU per delta",
    how="fake runtime that paces its deltas; one burst in each process",
    sides={"ours": Side(many), "peer": Side(many, "peer")},
    goals=[Goal("of the official", ratio("ours.cpu", "peer.cpu"), 0.2)],
    units={"cpu": "us/delta", "wall": "x ideal"},
)

if __name__ == "__main__":
    main(ROW)
