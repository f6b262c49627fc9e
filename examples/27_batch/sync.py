"""Grade a model on programming problems: each is done in a folder of its own, and checked there.

python examples/27_batch/sync.py [--offline]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from openai_codex import AppServerConfig
from openai_codex.batch import reopen, report, run_batch

PROBLEMS = Path(__file__).with_name("problems.jsonl")


def main(out: Path, config: AppServerConfig | None = None) -> None:
    grade(out, config)

    # A median that is only right for odd lists is worth a second attempt, from zero.
    failed = reopen(out, outcomes=["task_failed"])
    print(f"again: {', '.join(failed)}")
    grade(out, config)

    print(f"see {report(out).name}")


def grade(out: Path, config: AppServerConfig | None) -> None:
    """Run what is not settled yet, and print what came of it."""
    with run_batch(
        PROBLEMS, out, config=config, concurrency=1, budget={"tokens": 500_000}
    ) as batch:
        for result in batch:
            reason = result.why.splitlines()[-1:]
            print(f"{result.id}: {result.outcome.value}", *reason)
    if batch.summary is not None:
        print(f"{batch.summary.ok} of {batch.summary.total} solved")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
            from offline import offline

            with offline() as config:
                main(Path(folder) / "out", config)
        else:
            main(Path(folder) / "out")
