"""Review what is not committed, beside the conversation, and stop a release for it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from openai_codex import AppServerConfig, AsyncCodex, Finding


async def main(config: AppServerConfig | None = None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)  # noqa: ASYNC221  # short
        (Path(folder) / "prices.py").write_text(
            "def mean(prices):\n    return sum(prices) / len(prices)\n"
        )
        async with AsyncCodex(config) as codex:
            thread = await codex.thread_start(cwd=folder)

            # Detached: it only reads, in a thread of its own, and this one stays free.
            review = await thread.review(detached=True)
            print(review.explanation)
            for finding in review.findings:
                show(finding, folder)
            blocks = [finding for finding in review.findings if (finding.priority or 0) <= 1]
            print("release:", "no" if blocks else "yes")


def show(finding: Finding, folder: str) -> None:
    place = Path(finding.path).relative_to(folder)
    print(f"P{finding.priority} {place}:{finding.first_line} {finding.title}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            asyncio.run(main(config))
    else:
        asyncio.run(main())
