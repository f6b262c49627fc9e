"""Review many modules at the same time: one runtime, one thread each, a few at once."""

from __future__ import annotations

import asyncio
import sys

from openai_codex import AppServerConfig, AsyncCodex, CodexError, Sandbox

MODULES = ["cart", "checkout", "invoice", "prices", "shipping", "stock", "tax", "vouchers"]


async def main(config: AppServerConfig | None = None) -> None:
    async with AsyncCodex(config) as codex:
        few = asyncio.Semaphore(4)
        reviews = await asyncio.gather(*(review(codex, module, few) for module in MODULES))
        for module, words in zip(MODULES, reviews, strict=True):
            print(f"{module:<9} {words}")


async def review(codex: AsyncCodex, module: str, few: asyncio.Semaphore) -> str:
    async with few:
        try:
            thread = await codex.thread_start(sandbox=Sandbox.read_only, ephemeral=True)
            result = await thread.run(f"Review the module {module} in one line", timeout=600)
        except CodexError as error:  # one that fails does not stop the others
            return f"failed: {error}"
        return result.final_response or result.status.value


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            asyncio.run(main(config))
    else:
        asyncio.run(main())
