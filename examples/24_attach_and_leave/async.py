"""Leave a turn while it works, come back with another client, and let a third one look on."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from openai_codex import AppServerConfig, AsyncCodex, AsyncRuntimeServer, Sandbox


async def main(
    config: AppServerConfig | None = None,
    until_it_works: Callable[[], object] = lambda: None,
    let_it_end: Callable[[], object] = lambda: None,
) -> None:
    async with AsyncRuntimeServer(config) as server:
        # A client starts a turn, and leaves: the turn runs on in the server.
        async with AsyncCodex(connect=server.connect) as codex:
            thread = await codex.thread_start(sandbox=Sandbox.full_access)
            (await thread.turn("Count the files")).detach()
            await asyncio.to_thread(until_it_works)

        # Another one, in this program or any other, finds the thread by its id.
        found = await AsyncRuntimeServer.find(codex.metadata.codex_home)
        print("found: ", found is not None and found.address == server.address)
        async with AsyncCodex(connect=server.connect) as codex:
            thread = await codex.thread_attach(thread.id)
            turn = await thread.current_turn()
            print("done:  ", [item.type for item in turn.items] if turn else "everything")

            # One that only looks on answers no question, and leaves the tools to others.
            async with AsyncCodex(connect=server.connect) as watcher:
                seen = await watcher.thread_attach(thread.id, answers=False)
                print("same:  ", seen.id == thread.id)

            # A person can look in as well: this line opens the thread in the terminal UI.
            print("line:  ", thread.attach_command().split()[1])

            let_it_end()
            if turn is not None:
                print("answer:", (await turn.run()).final_response)


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import GATE, offline

        with offline() as config:
            asyncio.run(main(config, GATE.wait_reached, GATE.open))
    else:
        asyncio.run(main())
