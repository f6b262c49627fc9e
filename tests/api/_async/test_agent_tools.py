"""What the agent may use: what the model is really offered, and what cannot be switched off."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from openai_codex import AgentRole, AgentTools, AsyncCodex, ToolSwitchError
from openai_codex.testing import call_mcp, call_tool, offline_config, say
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only

SERVER = Path(__file__).parents[2] / "asks" / "mcp_server.py"
WAIT = call_tool("wait_agent", {"timeout_ms": 10_000}, namespace="collaboration")


@pytest_asyncio.fixture(scope="module", loop_scope="session")  # async only
# sync: @pytest.fixture(scope="module")
async def codex(shared_model: SharedModel) -> AsyncIterator[AsyncCodex]:
    """A client whose runtime has an MCP server and a skill of its own."""
    home = shared_model.temporary_folder("home")
    skill = home / "skills" / "mine"
    skill.mkdir(parents=True)
    (skill / "SKILL.md").write_text("---\nname: mine\ndescription: OF MINE\n---\nDo it.\n")
    servers: Any = {"lab": {"command": sys.executable, "args": [str(SERVER)]}}
    async with AsyncCodex(offline_config(shared_model, home=home, mcp_servers=servers)) as codex:
        yield codex


async def offered(codex: AsyncCodex, model: SharedModel, uses: AgentTools | None) -> set[str]:
    """Return the names of the tools that the model is offered in a thread."""
    thread = await codex.thread_start(uses=uses)
    model.script(say("fine"))
    await thread.run("hi")
    return {str(tool.get("name") or tool["type"]) for tool in model.requests[-1].body["tools"]}


async def test_each_switch_takes_its_tools_and_no_others(
    codex: AsyncCodex, model: SharedModel
) -> None:
    everything = await offered(codex, model, None)
    shell = {"exec_command", "write_stdin"}
    cases = [
        (AgentTools(shell=False), shell),
        (AgentTools(shell=False, patches=False), {*shell, "apply_patch", "view_image"}),
        (AgentTools(web_search=False), {"web_search"}),
        (AgentTools(view_image=False), {"view_image"}),
        (AgentTools(goals=False), {"get_goal", "create_goal", "update_goal"}),
        (AgentTools(ask_user=False), {"request_user_input"}),
        (
            AgentTools(mcp=False),
            {"list_mcp_resources", "list_mcp_resource_templates", "read_mcp_resource"},
        ),
        (AgentTools(shell=True, web_search="cached", mcp=True), set()),
    ]
    for uses, gone in cases:
        assert everything - await offered(codex, model, uses) == gone, uses


async def test_skills_are_told_of_or_not(codex: AsyncCodex, model: SharedModel) -> None:
    for uses, told in (
        (AgentTools(skills=["mine"]), True),
        (AgentTools(skills=[]), False),
        (AgentTools(skills=False), False),
    ):
        await offered(codex, model, uses)
        assert ("OF MINE" in str(model.requests[-1].body)) is told, uses


async def test_an_mcp_server_may_be_left_some_of_its_tools(
    codex: AsyncCodex, model: SharedModel
) -> None:
    thread = await codex.thread_start(uses=AgentTools(mcp={"lab": ["no_such_tool"]}))
    model.script(call_mcp("lab", "add", {"a": 1, "b": 2}), say("so be it"))
    result = await thread.run("add")
    assert result.final_response == "so be it"
    assert "unsupported call" in str(model.requests[-1].function_outputs)


async def test_without_sub_agents_none_can_be_started(
    codex: AsyncCodex, model: SharedModel
) -> None:
    for uses, there in ((None, True), (AgentTools(agents=False), False)):
        thread = await codex.thread_start(model="gpt-6.1-sol", uses=uses)
        model.script(say("fine"))
        await thread.run("hi")
        assert ("spawn_agent" in str(model.requests[-1].body)) is there


async def test_roles_are_those_of_python(codex: AsyncCodex, model: SharedModel) -> None:
    role = AgentRole(
        name="tester",
        description='Tests what "others" wrote.',
        instructions="BE A\nTESTER \U0001f642",
        model="gpt-5.5",
        effort="high",
    )
    thread = await codex.thread_start(model="gpt-6.1-sol", uses=AgentTools(agents=[role]))
    task = {"task_name": "check", "message": "m", "fork_turns": "none", "agent_type": "tester"}
    model.script(call_tool("spawn_agent", task, namespace="collaboration"), WAIT, say("done"))
    model.script(say("all green"), agent="/root/check")
    result = await thread.run("go")
    (agent,) = result.agents
    assert (agent.name, agent.model, agent.effort) == ("check", "gpt-5.5", "high")
    (asked,) = [request for request in model.requests if request.agent == "/root/check"]
    assert "BE A\nTESTER \U0001f642" in asked.instructions
    assert "Tests what" in str(model.requests[0].body)


async def test_a_resumed_thread_takes_them_again(codex: AsyncCodex, model: SharedModel) -> None:
    thread = await codex.thread_start()
    model.script(say("one"))
    await thread.run("hi")
    fork = await codex.thread_fork(thread.id, uses=AgentTools(shell=False))
    model.script(say("two"))
    await fork.run("hi")
    assert "exec_command" not in str(model.requests[-1].body["tools"])
    with pytest.raises(ToolSwitchError, match="thread_start"):
        await codex.thread_resume(thread.id, uses=AgentTools(shell=False, patches=False))


async def test_what_cannot_be_switched_is_refused_before_anything_is_sent(
    codex: AsyncCodex, model: SharedModel
) -> None:
    with pytest.raises(ToolSwitchError, match="shell=False") as caught:
        AgentTools(patches=False)
    assert caught.value.tool == "patches"
    with pytest.raises(ToolSwitchError, match="view_image"):
        AgentTools(shell=False, patches=False, view_image=True)
    with pytest.raises(ToolSwitchError, match="there is: lab"):
        await codex.thread_start(uses=AgentTools(mcp=["other"]))
    with pytest.raises(ToolSwitchError, match="no skill"):
        await codex.thread_start(uses=AgentTools(skills=["other"]))
    wrong: list[dict[str, Any]] = [
        {"shell": "no"},
        {"mcp": "lab"},
        {"mcp": {"lab": "add"}},
        {"skills": [1]},
        {"agents": ["tester"]},
        {"agents": 3},
    ]
    for options in wrong:
        with pytest.raises(TypeError):
            AgentTools(**options)
    with pytest.raises(ValueError, match="web_search"):
        AgentTools(web_search="fast")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="letters"):
        AgentRole(name="a b", description="x")
    with pytest.raises(TypeError, match="description"):
        AgentRole(name="a", description=None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="uses"):
        await codex.thread_start(uses={"shell": False})  # type: ignore[arg-type]
    assert model.requests == []
