"""Row 10: 50 turns stream and say nothing: how soon `models()`, `interrupt()`, `close()` answer.

The first two were called before, so that no first import is in it. Silence lasts four seconds here;
what waits for a silent turn waits that long.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable

from row import Figures, Goal, Row, Side, main, plain
from subject import fake

TURNS, SILENCE = 50, 4


async def _stream(turn: object) -> None:
    async for _ in turn.stream():  # type: ignore[attr-defined]
        pass


async def _timed(work: Awaitable[object]) -> float:
    began = time.monotonic()
    await work
    return (time.monotonic() - began) * 1e3


async def _answers() -> Figures:
    from openai_codex import AsyncCodex

    codex = AsyncCodex(fake("--paced", "1", str(SILENCE)))
    async with codex:
        await codex.models()
        threads = [await codex.thread_start() for _ in range(TURNS)]
        turns = [await thread.turn("go") for thread in threads]
        streams = [asyncio.create_task(_stream(turn)) for turn in turns]
        await asyncio.sleep(0.1)
        models = await _timed(codex.models())
        await turns[1].interrupt()
        interrupt = await _timed(turns[0].interrupt())
        close = await _timed(codex.close())
        await asyncio.gather(*streams, return_exceptions=True)
    return {"models": models, "interrupt": interrupt, "close": close}


def answers() -> Figures:
    """Time the three."""
    return asyncio.run(_answers())


ROW = Row(
    number=10,
    title="50 silent streaming turns: other requests answer in",
    how="fake runtime; one set of requests in each process",
    sides={"ours": Side(answers), "peer": Side(answers, "peer")},
    goals=[
        Goal("models(), ms", plain("ours.models"), 5, 1),
        Goal("interrupt(), ms", plain("ours.interrupt"), 5, 1),
        Goal("close(), ms", plain("ours.close"), 5, 1),
    ],
    units={"models": "ms", "interrupt": "ms", "close": "ms"},
    repetitions=3,
)

if __name__ == "__main__":
    main(ROW)
