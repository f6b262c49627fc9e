"""Print which runtime this is, who is logged in, and which models there are to choose from."""

from __future__ import annotations

import asyncio
import sys

from openai_codex import AppServerConfig, AsyncCodex


async def main(config: AppServerConfig | None = None) -> None:
    async with AsyncCodex(config) as codex:
        metadata = codex.metadata
        print(f"runtime  {metadata.server_info.version} on {metadata.platform_os}")

        account = (await codex.account()).account
        print(f"account  {account.type if account else 'nobody is logged in'}")

        for model in (await codex.models()).data:
            efforts = [
                option.reasoning_effort.value for option in model.supported_reasoning_efforts
            ]
            mark = "*" if model.is_default else " "
            print(f"{mark} {model.id:<14} {', '.join(efforts)}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            asyncio.run(main(config))
    else:
        asyncio.run(main())
