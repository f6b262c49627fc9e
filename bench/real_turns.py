"""Row 15: 500 turns started at once on the real runtime: refusals seen, wall time, client's CPU."""

from __future__ import annotations

import asyncio

from row import Figures, Goal, Row, Side, main, plain, ratio
from subject import Stopwatch, real_runtime

TURNS = 500


async def _at_once(fields: dict[str, object]) -> Figures:
    from openai_codex import AsyncCodex, CodexConfig

    async with AsyncCodex(CodexConfig(**fields)) as codex:  # type: ignore[arg-type]
        await (await codex.thread_start(ephemeral=True)).run("warm up")
        threads = [await codex.thread_start(ephemeral=True) for _ in range(TURNS)]
        watch = Stopwatch()
        results = await asyncio.gather(
            *(thread.run("go") for thread in threads), return_exceptions=True
        )
        failed = [result for result in results if isinstance(result, BaseException)]
        return {"wall": watch.wall, "cpu": watch.cpu, "failed": len(failed)}


def at_once() -> Figures:
    """Start all turns in one breath."""
    with real_runtime() as fields:
        return asyncio.run(_at_once(fields))


ROW = Row(
    number=15,
    title="500 turns at once on the real runtime",
    how="real runtime, scripted model; one burst in each process",
    sides={"ours": Side(at_once), "peer": Side(at_once, "peer")},
    goals=[
        Goal("turns that failed", plain("ours.failed"), 0),
        Goal("wall, of the official", ratio("ours.wall", "peer.wall"), 1.1),
        Goal("client's CPU, of the official", ratio("ours.cpu", "peer.cpu"), 0.4),
    ],
    units={"wall": "s", "cpu": "s"},
    repetitions=3,
)

if __name__ == "__main__":
    main(ROW)
