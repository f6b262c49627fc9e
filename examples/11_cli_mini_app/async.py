"""A small chat in the terminal: what it says streams in, what it runs is shown."""

from __future__ import annotations

import asyncio
import sys

from openai_codex import AppServerConfig, AsyncCodex, AsyncThread, CodexError, Sandbox
from openai_codex.types import (
    AgentMessageDeltaNotification,
    CommandExecutionThreadItem,
    ItemCompletedNotification,
)


async def main(config: AppServerConfig | None = None) -> None:
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start(sandbox=Sandbox.workspace_write)
        print("Ask anything about this folder; an empty line ends it.")
        while line := await read_line():
            try:
                await answer(thread, line)
            except CodexError as error:
                print(f"\n({error})")


async def read_line() -> str:
    print("> ", end="", flush=True)
    line: str = await asyncio.to_thread(sys.stdin.readline)  # the loop goes on meanwhile
    return line.strip()


async def answer(thread: AsyncThread, question: str) -> None:
    async with await thread.turn(question) as turn:  # interrupts the turn if we leave early
        async for event in turn.stream():
            match event.payload:
                case ItemCompletedNotification(item=CommandExecutionThreadItem(command=command)):
                    print(f"$ {command}")
                case AgentMessageDeltaNotification(delta=text):
                    print(text, end="", flush=True)
    print()


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            asyncio.run(main(config))
    else:
        asyncio.run(main())
