"""The life of a thread: name it, fork it, shorten it, put it away, take it back."""

from __future__ import annotations

import sys

from openai_codex import AppServerConfig, Codex, Sandbox


def main(config: AppServerConfig | None = None) -> None:
    with Codex(config) as codex:
        thread = codex.thread_start(sandbox=Sandbox.read_only)
        thread.run("Outline a migration from SQLite to PostgreSQL")
        thread.set_name("Migration")

        # A fork goes on from a copy; the original stays as it is.
        fork = codex.thread_fork(thread.id)
        fork.set_name("Migration, with no downtime")
        fork.run("Now without any downtime")
        for each in (thread, fork):
            stored = each.read(include_turns=True).thread
            print(f"{stored.name}: {len(stored.turns)} turns")

        # A long conversation costs tokens at each turn; compacting replaces it by a summary.
        fork.compact()

        codex.thread_archive(thread.id)
        print("current: ", [stored.name for stored in codex.thread_list().data])
        print("archived:", [stored.name for stored in codex.thread_list(archived=True).data])

        # An archived thread is taken out before it is resumed.
        codex.thread_unarchive(thread.id)
        thread = codex.thread_resume(thread.id)
        print(thread.run("Which step is the riskiest?").final_response)


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            main(config)
    else:
        main()
