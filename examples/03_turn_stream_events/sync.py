"""Watch a turn as it happens: what the agent says, runs and changes.

python examples/03_turn_stream_events/sync.py [--offline]
"""

import sys
import tempfile
from pathlib import Path

from openai_codex import AppServerConfig, Codex, Notification, Sandbox
from openai_codex.types import (
    AgentMessageDeltaNotification,
    AgentMessageThreadItem,
    CommandExecutionThreadItem,
    FileChangeThreadItem,
    ItemCompletedNotification,
    TurnCompletedNotification,
    TurnPlanUpdatedNotification,
)


def show(event: Notification) -> None:
    # Every event has a method and a payload; the payload's class says what it is.
    match event.payload:
        case TurnPlanUpdatedNotification(plan=plan):
            print("plan:", ", ".join(step.step for step in plan))
        case AgentMessageDeltaNotification(delta=delta):
            print(delta, end="", flush=True)
        case ItemCompletedNotification(item=AgentMessageThreadItem()):
            print()
        case ItemCompletedNotification(item=CommandExecutionThreadItem() as command):
            print("ran a command, exit code", command.exit_code)
        case ItemCompletedNotification(item=FileChangeThreadItem(changes=changes)):
            print("changed", ", ".join(Path(change.path).name for change in changes))
        case TurnCompletedNotification(turn=turn):
            print("turn", turn.status.value)
        case _:
            pass  # some other event; new ones may come with a new runtime


def main(
    folder: str, config: AppServerConfig | None = None, sandbox: Sandbox = Sandbox.workspace_write
) -> None:
    with Codex(config) as codex:
        thread = codex.thread_start(cwd=folder, sandbox=sandbox)

        turn = thread.turn("Write haiku.txt with a haiku about tests, then count its words.")
        for event in turn.stream():
            show(event)

        # Only the words? `stream_text` leaves out everything else.
        turn = thread.turn("Now read it to me.")
        for text in turn.stream_text():
            print(text, end="", flush=True)
        print()


def offline(folder: str) -> None:
    from openai_codex.testing import (
        ScriptedModel,
        add_file,
        offline_config,
        run_command,
        say,
        update_plan,
    )

    haiku = "Red, then green, then red:\nthe one that fails tomorrow\nis not written yet.\n"
    with ScriptedModel() as model:
        model.script(
            update_plan(["Write the haiku", "Count its words"]),
            say("A haiku first.", phase="commentary"),
            add_file("haiku.txt", haiku),
            run_command("wc -w < haiku.txt"),
            say("It is in haiku.txt and has 14 words.", phase="final_answer"),
        )
        model.script(say(haiku.strip()))
        config = offline_config(model, update_plan=True)
        # Every command is known here, so the example needs no sandbox that works.
        main(folder, config, Sandbox.full_access)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        offline(temporary) if "--offline" in sys.argv else main(temporary)
