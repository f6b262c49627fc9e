"""One program, twice: sync.py differs in `async`, `await` and the classes' names alone."""

from __future__ import annotations

import asyncio
import sys

from openai_codex import AppServerConfig, AsyncCodex, Sandbox


async def main(config: AppServerConfig | None = None) -> None:
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start(sandbox=Sandbox.read_only)

        async with await thread.turn("Draft a commit message for the staged changes") as turn:
            async for text in turn.stream_text():
                print(text, end="", flush=True)
        print()

        result = await thread.run("Shorter, please")
        print(result.final_response)
        for item in result.items:
            print(f"- {item.type}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            asyncio.run(main(config))
    else:
        asyncio.run(main())
