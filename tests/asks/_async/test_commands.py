"""May this command run? Every answer, and what the question holds."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from openai_codex import (
    AsyncCodex,
    CommandApproval,
    Decision,
    Handlers,
    PrefixRule,
    Sandbox,
)
from openai_codex._turns.presets import ApprovalMode
from openai_codex.testing import ModelRequest, Step, call_tool, run_command, say, write_stdin
from openai_codex.types import CommandExecutionThreadItem, ItemCompletedNotification
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


def escalated(text: str, call_id: str = "c") -> Step:
    return run_command(text, escalate=True, justification="May I?", call_id=call_id)


def stored_rules(codex: AsyncCodex) -> str:
    return Path(str(codex.metadata.codex_home), "rules", "default.rules").read_text()


@pytest.mark.parametrize(
    ("answer", "status", "output"),
    [
        (Decision.accept, "completed", "hi"),
        (True, "completed", "hi"),
        (Decision.accept_for_session, "completed", "hi"),
        (Decision.decline, "declined", "rejected by user"),
        (False, "declined", "rejected by user"),
    ],
)
async def test_each_answer_has_its_effect(
    codex: AsyncCodex,
    model: SharedModel,
    answer: Decision | bool,
    status: str,
    output: str,
) -> None:
    model.script(escalated("echo hi"), say("Done"))
    thread = await codex.thread_start(handlers=Handlers(approve_command=lambda _: answer))
    result = await thread.run("hi")
    (command,) = [i for i in result.items if isinstance(i, CommandExecutionThreadItem)]
    assert command.status == status
    assert output in model.requests[-1].function_outputs["c"]
    assert result.final_response == "Done"


async def test_cancel_stops_the_turn(codex: AsyncCodex, model: SharedModel) -> None:
    model.script(escalated("echo hi"))
    thread = await codex.thread_start(handlers=Handlers(approve_command=lambda _: Decision.cancel))
    result = await thread.run("hi")
    assert result.status == "interrupted"
    (command,) = [i for i in result.items if isinstance(i, CommandExecutionThreadItem)]
    assert command.status == "declined"


async def test_accept_for_session_is_not_asked_again(codex: AsyncCodex, model: SharedModel) -> None:
    asked: list[CommandApproval] = []

    def approve(question: CommandApproval) -> Decision:
        asked.append(question)
        return Decision.accept_for_session

    thread = await codex.thread_start(handlers=Handlers(approve_command=approve))
    for _ in range(2):
        model.script(escalated("echo twice"), say("Done"))
        await thread.run("hi")
    assert len(asked) == 1


async def test_a_prefix_rule_is_stored_and_holds(codex: AsyncCodex, model: SharedModel) -> None:
    asked: list[CommandApproval] = []

    def approve(question: CommandApproval) -> PrefixRule:
        asked.append(question)
        return PrefixRule(("basename", "rule"))

    thread = await codex.thread_start(handlers=Handlers(approve_command=approve))
    for text in ("basename rule", "basename rule /x"):
        model.script(escalated(text), say("Done"))
        await thread.run("hi")
    assert len(asked) == 1
    assert 'prefix_rule(pattern=["basename", "rule"], decision="allow")' in stored_rules(codex)


async def test_the_question_holds_what_a_person_needs(
    codex: AsyncCodex, model: SharedModel
) -> None:
    asked: list[CommandApproval] = []

    def approve(question: CommandApproval) -> bool:
        asked.append(question)
        return True

    script = model.script(escalated("cat /dev/null"), say("Done"))
    thread = await codex.thread_start(handlers=Handlers(approve_command=approve))
    result = await thread.run("hi")
    (question,) = asked
    assert question.argv == ["/bin/bash", "-c", "cat /dev/null"]
    assert question.command == question.summary == "/bin/bash -c 'cat /dev/null'"
    assert question.cwd == script.requests[0].metadata.get("cwd", question.cwd)
    assert (question.reason, question.action) == ("May I?", "command")
    assert question.actions[0].type == "read"
    assert (question.thread_id, question.turn_id, question.item_id) == (thread.id, result.id, "c")
    assert question.payload.thread_id == thread.id  # type: ignore[attr-defined]
    assert question.settled.reason == "answered"


async def test_the_rule_that_the_runtime_proposes_can_be_the_answer(
    codex: AsyncCodex, model: SharedModel
) -> None:
    proposed: list[PrefixRule | None] = []

    def approve(question: CommandApproval) -> PrefixRule | bool:
        proposed.append(question.proposed_rule)
        return question.proposed_rule or False

    model.script(
        run_command("dirname a/b", escalate=True, prefix_rule=["dirname"], call_id="c"), say("Done")
    )
    thread = await codex.thread_start(handlers=Handlers(approve_command=approve))
    await thread.run("hi")
    assert proposed == [PrefixRule(("dirname",))]
    assert model.requests[-1].function_outputs["c"].endswith("a\n")


@pytest.mark.parametrize(("answer", "seen"), [(True, "got yo"), (False, "rejected")])
async def test_typing_into_a_running_command_is_asked_about_as_such(
    codex: AsyncCodex, model: SharedModel, answer: bool, seen: str
) -> None:
    def typed(request: ModelRequest) -> Step:
        session = int(request.function_outputs["run"].split("session ID ")[1].split()[0])
        return write_stdin(session, "yo\n", yield_time_ms=5000, call_id="type")

    actions: list[str] = []

    def approve(question: CommandApproval) -> bool:
        actions.append(question.action)
        return answer if question.action == "writeStdin" else True

    running = run_command(
        "read x; echo got $x", escalate=True, tty=True, yield_time_ms=250, call_id="run"
    )
    model.script(running, typed, say("Done"))
    thread = await codex.thread_start(
        handlers=Handlers(approve_command=approve), approval_mode=ApprovalMode.ask_always
    )
    await thread.run("hi")
    assert actions == ["command", "writeStdin"]
    assert seen in model.requests[-1].function_outputs["type"]


async def test_ask_always_asks_for_harmless_commands_too(
    codex: AsyncCodex, model: SharedModel
) -> None:
    asked: list[str] = []

    def approve(question: CommandApproval) -> bool:
        asked.append(question.summary)
        return True

    handlers = Handlers(approve_command=approve)
    for mode in (ApprovalMode.ask, ApprovalMode.ask_always):
        model.script(run_command("touch /dev/null"), say("Done"))
        thread = await codex.thread_start(handlers=handlers, approval_mode=mode)
        await thread.run("hi")
    assert asked == ["/bin/bash -c 'touch /dev/null'"]


async def test_more_permissions_for_one_command_are_told(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    asked: list[object] = []

    def approve(question: CommandApproval) -> bool:
        asked.append(question.additional_permissions)
        return False

    wanted = {
        "cmd": "echo hi",
        "login": False,
        "sandbox_permissions": "with_additional_permissions",
        "additional_permissions": {"file_system": {"write": [str(tmp_path)]}},
    }
    model.script(call_tool("exec_command", wanted, call_id="c"), say("Done"))
    thread = await codex.thread_start(
        sandbox=Sandbox.read_only, handlers=Handlers(approve_command=approve)
    )
    await thread.run("hi")
    assert str(tmp_path) in str(asked)


async def test_commands_asked_about_at_once_are_answered_in_any_order(
    codex: AsyncCodex, model: SharedModel
) -> None:
    both = threading.Barrier(2, timeout=30)

    def approve(question: CommandApproval) -> bool:
        both.wait()  # passes only when the other one is asked too
        return "one" in question.summary

    model.script([escalated("echo one", "1"), escalated("echo two", "2")], say("Done"))
    thread = await codex.thread_start(handlers=Handlers(approve_command=approve))
    statuses = {}
    async for event in (await thread.turn("hi")).stream():
        if isinstance(event.payload, ItemCompletedNotification):
            item = event.payload.item
            if isinstance(item, CommandExecutionThreadItem):
                statuses[item.id] = item.status
    assert statuses == {"1": "completed", "2": "declined"}
