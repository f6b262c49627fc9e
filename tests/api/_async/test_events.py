"""Events outside the turns that one runs: of the client, of a thread, of sub-agents."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from openai_codex import AsyncCodex
from openai_codex.testing import offline_config, say, spawn_agent, wait_agent
from tests.conftest import SharedModel

FAILED = "mcpServer/startupStatus/updated"


async def first(events: Any, method: str) -> Any:
    """Return the payload of the next event of this kind."""
    async for event in events:
        if event.method == method:
            return event.payload
    raise AssertionError(f"no {method} came")


async def test_an_mcp_server_that_does_not_start_is_an_event_and_a_warning(
    model: SharedModel, caplog: pytest.LogCaptureFixture
) -> None:
    broken = {"command": "/nowhere/at-all"}
    config = offline_config(model, mcp_servers={"broken": broken})
    with caplog.at_level(logging.WARNING):
        async with AsyncCodex(config) as codex, codex.events() as events:
            await codex.thread_start(ephemeral=True)
            payload = await first(events, FAILED)
            while payload.status.value != "failed":
                payload = await first(events, FAILED)
    assert payload.name == "broken"
    told = [note.getMessage() for note in caplog.records if note.name == "openai_codex.runtime"]
    assert any("the MCP server 'broken' did not start" in text for text in told)


async def test_every_reader_sees_what_came_before_it_and_none_of_the_turns(
    model: SharedModel,
) -> None:
    model.script(say("Hello"))
    async with AsyncCodex(offline_config(model)) as codex:
        early = codex.events()
        thread = await codex.thread_start()
        await thread.run("hi")
        late = codex.events()
        for events in (early, late):
            assert (await first(events, "thread/started")).thread.id == thread.id
    rest = [event async for event in late]
    assert [event for event in rest if "turnId" in event.params or "turn" in event.params] == []
    assert [event async for event in early] == rest
    early.close()


async def test_the_events_of_a_thread_are_those_of_all_its_turns(model: SharedModel) -> None:
    model.script(say("one"))
    model.script(say("two"))
    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start()
        other = await codex.thread_start()
        async with thread.events() as events:
            ids = [(await thread.run(text)).id for text in ("first", "second")]
            await other.events().__aenter__()
            ended = [(await first(events, "turn/completed")).turn.id for _ in ids]
            assert ended == ids
        assert [event async for event in events] == []


async def test_a_stream_may_include_the_sub_agents_of_its_turn(shared_model: SharedModel) -> None:
    shared_model.renew()
    shared_model.script(spawn_agent("sub", "do it"), wait_agent(), say("Both done"))
    shared_model.script(say("Sub done"), agent="/root/sub")
    async with AsyncCodex(offline_config(shared_model, model_name="gpt-6.1-sol")) as codex:
        thread = await codex.thread_start()
        turn = await thread.turn("hi")
        events = [event async for event in turn.stream(agents=True)]
        result = await turn.run()
    said = {
        event.params["threadId"]: event.params["item"]["text"]
        for event in events
        if event.method == "item/completed" and event.params["item"]["type"] == "agentMessage"
    }
    assert said.pop(thread.id) == "Both done"
    assert list(said.values()) == ["Sub done"]
    assert result.final_response == "Both done"
    assert [item.text for item in result.items if item.type == "agentMessage"] == ["Both done"]
    shared_model.check()
