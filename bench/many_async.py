"""Row 8: 200 and 500 turns at once on one async client, 20 deltas each, 50 ms apart: ideal 1 s.

A delta is the clock at which the fake server wrote it: that is how late each one came.
"""

from __future__ import annotations

import asyncio
import statistics
import threading
import time

from row import Figures, Goal, Row, Side, main, plain
from subject import Stopwatch, fake

COUNT, APART = 20, 0.05


async def _stream(thread: object, late: list[float]) -> None:
    turn = await thread.turn("go")  # type: ignore[attr-defined]
    async for event in turn.stream():
        if event.method == "item/agentMessage/delta":
            late.append(time.monotonic_ns() - int(event.payload.delta))  # noqa: PERF401


async def _many(turns: int) -> Figures:
    from openai_codex import AsyncCodex

    async with AsyncCodex(fake("--paced", str(COUNT), str(APART))) as codex:
        threads = [await codex.thread_start() for _ in range(turns)]
        await _stream(threads[0], [])
        late: list[float] = []
        watch = Stopwatch()
        tasks = [asyncio.create_task(_stream(thread, late)) for thread in threads]
        await asyncio.sleep(COUNT * APART / 2)
        alive = threading.active_count()
        await asyncio.gather(*tasks)
        return {
            "wall": watch.wall / (COUNT * APART),
            "cpu": watch.cpu / (turns * COUNT) * 1e6,
            "p99": statistics.quantiles(late, n=100)[98] / 1e6,
            "threads": alive,
        }


def many(turns: int) -> Figures:
    """Run so many turns at once."""
    return asyncio.run(_many(turns))


ROW = Row(
    number=8,
    title="200 and 500 streaming turns at once, async",
    how="fake runtime that paces its deltas; one burst in each process",
    sides={
        "ours_200": Side(lambda: many(200)),
        "peer_200": Side(lambda: many(200), "peer"),
        "ours_500": Side(lambda: many(500)),
        "peer_500": Side(lambda: many(500), "peer"),
    },
    goals=[
        Goal("200: wall, of the ideal", plain("ours_200.wall"), 1.03),
        Goal("200: p99 of delivery, ms", plain("ours_200.p99"), 5),
        Goal("500: wall, of the ideal", plain("ours_500.wall"), 1.05),
        Goal("500: p99 of delivery, ms", plain("ours_500.p99"), 5),
        Goal("threads", plain("ours_500.threads"), 1),
    ],
    units={"wall": "x ideal", "cpu": "us/delta", "p99": "ms"},
    repetitions=7,
)

if __name__ == "__main__":
    main(ROW)
