"""A small chat in the terminal: what it says streams in, what it runs is shown, Ctrl-C stops it."""

from __future__ import annotations

import sys

from openai_codex import AppServerConfig, Codex, CodexError, Sandbox, Thread
from openai_codex.types import (
    AgentMessageDeltaNotification,
    CommandExecutionThreadItem,
    ItemCompletedNotification,
)


def main(config: AppServerConfig | None = None) -> None:
    with Codex(config) as codex:
        thread = codex.thread_start(sandbox=Sandbox.workspace_write)
        print("Ask anything about this folder; an empty line ends it.")
        while line := read_line():
            try:
                answer(thread, line)
            except KeyboardInterrupt:  # the turn is interrupted by then
                print("\n(stopped)")
            except CodexError as error:
                print(f"\n({error})")


def read_line() -> str:
    print("> ", end="", flush=True)
    return sys.stdin.readline().strip()


def answer(thread: Thread, question: str) -> None:
    with thread.turn(question) as turn:  # interrupts the turn if we leave early
        for event in turn.stream():
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
            main(config)
    else:
        main()
