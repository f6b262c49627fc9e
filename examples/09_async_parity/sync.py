"""One program, twice: async.py differs in `async`, `await` and the classes' names alone."""

from __future__ import annotations

import sys

from openai_codex import AppServerConfig, Codex, Sandbox


def main(config: AppServerConfig | None = None) -> None:
    with Codex(config) as codex:
        thread = codex.thread_start(sandbox=Sandbox.read_only)

        with thread.turn("Draft a commit message for the staged changes") as turn:
            for text in turn.stream_text():
                print(text, end="", flush=True)
        print()

        result = thread.run("Shorter, please")
        print(result.final_response)
        for item in result.items:
            print(f"- {item.type}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            main(config)
    else:
        main()
