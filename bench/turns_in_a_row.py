"""Row 12: 2,000 turns one after the other on one client: what each leaves behind."""

from __future__ import annotations

import asyncio
import gc

from row import Figures, Goal, Row, Side, main, plain, ratio
from subject import fake, resident_bytes

TURNS, WARM_UP = 2000, 300


class _Growth:
    def __init__(self) -> None:
        gc.collect()
        self._objects, self._bytes = len(gc.get_objects()), resident_bytes()

    def figures(self) -> Figures:
        gc.collect()
        return {
            "objects": (len(gc.get_objects()) - self._objects) / TURNS,
            "bytes": (resident_bytes() - self._bytes) / TURNS,
        }


def sync() -> Figures:
    """Run turn after turn."""
    from openai_codex import Codex

    with Codex(fake("deltas:20")) as codex:
        thread = codex.thread_start()
        for _ in range(WARM_UP):
            thread.run("go")
        growth = _Growth()
        for _ in range(TURNS):
            thread.run("go")
        return growth.figures()


async def _asynchronous() -> Figures:
    from openai_codex import AsyncCodex

    async with AsyncCodex(fake("deltas:20")) as codex:
        thread = await codex.thread_start()
        for _ in range(WARM_UP):
            await thread.run("go")
        growth = _Growth()
        for _ in range(TURNS):
            await thread.run("go")
        return growth.figures()


def asynchronous() -> Figures:
    """Do the same with the async face."""
    return asyncio.run(_asynchronous())


ROW = Row(
    number=12,
    title="2,000 turns in a row: growth per turn",
    how="fake runtime; one series of 2,000 turns in each process",
    sides={
        "ours": Side(sync),
        "ours_async": Side(asynchronous),
        "peer": Side(sync, "peer"),
    },
    goals=[
        Goal("sync, objects per turn", plain("ours.objects"), 0.05),
        Goal("async, objects per turn", plain("ours_async.objects"), 0.05),
        Goal("sync, bytes, of the official", ratio("ours.bytes", "peer.bytes"), 0.1),
        Goal("async, bytes, of the official", ratio("ours_async.bytes", "peer.bytes"), 0.1),
    ],
    units={"objects": "per turn", "bytes": "per turn"},
    repetitions=3,
)

if __name__ == "__main__":
    main(ROW)
