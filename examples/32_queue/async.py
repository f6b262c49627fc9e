"""Queue messages for a busy thread, change their order, and say something in between."""

from __future__ import annotations

import asyncio
import sys

from openai_codex import AppServerConfig, AsyncCodex


async def main(config: AppServerConfig | None = None) -> None:
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start()
        turn = await thread.turn("Fix the typo in the title")

        # Each becomes a turn of its own, when those before it are over.
        tests = await thread.queue.add("Run the tests")
        notes = await thread.queue.add("Write the release notes")
        waiting = await thread.queue.list()
        print("waiting:", len(waiting))
        await thread.queue.reorder([notes, tests])

        # What cannot wait goes to the turn that runs.
        same = await thread.send("In the subtitle, too")
        print("steered:", same.id == turn.id)

        print("1.", (await turn.run()).final_response)
        for number, queued in enumerate((notes, tests), start=2):
            print(f"{number}.", (await queued.run()).final_response)
        print("waiting:", len(await thread.queue.list()))


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            asyncio.run(main(config))
    else:
        asyncio.run(main())
