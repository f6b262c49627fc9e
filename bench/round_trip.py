"""Row 11: one request and its typed reply, `thread.read()`, on the real runtime: CPU and p50.

The runtime takes half a millisecond for it, so that a client which saves some microseconds of
waiting saves nothing that a program would notice. What it costs the client's process does count.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any

from raw import RawClient
from row import Figures, Goal, Row, Side, main, ratio
from subject import Stopwatch, raw_client, real_runtime

TIMES, WARM_UP = 600, 100


class Requests:
    """Times of requests, of which the first ones do not count."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._watch = Stopwatch()
        self._began = 0.0

    def begin(self, number: int) -> None:
        """Note that a request begins."""
        if number == WARM_UP:
            self._times.clear()
            self._watch = Stopwatch()
        self._began = time.perf_counter()

    def end(self) -> None:
        """Note that its reply is there."""
        self._times.append(time.perf_counter() - self._began)

    @property
    def figures(self) -> Figures:
        """The CPU of this process per request, and half of the requests take no longer than p50."""
        cpu = self._watch.cpu / len(self._times)
        return {"cpu": cpu * 1e6, "p50": statistics.median(self._times) * 1e6}


def sync() -> Figures:
    """Ask again and again."""
    from openai_codex import Codex, CodexConfig

    with real_runtime() as fields, Codex(CodexConfig(**fields)) as codex:
        thread = codex.thread_start()
        requests = Requests()
        for number in range(TIMES):
            requests.begin(number)
            thread.read()
            requests.end()
        return requests.figures


async def _asynchronous(fields: dict[str, Any]) -> Figures:
    from openai_codex import AsyncCodex, CodexConfig

    async with AsyncCodex(CodexConfig(**fields)) as codex:
        thread = await codex.thread_start()
        requests = Requests()
        for number in range(TIMES):
            requests.begin(number)
            await thread.read()
            requests.end()
        return requests.figures


def asynchronous() -> Figures:
    """Do the same with the async API."""
    with real_runtime() as fields:
        return asyncio.run(_asynchronous(fields))


def raw() -> Figures:
    """Ask with nothing but json and a pipe."""
    with real_runtime() as fields:
        client = raw_client(fields)
        try:
            return _ask(client)
        finally:
            client.close()


def _ask(client: RawClient) -> Figures:
    thread_id = client.call("thread/start", {})["thread"]["id"]
    requests = Requests()
    for number in range(TIMES):
        requests.begin(number)
        client.call("thread/read", {"threadId": thread_id})
        requests.end()
    return requests.figures


ROW = Row(
    number=11,
    title="thread.read(): a request and its typed reply, real runtime",
    how="real runtime; mean CPU and median time of 600 requests in each process",
    sides={
        "ours_sync": Side(sync),
        "ours_async": Side(asynchronous),
        "peer_sync": Side(sync, "peer"),
        "peer_async": Side(asynchronous, "peer"),
        "floor": Side(raw),
    },
    goals=[
        Goal("sync CPU, of the official", ratio("ours_sync.cpu", "peer_sync.cpu"), 1.15),
        Goal("async CPU, of the official", ratio("ours_async.cpu", "peer_async.cpu"), 0.6, 0.5),
        Goal("sync p50, of the official", ratio("ours_sync.p50", "peer_sync.p50"), 1.15),
        Goal("async p50, of the official", ratio("ours_async.p50", "peer_async.p50"), 1, 0.85),
    ],
    repetitions=15,
    units={"cpu": "us/request", "p50": "us"},
)

if __name__ == "__main__":
    main(ROW)
