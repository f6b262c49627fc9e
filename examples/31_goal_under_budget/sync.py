"""Work towards a goal, turn after turn, as long as the budget lasts."""

from __future__ import annotations

import sys

from openai_codex import AppServerConfig, Budget, BudgetExceededError, Codex


def main(config: AppServerConfig | None = None) -> None:
    with Codex(config) as codex:
        thread = codex.thread_start()
        done = thread.run_goal(
            "Every page has a title.", budget=Budget(tokens=50_000), timeout=3600
        )
        print(f"{done.status} after {len(done.turns)} turns: {done.final_response}")

        # A handle over all its turns, for a goal that costs more than it may.
        with thread.start_goal("Every page is translated.", budget=Budget(tokens=10_000)) as run:
            try:
                for event in run.stream():
                    if event.method == "turn/started":
                        print("a turn begins")
            except BudgetExceededError as error:
                print(f"stopped: the {error.scope} reached its limit of {error.limit}")

        # What stopped the turn paused the goal: no other turn follows.
        goal = thread.goal.get()
        print("the goal is", goal.status.value if goal is not None else "gone")
        thread.goal.clear()


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            main(config)
    else:
        main()
