"""Sub-agents of a turn: the tree, watching one, stopping one, and the roles that they may have."""

from __future__ import annotations

import json

import pytest

from openai_codex import AsyncCodex, AsyncThread
from openai_codex.testing import Gate, call_tool, hold, run_command, say, spawn_agent, usage
from openai_codex.types import TurnStatus
from tests.api._async.reached import reached
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only

AGENTS = "gpt-6.1-sol"  # a model that may start sub-agents
WAIT = call_tool("wait_agent", {"timeout_ms": 10_000}, namespace="collaboration")


async def started(codex: AsyncCodex) -> AsyncThread:
    return await codex.thread_start(model=AGENTS)


async def test_a_result_has_its_agents_as_a_tree(codex: AsyncCodex, model: SharedModel) -> None:
    thread = await started(codex)
    model.script(spawn_agent("outer", "look around"), WAIT, say("done"))
    model.script(
        usage(input=70, output=7),
        spawn_agent("inner", "deeper"),
        WAIT,
        say("out"),
        agent="/root/outer",
    )
    model.script(usage(input=50, output=5), say("in"), agent="/root/outer/inner")
    result = await thread.run("go")
    (outer,) = result.agents
    (inner,) = outer.agents
    assert (outer.name, outer.path, outer.model) == ("outer", "/root/outer", AGENTS)
    assert (inner.name, inner.status, inner.agents) == ("inner", "completed", ())
    assert (outer.result.final_response, inner.result.final_response) == ("out", "in")
    assert [item.type for item in inner.items][-1] == "agentMessage"
    assert inner.spent.tokens == 55
    assert result.spent is not None
    assert result.spent.by_agent[inner.thread_id] == inner.spent
    assert outer.thread_id != inner.thread_id
    assert repr(inner) == "Agent('/root/outer/inner', completed)"
    (data,) = json.loads(result.to_json())["agents"]
    assert data == outer.to_dict()
    assert data["agents"][0]["path"] == "/root/outer/inner"
    assert data["agents"][0]["result"]["final_response"] == "in"
    assert data["agents"][0]["spent"]["tokens"] == 55


async def test_a_turn_without_agents_has_none(codex: AsyncCodex, model: SharedModel) -> None:
    thread = await started(codex)
    model.script(say("alone"))
    turn = await thread.turn("go")
    assert turn.agents == ()
    assert (await turn.run()).agents == ()


async def test_one_can_be_watched_and_stopped(codex: AsyncCodex, model: SharedModel) -> None:
    thread, gate = await started(codex), Gate()
    model.script(spawn_agent("helper", "look around"), WAIT, say("went on"))
    commands = [run_command("sleep 0.5"), run_command("sleep 30")]
    model.script(hold(gate), *commands, agent="/root/helper")
    turn = await thread.turn("go")
    await reached(gate)
    (helper,) = turn.agents
    assert (helper.name, helper.status, helper.task) == ("helper", "running", None)
    assert "helper" in repr(helper)
    gate.open()
    methods = []
    async for event in helper.stream(timeout=30):
        methods.append(event.method)
        if "sleep 30" in str(event.params) and event.method == "item/started":
            await helper.interrupt()
    assert methods[-1] == "turn/completed"
    await helper.interrupt()
    assert [event async for event in helper.stream()] == []
    result = await turn.run()
    assert (result.status, result.final_response) == (TurnStatus.completed, "went on")
    assert result.agents[0].status == "interrupted"
