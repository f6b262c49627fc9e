"""Take the wheel while a turn runs: steer it, then stop another one."""

from __future__ import annotations

import sys

from openai_codex import AppServerConfig, Codex, Sandbox


def main(config: AppServerConfig | None = None) -> None:
    with Codex(config) as codex:
        thread = codex.thread_start(sandbox=Sandbox.read_only)

        # Steer: say something to the running turn; the model reads it at its next step.
        turn = thread.turn("Count up from one, slowly")
        for event in turn.stream():
            if event.method == "item/agentMessage/delta":
                turn.steer("Stop counting at once and name the last number")
                break
        result = turn.run()  # the rest of the same turn
        print(f"{result.status.value}: {result.final_response}")

        # Interrupt: stop the turn on the server; what was complete until then is kept.
        turn = thread.turn("Count down from a million")
        for _ in turn.stream_text():
            turn.interrupt()
            break
        result = turn.run()
        print(f"{result.status.value}: {result.final_response}")

        # The thread is as good as ever.
        print(thread.run("Are you still there?").final_response)


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            main(config)
    else:
        main()
