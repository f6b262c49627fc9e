"""The life of a thread: name it, fork it, shorten it, put it away, take it back."""

from __future__ import annotations

import asyncio
import sys

from openai_codex import AppServerConfig, AsyncCodex, Sandbox


async def main(config: AppServerConfig | None = None) -> None:
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start(sandbox=Sandbox.read_only)
        await thread.run("Outline a migration from SQLite to PostgreSQL")
        await thread.set_name("Migration")

        # A fork goes on from a copy; the original stays as it is.
        fork = await codex.thread_fork(thread.id)
        await fork.set_name("Migration, with no downtime")
        await fork.run("Now without any downtime")
        for each in (thread, fork):
            stored = (await each.read(include_turns=True)).thread
            print(f"{stored.name}: {len(stored.turns)} turns")

        # A long conversation costs tokens at each turn; compacting replaces it by a summary.
        await fork.compact()

        await codex.thread_archive(thread.id)
        current = await codex.thread_list()
        archived = await codex.thread_list(archived=True)
        print("current: ", [stored.name for stored in current.data])
        print("archived:", [stored.name for stored in archived.data])

        # An archived thread is taken out before it is resumed.
        await codex.thread_unarchive(thread.id)
        thread = await codex.thread_resume(thread.id)
        result = await thread.run("Which step is the riskiest?")
        print(result.final_response)


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            asyncio.run(main(config))
    else:
        asyncio.run(main())
