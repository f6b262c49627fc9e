"""Review a diff with Codex and say whether it may be merged.

    git diff main | python review_bot.py

Exit code 0: nothing serious; 1: something must change first; 75: try again later.
Its tests, in `tests/`, need no network and no account: see `docs/testing.md`.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from openai_codex import (
    ApprovalMode,
    AppServerConfig,
    AsyncCodex,
    Codex,
    Sandbox,
    Tool,
    TurnResult,
    UsageLimitError,
    tool,
)

TRY_AGAIN_LATER = 75
PROMPT = """Review this diff. Look at the files around it. Report only what is wrong.

{diff}"""


class Severity(Enum):
    NOTE = "note"
    SERIOUS = "serious"


@dataclass
class Finding:
    file: str
    line: int
    severity: Severity
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity.value}: {self.text}"


@dataclass
class Review:
    findings: list[Finding]

    @property
    def is_serious(self) -> bool:
        return any(finding.severity is Severity.SERIOUS for finding in self.findings)


def owners_tool(repository: Path) -> Tool[[str], str]:
    """Let the model look up who owns a file."""

    @tool
    def owner(file: str) -> str:
        """Say which team owns a file of this repository."""
        for line in (repository / "CODEOWNERS").read_text().splitlines():
            prefix, _, team = line.partition(" ")
            if file.startswith(prefix):
                return team
        return "nobody"

    return owner


def review(codex: Codex, repository: Path, diff: str) -> Review:
    """Have one diff reviewed; the agent may read the repository and change nothing."""
    thread = codex.thread_start(
        cwd=str(repository),
        sandbox=Sandbox.read_only,
        approval_mode=ApprovalMode.deny_all,
        tools=[owners_tool(repository)],
    )
    return _output(thread.run(PROMPT.format(diff=diff), output_type=Review))


async def review_all(codex: AsyncCodex, diffs: dict[str, str]) -> dict[str, Review]:
    """Have several diffs reviewed at the same time."""

    async def one(diff: str) -> Review:
        thread = await codex.thread_start(
            sandbox=Sandbox.read_only, approval_mode=ApprovalMode.deny_all
        )
        return _output(await thread.run(PROMPT.format(diff=diff), output_type=Review))

    reviews = await asyncio.gather(*map(one, diffs.values()))
    return dict(zip(diffs, reviews, strict=True))


def _output(result: TurnResult[Review]) -> Review:
    if result.output is None:
        raise ValueError(f"the review was not finished, but {result.status.value}")
    return result.output


def main(diff: str, repository: Path, config: AppServerConfig | None = None) -> int:
    try:
        with Codex(config) as codex:
            found = review(codex, repository, diff)
    except UsageLimitError as error:
        print(f"the plan is used up: {error}", file=sys.stderr)
        return TRY_AGAIN_LATER
    print(*found.findings, sep="\n") if found.findings else print("nothing to say")
    return 1 if found.is_serious else 0


if __name__ == "__main__":
    sys.exit(main(sys.stdin.read(), Path.cwd()))
