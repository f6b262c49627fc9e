"""Start a turn, wait for its result, and look at all of it.

python examples/02_turn_run/sync.py [--offline]
"""

import sys

from openai_codex import AppServerConfig, Codex
from openai_codex.types import CommandExecutionThreadItem, ReasoningEffort


def main(config: AppServerConfig | None = None) -> None:
    with Codex(config) as codex:
        thread = codex.thread_start()
        turn = thread.turn(
            "How much is 2 ** 100? Compute it with python3.", effort=ReasoningEffort("low")
        )
        result = turn.run()

        print("status:  ", result.status.value)
        print("answer:  ", result.final_response)
        print("items:   ", ", ".join(item.type for item in result.items))
        for item in result.items:
            if isinstance(item, CommandExecutionThreadItem):
                print(
                    "command: ", "exit code", item.exit_code, "and output", item.aggregated_output
                )
        if result.usage is not None:
            total = result.usage.total
            print("tokens:  ", total.input_tokens, "in and", total.output_tokens, "out")

        # What the runtime has stored of the thread.
        stored = thread.read(include_turns=True).thread
        print("stored:  ", len(stored.turns), "turn with", len(stored.turns[0].items), "items")


def offline() -> None:
    from openai_codex.testing import ScriptedModel, offline_config, run_command, say

    with ScriptedModel() as model:
        model.script(
            run_command("python3 -c 'print(2 ** 100, end=str())'"),
            say("2 ** 100 is 1267650600228229401496703205376."),
        )
        main(offline_config(model, config={"sandbox_mode": "danger-full-access"}))


if __name__ == "__main__":
    offline() if "--offline" in sys.argv else main()
