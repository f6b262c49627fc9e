"""Row 3: `run()` on a turn of 20,000 deltas, which nobody reads: CPU per event, both faces."""

from __future__ import annotations

import asyncio

from row import Figures, Goal, Row, Side, main, ratio
from subject import RawTurns, Stopwatch, fake

EVENTS = 20_000
BODIES = ("sample", f"deltas:{EVENTS}")


def run() -> Figures:
    """Run a short turn to warm up, then the long one."""
    from openai_codex import Codex

    with Codex(fake(*BODIES)) as codex:
        thread = codex.thread_start()
        thread.run("warm up")
        watch = Stopwatch()
        thread.run("go")
        return {"cpu": watch.cpu / EVENTS * 1e6}


async def _run_async() -> Figures:
    from openai_codex import AsyncCodex

    async with AsyncCodex(fake(*BODIES)) as codex:
        thread = await codex.thread_start()
        await thread.run("warm up")
        watch = Stopwatch()
        await thread.run("go")
        return {"cpu": watch.cpu / EVENTS * 1e6}


def run_async() -> Figures:
    """Do the same with the async face."""
    return asyncio.run(_run_async())


def floor() -> Figures:
    """Parse every line and look at none."""
    turns = RawTurns(*BODIES)
    turns.turn(lambda method, params: None)
    watch = Stopwatch()
    turns.turn(lambda method, params: None)
    cpu = watch.cpu
    turns.close()
    return {"cpu": cpu / EVENTS * 1e6}


ROW = Row(
    number=3,
    title="run() on a turn of 20,000 deltas: CPU per event",
    how="fake runtime, recorded lines; one turn in each process",
    sides={
        "ours": Side(run),
        "ours_async": Side(run_async),
        "peer": Side(run, "peer"),
        "peer_async": Side(run_async, "peer"),
        "floor": Side(floor),
    },
    goals=[
        Goal("sync, of the official sync", ratio("ours.cpu", "peer.cpu"), 0.2, 0.12),
        Goal("async, of the official sync", ratio("ours_async.cpu", "peer.cpu"), 0.2, 0.12),
    ],
    units={"cpu": "us/event"},
)

if __name__ == "__main__":
    main(ROW)
