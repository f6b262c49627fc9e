"""Go on with a conversation in another process: find it, resume it, ask it something."""

from __future__ import annotations

import sys

from openai_codex import AppServerConfig, Codex


def main(config: AppServerConfig | None = None) -> None:
    with Codex(config) as codex:
        thread = codex.thread_start()
        thread.run("The next release is called Heron. Keep that in mind.")
        thread.set_name("Release planning")

    # Another process, another day.
    with Codex(config) as codex:
        for stored in codex.thread_list(search_term="Release planning", limit=5).data:
            print(f"found: {stored.name}, about {stored.preview!r}")

        resumed = codex.thread_resume(thread.id, include_turns=False)
        result = resumed.run("What is the next release called?")
        print(result.final_response)

        history = resumed.read(include_turns=True).thread
        print(f"{len(history.turns)} turns so far")


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            main(config)
    else:
        main()
