"""A program that is killed in mid-turn: prints its thread, then what the turn has spent."""

from __future__ import annotations

import json
import sys
import time

from openai_codex import AppServerConfig, Codex


def main() -> None:
    """Start a turn, say what it spent once something was, and wait for the end."""
    launch = json.loads(sys.stdin.readline())
    launch["config_overrides"] = tuple(launch["config_overrides"])
    with Codex(AppServerConfig(**launch)) as codex:
        thread = codex.thread_start()
        sys.stdout.write(f"{thread.id}\n")
        sys.stdout.flush()
        turn = thread.turn("go")
        while not turn.spent.tokens:
            time.sleep(0.01)
        sys.stdout.write(f"{turn.spent.tokens}\n")
        sys.stdout.flush()
        turn.run()


if __name__ == "__main__":
    main()
