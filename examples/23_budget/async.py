"""Leave an agent alone with a budget: per turn, per thread, and a person who may grant more."""

from __future__ import annotations

import asyncio
import sys

from openai_codex import (
    AppServerConfig,
    AsyncCodex,
    Budget,
    BudgetExceededError,
    BudgetRequest,
    Sandbox,
)


def grant_once(request: BudgetRequest) -> Budget | None:
    print(f"the {request.scope} spent {request.spent.tokens} tokens: granting 5000 more")
    return Budget(tokens=5000)


async def main(config: AppServerConfig | None = None) -> None:
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start(
            sandbox=Sandbox.full_access, budget=Budget(tokens=12_000, warn_at=None)
        )

        # A turn that would go on and on is stopped, and says what it got done.
        try:
            await thread.run(
                "Check every file", budget=Budget(tokens=3500, model_calls=20, warn_at=None)
            )
        except BudgetExceededError as error:
            print(error)
            print(f"it ran {error.spent.commands} commands")

        # A function, which may ask a person, can grant more.
        budget = Budget(tokens=1500, on_exceeded=grant_once, warn_at=None)
        result = await thread.run("Summarize what you saw", budget=budget)
        print(result.final_response)

        # The thread's own budget holds for all of its turns.
        try:
            while True:
                await thread.run("Again")
        except BudgetExceededError as error:
            print(f"{error.scope}: {error.limit}")

        print(f"spent in all: {codex.spent.tokens} tokens in {codex.spent.model_calls} responses")


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            asyncio.run(main(config))
    else:
        asyncio.run(main())
