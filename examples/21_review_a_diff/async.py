"""Review a diff as a gate: print the findings by file and line, exit 1 when one must be fixed.

git diff main... | python examples/21_review_a_diff/async.py
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from typing import Literal

from openai_codex import ApprovalMode, AppServerConfig, AsyncCodex, Sandbox


@dataclass
class Finding:
    file: str
    line: int
    severity: Literal["must fix", "should fix", "remark"]
    what: str


@dataclass
class Review:
    summary: str
    findings: list[Finding]


TASK = """\
Review this diff of the repository in the current directory. Read the files around it where you need
to. Report only what the author would thank you for; no style.

"""


async def main(config: AppServerConfig | None = None) -> None:
    diff = "" if sys.stdin.isatty() else sys.stdin.read()
    if not diff.strip():
        sys.exit("there is nothing to review: pipe a diff in, as from `git diff main...`")
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start(
            approval_mode=ApprovalMode.deny_all, sandbox=Sandbox.read_only, ephemeral=True
        )
        result = await thread.run(TASK + diff, output_type=Review, timeout=900)

    review = result.output
    if review is None:
        sys.exit(f"no review: the turn was {result.status.value}")
    print(review.summary)
    for finding in review.findings:
        print(f"{finding.file}:{finding.line}: {finding.severity}: {finding.what}")
    if any(finding.severity == "must fix" for finding in review.findings):
        sys.exit(1)


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            asyncio.run(main(config))
    else:
        asyncio.run(main())
