"""Opens and closes 200 clients in a process of its own, and fails when anything of them is left.

In a process of its own, because the tests of a worker leave and take descriptors beside.
"""

from __future__ import annotations

import asyncio
import sys

from openai_codex import AppServerConfig, AsyncCodex, Codex
from openai_codex.testing.fake import FakeAppServer
from tests.faults.leftovers import Belongings

CYCLES = 200


def of_threads(config: AppServerConfig) -> None:
    with Codex(config):  # what is loaded once is loaded
        pass
    before = Belongings.now()
    for cycle in range(CYCLES):
        with Codex(config) as codex:
            if cycle % 20 == 0:
                assert codex.thread_start().run("hi").final_response == "ok"
    before.assert_nothing_came()


async def of_tasks(config: AppServerConfig) -> None:
    async with AsyncCodex(config):
        pass
    before = Belongings.now()
    for cycle in range(CYCLES):
        async with AsyncCodex(config) as codex:
            if cycle % 20 == 0:
                assert (await (await codex.thread_start()).run("hi")).final_response == "ok"
    before.assert_nothing_came()


def main() -> None:
    with FakeAppServer() as server:
        if sys.argv[1] == "threads":
            of_threads(server.config())
        else:
            asyncio.run(of_tasks(server.config()))
        server.wait_for(kind="ended", count=CYCLES + 1, timeout=30)
    print("nothing is left")  # noqa: T201


main()
