"""Choose a model by what it can do, and think harder only where it pays."""

from __future__ import annotations

import sys

from openai_codex import AppServerConfig, Codex, Sandbox
from openai_codex.types import ReasoningEffort


def main(config: AppServerConfig | None = None) -> None:
    with Codex(config) as codex:
        able = [
            model
            for model in codex.models().data
            if any(
                option.reasoning_effort == ReasoningEffort.xhigh
                for option in model.supported_reasoning_efforts
            )
        ]
        chosen = next((model for model in able if model.id == "gpt-5.5"), able[0])
        print(f"model: {chosen.display_name}")

        thread = codex.thread_start(model=chosen.model, sandbox=Sandbox.read_only)
        quick = thread.run("List the public functions", effort=ReasoningEffort.low)
        print(quick.final_response)
        thorough = thread.run("Which of them is not thread-safe?", effort=ReasoningEffort.xhigh)
        print(thorough.final_response)


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            main(config)
    else:
        main()
