"""Row 2: CPU per event of `async for event in turn.stream()`; otherwise as row 1."""

from __future__ import annotations

import asyncio

from row import Figures, Goal, Row, main, ratio
from streams import HOW, of_the_floor, sides
from subject import TURNS, Stopwatch, fake, least, typed_floor

BODIES = ("sample", "mix:12000")


async def _stream() -> Figures:
    from openai_codex import AsyncCodex

    async def look(text: str) -> Figures:
        watch, events = Stopwatch(), 0
        async for event in (await thread.turn(text)).stream():
            events += event.payload is not None
        return {"cpu": watch.cpu / events * 1e6, "events": events}

    async with AsyncCodex(fake(*BODIES)) as codex:
        thread = await codex.thread_start()
        await look("warm up")
        return least([await look("go") for _ in range(TURNS)])


def stream() -> Figures:
    """Stream a short turn to warm up, then the long one a few times."""
    return asyncio.run(_stream())


def floor() -> Figures:
    """Type the same events with nothing around it."""
    return typed_floor(*BODIES)


ROW = Row(
    number=2,
    title="async for event in turn.stream(): CPU per event, mix, payloads decoded",
    how=HOW,
    sides=sides(stream, floor),
    goals=[
        Goal("of the official async", ratio("ours.cpu", "peer.cpu"), 0.06, 0.03),
        *of_the_floor(1.4),
    ],
    repetitions=11,
    units={"cpu": "us/event", "events": ""},
)

if __name__ == "__main__":
    main(ROW)
