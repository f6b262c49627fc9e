"""Queue messages for a busy thread, change their order, and say something in between."""

from __future__ import annotations

import sys

from openai_codex import AppServerConfig, Codex


def main(config: AppServerConfig | None = None) -> None:
    with Codex(config) as codex:
        thread = codex.thread_start()
        turn = thread.turn("Fix the typo in the title")

        # Each becomes a turn of its own, when those before it are over.
        tests = thread.queue.add("Run the tests")
        notes = thread.queue.add("Write the release notes")
        waiting = thread.queue.list()
        print("waiting:", len(waiting))
        thread.queue.reorder([notes, tests])

        # What cannot wait goes to the turn that runs.
        same = thread.send("In the subtitle, too")
        print("steered:", same.id == turn.id)

        print("1.", turn.run().final_response)
        for number, queued in enumerate((notes, tests), start=2):
            print(f"{number}.", queued.run().final_response)
        print("waiting:", len(thread.queue.list()))


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            main(config)
    else:
        main()
