"""Take the wheel while a turn runs: steer it, then stop another one."""

from __future__ import annotations

import asyncio
import sys

from openai_codex import AppServerConfig, AsyncCodex, Sandbox


async def main(config: AppServerConfig | None = None) -> None:
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start(sandbox=Sandbox.read_only)

        # Steer: say something to the running turn; the model reads it at its next step.
        turn = await thread.turn("Count up from one, slowly")
        async for event in turn.stream():
            if event.method == "item/agentMessage/delta":
                await turn.steer("Stop counting at once and name the last number")
                break
        result = await turn.run()  # the rest of the same turn
        print(f"{result.status.value}: {result.final_response}")

        # Interrupt: stop the turn on the server; what was complete until then is kept.
        turn = await thread.turn("Count down from a million")
        async for _ in turn.stream_text():
            await turn.interrupt()
            break
        result = await turn.run()
        print(f"{result.status.value}: {result.final_response}")

        # The thread is as good as ever.
        result = await thread.run("Are you still there?")
        print(result.final_response)


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            asyncio.run(main(config))
    else:
        asyncio.run(main())
