"""Hooks: what looks before and after, what it can stop, and what it only sees."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex import (
    ApprovalMode,
    AsyncCodex,
    AsyncThread,
    CommandApproval,
    CommandEnd,
    Handlers,
    ToolUse,
    TurnNews,
    tool,
)
from openai_codex.testing import Gate, call_tool, hold, offline_config, run_command, say
from tests.budgets.aio import eventually
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


class Told:
    """What hooks were told, by their names."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.is_over = False

    def after_command(self, end: CommandEnd) -> None:
        self.calls.append(("after_command", end))

    def turn_started(self, news: TurnNews) -> None:
        self.calls.append(("turn_started", news))
        raise ValueError("a hook's mistake is its own")

    async def turn_ended(self, news: TurnNews) -> None:
        self.calls.append(("turn_ended", news))
        self.is_over = True


async def thread_with(model: SharedModel, codex: AsyncCodex, **slots: Any) -> AsyncThread:
    return await codex.thread_start(handlers=Handlers(**slots), approval_mode=ApprovalMode.ask)


async def test_hooks_are_told_in_order_also_of_what_ran_unasked(model: SharedModel) -> None:
    told = Told()
    handlers = Handlers(
        after_command=told.after_command,
        turn_started=told.turn_started,
        turn_ended=told.turn_ended,
    )
    async with AsyncCodex(offline_config(model), handlers=handlers) as codex:
        thread = await codex.thread_start()
        model.script(run_command("echo seen; exit 3"), say("done"))
        result = await thread.run("go")
        await eventually(lambda: told.is_over)
    assert [name for name, _ in told.calls] == ["turn_started", "after_command", "turn_ended"]
    started, end, ended = (each for _, each in told.calls)
    assert (end.exit_code, end.output, end.status) == (3, "seen\n", "failed")
    assert end.command.endswith("'echo seen; exit 3'")
    assert (started.turn_id, started.is_agents) == (result.id, False)
    assert (ended.status, ended.error, ended.thread_id) == ("completed", None, thread.id)


async def test_a_hook_stops_a_command_that_is_asked_about(model: SharedModel) -> None:
    asked: list[str] = []

    def before_command(question: CommandApproval) -> bool | None:
        asked.append(question.command or "")
        return False if "first" in asked[-1] else None

    async with AsyncCodex(offline_config(model)) as codex:
        thread = await thread_with(
            model, codex, before_command=before_command, approve_command=lambda _: True
        )
        model.script(
            run_command("echo first", escalate=True),
            run_command("echo second", escalate=True),
            say("done"),
        )
        result = await thread.run("go")
    outputs = [item.aggregated_output for item in result.items if item.type == "commandExecution"]
    assert outputs == [None, "second\n"]
    assert len(asked) == 2


async def test_a_hook_that_fails_refuses(model: SharedModel) -> None:
    def before_command(_: CommandApproval) -> bool:
        raise OSError("no policy at hand")

    async with AsyncCodex(offline_config(model)) as codex:
        thread = await thread_with(
            model, codex, before_command=before_command, approve_command=lambda _: True
        )
        model.script(run_command("echo first", escalate=True), say("done"))
        result = await thread.run("go")
    (item,) = [item for item in result.items if item.type == "commandExecution"]
    assert item.status == "declined"


async def test_a_hook_stops_a_python_tool_and_says_why(model: SharedModel) -> None:
    used: list[ToolUse] = []
    called: list[str] = []

    @tool
    def note(text: str) -> str:
        """Take a note."""
        called.append(text)
        return "noted"

    async def before_tool(use: ToolUse) -> Any:
        used.append(use)
        said = use.arguments["text"]
        if said == "fail":
            raise ValueError("broken")
        return {"why": "not on Mondays", "no": False, "yes": True}.get(said)

    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start(tools=[note], handlers=Handlers(before_tool=before_tool))
        words = ("why", "no", "fail", "yes", "other")
        calls = [call_tool("note", {"text": word}) for word in words]
        model.script(*calls, say("done"))
        await thread.run("go")
    assert called == ["yes", "other"]
    assert {(use.tool, use.server, use.thread_id) for use in used} == {("note", None, thread.id)}
    told = str(model.requests[-1].body["input"])
    assert "not on Mondays" in told
    assert "refused by the program" in told
    assert "the check of the call failed" in told


async def test_a_threads_hooks_go_before_the_clients(model: SharedModel) -> None:
    calls: list[str] = []
    gate = Gate()

    def ended(news: TurnNews) -> None:
        calls.append(f"thread {news.status}")

    handlers = Handlers(turn_ended=lambda _: calls.append("client"))
    async with AsyncCodex(offline_config(model), handlers=handlers) as codex:
        thread = await codex.thread_start(handlers=Handlers(turn_ended=ended))
        model.script(hold(gate), say("never"))
        turn = await thread.turn("go")
        await eventually(lambda: model.requests)
        await turn.interrupt()
        await turn.run()
        gate.open()
        await eventually(lambda: calls)
    assert calls == ["thread interrupted"]
