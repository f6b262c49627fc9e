"""Leave a turn while it works, come back with another client, and let a third one look on."""

from __future__ import annotations

import sys
from collections.abc import Callable

from openai_codex import AppServerConfig, Codex, RuntimeServer, Sandbox


def main(
    config: AppServerConfig | None = None,
    until_it_works: Callable[[], object] = lambda: None,
    let_it_end: Callable[[], object] = lambda: None,
) -> None:
    with RuntimeServer(config) as server:
        # A client starts a turn, and leaves: the turn runs on in the server.
        with Codex(connect=server.connect) as codex:
            thread = codex.thread_start(sandbox=Sandbox.full_access)
            thread.turn("Count the files").detach()
            until_it_works()

        # Another one, in this program or any other, finds the thread by its id.
        found = RuntimeServer.find(codex.metadata.codex_home)
        print("found: ", found is not None and found.address == server.address)
        with Codex(connect=server.connect) as codex:
            thread = codex.thread_attach(thread.id)
            turn = thread.current_turn()
            print("done:  ", [item.type for item in turn.items] if turn else "everything")

            # One that only looks on answers no question, and leaves the tools to others.
            with Codex(connect=server.connect) as watcher:
                seen = watcher.thread_attach(thread.id, answers=False)
                print("same:  ", seen.id == thread.id)

            # A person can look in as well: this line opens the thread in the terminal UI.
            print("line:  ", thread.attach_command().split()[1])

            let_it_end()
            if turn is not None:
                print("answer:", turn.run().final_response)


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import GATE, offline

        with offline() as config:
            main(config, GATE.wait_reached, GATE.open)
    else:
        main()
