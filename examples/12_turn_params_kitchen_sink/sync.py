"""Every option of a thread and of a turn, each with a reason to set it."""

from __future__ import annotations

import sys

from openai_codex import ApprovalMode, AppServerConfig, Codex, Sandbox
from openai_codex.types import Personality, ReasoningEffort, ReasoningSummary

RISKS = {
    "type": "object",
    "properties": {"risks": {"type": "array", "items": {"type": "string"}}},
    "required": ["risks"],
    "additionalProperties": False,
}


def main(config: AppServerConfig | None = None) -> None:
    with Codex(config) as codex:
        thread = codex.thread_start(
            approval_mode=ApprovalMode.deny_all,  # nothing outside the sandbox, nobody is asked
            base_instructions=None,  # in place of the runtime's own instructions; seldom wise
            developer_instructions="Answer in plain English. Name files by their path.",
            config={"model_verbosity": "low"},  # any key of config.toml, for this thread
            cwd=None,  # the folder to work in; None is the runtime's own
            ephemeral=True,  # do not store the thread
            model="gpt-5.5",
            model_provider=None,  # a provider of config.toml
            personality=Personality.pragmatic,
            sandbox=Sandbox.read_only,
            service_name="release-bot",  # shows in the service's logs
        )
        result = thread.run(
            "Which risks does this release have?",
            # These stay in force for the thread's later turns:
            approval_mode=ApprovalMode.deny_all,
            cwd=None,
            effort=ReasoningEffort.high,
            model="gpt-5.5",
            personality=Personality.pragmatic,
            sandbox=Sandbox.read_only,
            service_tier=None,  # "priority" where the account has it
            summary=ReasoningSummary.concise,
            # These are for this turn:
            output_schema=RISKS,
            turn_service_tier=None,
            source=None,  # what started the turn, for the service's statistics
            timeout=300,  # seconds for the whole turn
            idle_timeout=120,  # seconds without any event
        )
        print(result.final_response)
        if result.usage:
            last = result.usage.last
            print(f"{last.input_tokens} tokens in, {last.output_tokens} out")


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            main(config)
    else:
        main()
