"""Traces as data, through the real runtime: whole, of every turn, and never left open."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from openai_codex import (
    ApprovalMode,
    AsyncCodex,
    Budget,
    BudgetExceededError,
    Handlers,
    Sandbox,
    TransportClosedError,
    TurnFailedError,
    TurnTimeoutError,
    tool,
)
from openai_codex.telemetry import Trace, TraceSpan
from openai_codex.testing import (
    Gate,
    ScriptedModel,
    add_file,
    call_mcp,
    call_tool,
    fail,
    hold,
    offline_config,
    run_command,
    say,
    spawn_agent,
    usage,
)
from tests.budgets.conftest import AGENTS
from tests.telemetry.aio import eventually

SERVER = str(Path(__file__).parent.parent / "mcp_server.py")
INPUT, OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@pytest_asyncio.fixture
async def codex(model: ScriptedModel) -> AsyncIterator[AsyncCodex]:
    config = offline_config(model, model_name=AGENTS)
    async with AsyncCodex(config, handlers=Handlers(approve=lambda asked: True)) as client:
        yield client


def shape(span: TraceSpan) -> tuple[object, ...]:
    return (span.name, *(shape(child) for child in span.children))


def only(trace: Trace) -> TraceSpan:
    (span,) = trace
    return span


async def test_a_turn_is_traced_with_all_that_it_did(model: ScriptedModel, tmp_path: Path) -> None:
    model.script(
        run_command("exit 3"),
        add_file("a.txt", "x"),
        call_tool("add", {"a": 1, "b": 2}),
        call_mcp("m", "look", {"ok": True}),
        call_mcp("m", "look", {"ok": False}),
        usage(input=70, output=3, cached=20, reasoning=1),
        say("done"),
    )
    config = offline_config(model, cwd=str(tmp_path))
    handlers = Handlers(approve=lambda asked: True)
    async with AsyncCodex(config, handlers=handlers) as codex:
        thread = await codex.thread_start(
            cwd=tmp_path,
            sandbox=Sandbox.read_only,
            approval_mode=ApprovalMode.ask,
            tools=[add],
            config={"mcp_servers": {"m": {"command": sys.executable, "args": [SERVER]}}},
        )
        turn = await thread.turn("hi")
        result = await turn.run()
        span = only(turn.trace)
        assert shape(span) == (
            "invoke_agent codex",
            ("execute_tool exec_command",),
            ("execute_tool apply_patch", ("approval file_change",)),
            ("execute_tool add",),
            ("execute_tool look",),
            ("execute_tool look",),
        )
        errors = [None, "exit_code_3", None, None, None, None, "tool_error"]
        assert [each.error for each in span.walk()] == errors
        assert all(each.end is not None for each in span.walk())
        assert result.spent is not None
        assert span.attributes[INPUT] == result.spent.input_tokens == 570
        assert span.attributes[OUTPUT] == result.spent.output_tokens == 53
        approval = span.children[1].children[0].attributes
        assert approval["codex.approval.decision"] == "accept"
        assert span.attributes["gen_ai.agent.version"]
        assert codex.trace(result.id) == codex.trace() == turn.trace


async def test_sub_agents_have_their_usage_on_their_own_span(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    model.script(
        usage(input=4300, output=10),
        spawn_agent("helper", "look around"),
        usage(input=0, output=0, omit=True),
        say("parent done"),
    )
    model.script(
        usage(input=50_700, output=77),
        run_command("true"),
        usage(input=50_800, output=7),
        say("child done"),
        agent="/root/helper",
    )
    thread = await codex.thread_start(sandbox=Sandbox.full_access)
    turn = await thread.turn("go")
    await turn.run()
    # It may outlive its parent, and hangs below it all the same.
    await eventually(lambda: all(each.end is not None for each in turn.trace.walk()))
    await eventually(lambda: len(list(turn.trace.walk())) == 3)
    root = only(turn.trace)
    (helper,) = root.children
    assert shape(helper) == ("invoke_agent helper", ("execute_tool exec_command",))
    assert root.attributes[INPUT] + helper.attributes[INPUT] == turn.spent.input_tokens
    assert helper.attributes[OUTPUT] == 84
    assert helper.attributes["gen_ai.agent.id"] != thread.id


async def test_a_turn_that_nobody_reads_is_traced(codex: AsyncCodex, model: ScriptedModel) -> None:
    model.script(run_command("true"), say("done"))
    thread = await codex.thread_start(sandbox=Sandbox.full_access)
    turn = await thread.turn("hi")
    await eventually(lambda: only(turn.trace).end is not None)
    assert shape(only(turn.trace)) == ("invoke_agent codex", ("execute_tool exec_command",))


async def test_failures_say_why(codex: AsyncCodex, model: ScriptedModel) -> None:
    thread = await codex.thread_start(sandbox=Sandbox.full_access)
    model.script(fail(code="context_length_exceeded"))
    with pytest.raises(TurnFailedError):
        await thread.run("too much")
    model.script(run_command("sleep 30"))
    with pytest.raises(TurnTimeoutError):
        await thread.run("too slow", timeout=0.5)
    model.script(usage(input=900, output=10), run_command("sleep 30"), say("done"))
    with pytest.raises(BudgetExceededError):
        await thread.run("too dear", budget=Budget(tokens=100))
    model.script(hold(Gate()), say("done"))
    turn = await thread.turn("stop")
    await turn.interrupt()
    await turn.run()
    assert [span.error for span in codex.trace()] == [
        "contextWindowExceeded",
        "TurnTimeoutError",
        "BudgetExceededError",
        "interrupted",
    ]
    assert all(span.end is not None for span in codex.trace().walk())


async def test_a_time_limit_of_the_reader_counts_as_well(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    model.script(hold(Gate()), say("done"))
    turn = await (await codex.thread_start()).turn("hi")
    with pytest.raises(TurnTimeoutError):
        await turn.run(timeout=0.3)
    await eventually(lambda: only(turn.trace).error == "TurnTimeoutError")


async def test_no_span_is_left_open_by_a_runtime_that_dies(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    model.script(run_command("sleep 30"))
    thread = await codex.thread_start(sandbox=Sandbox.full_access)
    turn = await thread.turn("hi")
    await eventually(lambda: len(list(turn.trace.walk())) == 2)
    assert codex.process is not None
    os.kill(codex.process.pid, signal.SIGKILL)
    with pytest.raises(TransportClosedError):
        await turn.run()
    spans = list(codex.trace().walk())
    assert len(spans) == 2
    assert all(span.end is not None for span in spans)
    assert {span.error for span in spans} == {only(codex.trace()).error}
    assert only(codex.trace()).error == "TransportClosedError"


async def test_no_span_is_left_open_by_close(model: ScriptedModel) -> None:
    model.script(hold(Gate()), say("done"))
    async with AsyncCodex(offline_config(model)) as codex:
        await (await codex.thread_start()).turn("hi")
    assert only(codex.trace()).error == "ClientClosedError"


async def test_a_review_is_traced(codex: AsyncCodex, model: ScriptedModel) -> None:
    model.script(say('{"findings":[],"overall_correctness":"ok"}'))
    thread = await codex.thread_start()
    turn = await thread.review_turn(instructions="look")
    await turn.run()
    assert only(turn.trace).error is None
    assert only(turn.trace).end is not None


async def test_to_join_a_running_turn_traces_it_once(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    model.script(hold(Gate()), say("done"))
    thread = await codex.thread_start()
    turn = await thread.turn("hi")
    joined = await thread.turn("and this")
    await turn.interrupt()
    await turn.run()
    assert joined.id == turn.id
    assert len(codex.trace()) == 1
