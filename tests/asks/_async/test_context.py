"""Handlers and tools run in a copy of the context of the caller whose turn they serve."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex import AsyncCodex, Handlers, tool
from openai_codex.testing import call_tool, offline_config, run_command, say
from tests.asks.users import SEEN, USER, approve, approve_later, user, user_later
from tests.conftest import SharedModel
from tests.faults.aio import each, start

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


async def test_tools_see_the_context_of_the_run_that_they_serve(
    codex: AsyncCodex, model: SharedModel
) -> None:
    USER.set("starter")
    thread = await codex.thread_start(tools=[user, user_later])
    for name in ("ann", "bob"):
        model.script(
            call_tool("user", call_id=f"{name} 1"),
            call_tool("user_later", call_id=f"{name} 2"),
            say("done"),
        )
        USER.set(name)
        await thread.run("hi")
        outputs = model.requests[-1].function_outputs
        assert [name in outputs[f"{name} {n}"] for n in (1, 2)] == [True, True]
        assert USER.get() == name


async def test_users_of_one_client_do_not_see_each_other(
    codex: AsyncCodex, model: SharedModel
) -> None:
    seen: dict[str, str] = {}

    @tool
    def note(name: str) -> str:
        """Note who calls."""
        seen[name] = USER.get()
        return "noted"

    async def use(name: str) -> None:
        USER.set(name)
        thread = await codex.thread_start(tools=[note])
        model.script(call_tool("note", {"name": name}), say("done"), thread=thread.id)
        await thread.run("hi")

    names = ["ann", "bob", "cleo"]
    assert await each([start(use, name) for name in names]) == [None] * 3
    assert seen == {name: name for name in names}


@pytest.mark.parametrize("handler", [approve, approve_later])
async def test_a_handler_sees_the_context_of_the_turns_reader(
    shared_model: SharedModel, handler: Any
) -> None:
    shared_model.renew()
    shared_model.script(run_command("echo hi", escalate=True), say("done"))
    SEEN.clear()
    config = offline_config(shared_model)
    async with AsyncCodex(config, handlers=Handlers(approve_command=handler)) as codex:
        USER.set("ann")
        await (await codex.thread_start()).run("hi")
    shared_model.check()
    assert SEEN == ["ann"]
