"""Decide what the agent may do: by rules, by asking a person, or later and from elsewhere."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

from openai_codex import (
    AppServerConfig,
    AsyncCodex,
    CommandApproval,
    Decision,
    FileChangeApproval,
    Handlers,
    Sandbox,
)
from openai_codex.rules import Rules


def ask_person(question: CommandApproval) -> Decision:
    """Ask in the terminal; it may take hours, and other streams go on meanwhile."""
    print(f"May I run {question.argv}? {question.reason}")
    return Decision.accept if input("[y/N] ").strip() == "y" else Decision.decline


def review(change: FileChangeApproval) -> bool:
    """Let only Markdown files be changed, and show what would change."""
    for file in change.changes:
        print(f"{file.kind.type} {Path(file.path).name}: {file.diff.strip()}")
    return all(file.path.endswith(".md") for file in change.changes)


# Decisions are logged; here is where what was denied shows.
logging.getLogger("openai_codex.approvals").addHandler(logging.StreamHandler(sys.stdout))

# Deny wins; what no rule settles is asked. Every decision is kept in `rules.audit`.
rules = Rules(allow=["git status", "ls"], deny=["rm"], ask=ask_person)


async def main(config: AppServerConfig | None = None) -> None:
    handlers = Handlers(approve_command=rules, approve_file_change=review)
    async with AsyncCodex(config, handlers=handlers) as codex:
        thread = await codex.thread_start(sandbox=Sandbox.read_only)
        result = await thread.run("Remove the build folder and note the date in CHANGES.md")
        print(result.final_response)
    for record in rules.audit:
        print(f"{record.outcome}: {record.subject}")

    # Without a handler, a question waits for whoever reads it: a web page, a chat, another thread.
    async with AsyncCodex(config) as codex, codex.questions() as questions:
        thread = await codex.thread_start(sandbox=Sandbox.read_only)
        turn = await thread.turn("Install the dependencies")
        async for question in questions:
            print(f"later: {question.summary}")
            question.answer(Decision.decline)  # from any thread, task or request, once
            break
        print((await turn.run()).final_response)


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            asyncio.run(main(config))
    else:
        asyncio.run(main())
