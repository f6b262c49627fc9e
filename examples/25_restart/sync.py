"""The runtime dies in the middle of a turn: another one is started, and the thread goes on."""

from __future__ import annotations

import logging
import os
import signal
import sys

from openai_codex import AppServerConfig, Codex, ConnectionLostError, Restart, TurnHandle


def main(config: AppServerConfig | None = None) -> None:
    logging.getLogger("openai_codex.runtime").setLevel(logging.ERROR)  # else it warns of each one
    with Codex(config, restart=Restart(limit=5, within=60)) as codex:
        thread = codex.thread_start()
        turn = thread.turn("Migrate a.py and b.py")
        crash_in_its_answer(codex, turn)
        try:
            turn.run()
        except ConnectionLostError as error:
            done = error.result.items if error.result is not None else ()
            print("lost:    ", [item.type for item in done])
            print("go on?   ", error.resumable)

        # What was acknowledged is never sent again by itself: the program says how to go on.
        result = thread.run("continue")
        print("answer:  ", result.final_response)
        print("restarts:", codex.restarts)


def crash_in_its_answer(codex: Codex, turn: TurnHandle) -> None:
    """Do what a kernel does that is out of memory."""
    for event in turn.stream():
        if event.method == "item/agentMessage/delta":
            break
    if codex.process is not None:
        os.kill(codex.process.pid, signal.SIGKILL)


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            main(config)
    else:
        main()
