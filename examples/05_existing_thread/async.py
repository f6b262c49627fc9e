"""Go on with a conversation in another process: find it, resume it, ask it something."""

from __future__ import annotations

import asyncio
import sys

from openai_codex import AppServerConfig, AsyncCodex


async def main(config: AppServerConfig | None = None) -> None:
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start()
        await thread.run("The next release is called Heron. Keep that in mind.")
        await thread.set_name("Release planning")

    # Another process, another day.
    async with AsyncCodex(config) as codex:
        found = await codex.thread_list(search_term="Release planning", limit=5)
        for stored in found.data:
            print(f"found: {stored.name}, about {stored.preview!r}")

        resumed = await codex.thread_resume(thread.id, include_turns=False)
        result = await resumed.run("What is the next release called?")
        print(result.final_response)

        history = (await resumed.read(include_turns=True)).thread
        print(f"{len(history.turns)} turns so far")


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            asyncio.run(main(config))
    else:
        asyncio.run(main())
