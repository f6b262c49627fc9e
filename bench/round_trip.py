"""Row 11: one request and its typed reply, `thread.read()`: p50 above that of a raw client."""

from __future__ import annotations

import asyncio
import statistics
import time

from raw import RawClient
from row import Figures, Goal, Medians, Row, Side, main
from subject import fake, server_argv

TIMES, WARM_UP = 800, 100


def _p50(times: list[float]) -> Figures:
    return {"p50": statistics.median(times[WARM_UP:]) * 1e6}


def sync() -> Figures:
    """Ask again and again."""
    from openai_codex import Codex

    times = []
    with Codex(fake("sample")) as codex:
        thread = codex.thread_start()
        for _ in range(TIMES):
            began = time.perf_counter()
            thread.read()
            times.append(time.perf_counter() - began)
    return _p50(times)


async def _asynchronous() -> Figures:
    from openai_codex import AsyncCodex

    times = []
    async with AsyncCodex(fake("sample")) as codex:
        thread = await codex.thread_start()
        for _ in range(TIMES):
            began = time.perf_counter()
            await thread.read()
            times.append(time.perf_counter() - began)
    return _p50(times)


def asynchronous() -> Figures:
    """Do the same with the async face."""
    return asyncio.run(_asynchronous())


def raw() -> Figures:
    """Ask with nothing but json and a pipe."""
    client = RawClient(server_argv("sample"))
    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        client.call("thread/read", {"threadId": "any"})
        times.append(time.perf_counter() - began)
    client.close()
    return _p50(times)


def _above(side: str, medians: Medians) -> float:
    floor = medians["floor.p50"]
    return (medians[f"ours_{side}.p50"] - floor) / (medians[f"peer_{side}.p50"] - floor)


ROW = Row(
    number=11,
    title="thread.read(): p50 of a request and its typed reply",
    sides={
        "ours_sync": Side(sync),
        "ours_async": Side(asynchronous),
        "peer_sync": Side(sync, "peer"),
        "peer_async": Side(asynchronous, "peer"),
        "floor": Side(raw),
    },
    goals=[
        Goal("sync above raw, of the official's", lambda m: _above("sync", m), 0.45),
        Goal("async above raw, of the official's", lambda m: _above("async", m), 0.25),
    ],
    repetitions=41,
    units={"p50": "us"},
)

if __name__ == "__main__":
    main(ROW)
