"""Show the model an image file: a bar chart of yesterday's latency."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from openai_codex import AppServerConfig, AsyncCodex, LocalImageInput, Sandbox, TextInput

CHART = Path(__file__).parent / "latency.png"


async def main(config: AppServerConfig | None = None) -> None:
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start(sandbox=Sandbox.read_only)
        result = await thread.run(
            [
                TextInput("Each bar is four hours of yesterday. When was the latency highest?"),
                LocalImageInput(str(CHART)),
            ]
        )
        print(result.final_response)


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            asyncio.run(main(config))
    else:
        asyncio.run(main())
