"""A healthy runtime that says nothing more of a turn does not let its reader wait for ever."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex import AsyncCodex, TurnFailedError, TurnLostError, methods
from openai_codex.testing import ScriptedModel, offline_config
from openai_codex.testing import say as says
from openai_codex.testing.fake import event, faults, on, pause, reply, say, turn
from tests.faults.aio import assert_idle, saw, start
from tests.faults.play import Play

BOOM = {"message": "boom", "codexErrorInfo": "other", "additionalDetails": None}


async def test_a_turn_of_a_thread_without_subscription_is_read_back() -> None:
    with ScriptedModel() as model:
        model.script(says("first"))
        model.script(says("second"))
        async with AsyncCodex(offline_config(model)) as codex:
            thread = await codex.thread_start()
            await thread.run("hi")
            await codex.call(methods.thread.UNSUBSCRIBE, {"threadId": thread.id})
            result = await thread.run("again")
            assert (result.status.value, result.final_response) == ("completed", "second")
            assert "userMessage" in [item.type for item in result.items]
            await assert_idle(codex)


@pytest.mark.parametrize(
    ("method", "params", "reason"),
    [
        ("thread/closed", {}, "closed"),
        ("thread/deleted", {}, "deleted"),
        ("thread/status/changed", {"status": {"type": "notLoaded"}}, "not loaded"),
        ("thread/status/changed", {"status": {"type": "systemError"}}, "error state"),
        ("thread/status/changed", {"status": {"type": "idle"}}, "idle"),
    ],
)
async def test_a_turn_whose_end_never_comes_is_lost_by_name(
    play: Play, method: str, params: dict[str, Any], reason: str
) -> None:
    server = play(
        on("thread/read", reply({"thread": {"id": "x", "status": {"type": "idle"}}}), times=None),
        turn(say("Hel", finish=False), event(method, params), pause()),
    )
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        with pytest.raises(TurnLostError, match=reason) as caught:
            await thread.run("hi")
        assert caught.value.result.id == caught.value.turn_id


@pytest.mark.parametrize("is_readable", [True, False])
async def test_a_turn_that_reported_an_error_and_no_end_failed_with_that(
    play: Play, is_readable: bool
) -> None:
    refused = faults.refuses("thread/turns/list", "not materialized yet")
    server = play(
        on("thread/read", reply({"thread": {"id": "x", "status": {"type": "idle"}}}), times=None),
        *([] if is_readable else [refused]),
        turn(event("error", {"willRetry": False, "error": BOOM}), pause()),
    )
    async with AsyncCodex(server.config()) as codex:
        with pytest.raises(TurnFailedError, match="boom") as caught:
            await (await codex.thread_start()).run("hi")
        assert caught.value.result.status.value == "failed"
        await assert_idle(codex)


async def test_a_thread_that_cannot_be_read_any_more_is_the_cause(play: Play) -> None:
    server = play(
        faults.refuses("thread/turns/list", "thread not loaded"),
        turn(event("thread/closed"), pause()),
    )
    async with AsyncCodex(server.config()) as codex:
        with pytest.raises(TurnLostError) as caught:
            await (await codex.thread_start()).run("hi")
        assert "thread not loaded" in str(caught.value.__cause__)


async def test_a_turn_that_runs_on_after_all_is_waited_for(play: Play) -> None:
    idle = {"status": {"type": "idle"}}
    server = play(turn(event("thread/status/changed", idle), pause("on"), say("done")))
    async with AsyncCodex(server.config()) as codex:
        running = start((await codex.thread_start()).run, "hi")
        await saw(server, "thread/read")
        server.release("on")
        assert (await running.result()).final_response == "done"
        assert len(server.requests("thread/turns/list")) == 1
