"""The runtime dies while it works towards a goal, or while messages wait in a thread's queue."""

from __future__ import annotations

import asyncio  # async only
from typing import Any

import pytest

from openai_codex import (
    AsyncCodex,
    ConnectionLostError,
    RequestTimeoutError,
    Restart,
    TransportClosedError,
)
from openai_codex.testing import ScriptedModel, call_tool, hold, offline_config, say
from openai_codex.testing.model.gate import Gate
from tests.faults.aio import Running, start
from tests.returns.aio import reached
from tests.returns.deaths import kill

REACHED = call_tool("update_goal", {"status": "complete"})


async def test_a_goal_ends_with_its_runtime(model: ScriptedModel) -> None:
    gate = Gate()
    model.script(say("a start"), kind="goal")
    model.script(hold(gate), say("never"), kind="goal")
    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start()
        run = await thread.start_goal("Make it so")
        running: Running[Any] = start(run.run)
        await reached(gate)
        kill(codex)
        error = await running.error()
        assert isinstance(error, TransportClosedError)
        assert error.signal == 9
        assert [turn.final_response for turn in run.result().turns] == ["a start"]
        assert not run.is_running
        with pytest.raises(TransportClosedError):
            await thread.goal.get()
    gate.open()


async def test_a_goal_whose_runtime_comes_back_goes_on_when_it_is_told_to(
    model: ScriptedModel,
) -> None:
    gate = Gate()
    model.script(hold(gate), say("never"), kind="goal")
    async with AsyncCodex(offline_config(model), restart=Restart()) as codex:
        thread = await codex.thread_start()
        run = await thread.start_goal("Make it so")
        running: Running[Any] = start(run.run)
        await reached(gate)
        kill(codex)
        error = await running.error()
        assert isinstance(error, ConnectionLostError)
        assert error.thread_id == thread.id
        assert not run.is_running
        gate.open()
        model.script(REACHED, say("reached"), kind="goal")
        result = await thread.run_goal()
        assert (result.completed, result.final_response) == (True, "reached")


async def test_what_waits_for_a_thread_names_it_when_the_runtime_is_lost(
    model: ScriptedModel,
) -> None:
    gate = Gate()
    model.script(hold(gate), say("never"), kind="goal")
    async with AsyncCodex(offline_config(model), restart=Restart()) as codex:
        thread = await codex.thread_start()
        run = await thread.start_goal("Make it so")
        await reached(gate)
        queued = await thread.queue.add("later")
        kill(codex)
        with pytest.raises(ConnectionLostError) as lost:
            await run.run()
        assert lost.value.thread_id == thread.id
        with pytest.raises(ConnectionLostError) as lost:
            await queued.turn()
        assert lost.value.thread_id == thread.id
    gate.open()


async def test_messages_that_wait_end_with_the_runtime(model: ScriptedModel) -> None:
    gate = Gate()
    model.script(hold(gate), say("never"))
    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start()
        turn = await thread.turn("first")
        await reached(gate)
        queued = [await thread.queue.add(text) for text in ("second", "third")]
        waiting: list[Running[Any]] = [start(queued[0].run), start(queued[1].turn)]
        kill(codex)
        for each in (*waiting, start(turn.run), start(queued[1].run)):
            error = await each.error()
            assert isinstance(error, TransportClosedError)
            assert error.signal == 9
        with pytest.raises(TransportClosedError):
            await thread.queue.add("fourth")
    gate.open()


async def test_messages_that_wait_are_kept_by_a_runtime_that_comes_back(
    model: ScriptedModel,
) -> None:
    gate = Gate()
    model.script(hold(gate), say("never"))
    async with AsyncCodex(offline_config(model), restart=Restart()) as codex:
        thread = await codex.thread_start()
        await thread.turn("first")
        await reached(gate)
        queued = await thread.queue.add("second")
        waiting: Running[Any] = start(queued.run)
        kill(codex)
        assert isinstance(await waiting.error(), ConnectionLostError)
        gate.open()
        # The runtime has stored the message: it runs once, after the thread has come back.
        assert (await (await thread.queue.add("third")).run()).final_response == "Done"
    told = [request.user_text for request in model.requests]
    assert (told.count("second"), told[-1]) == (1, "third")


async def test_a_task_that_is_cancelled_while_it_waits_leaves_its_message_in_the_queue(
    model: ScriptedModel,
) -> None:
    gate = Gate()
    model.script(hold(gate), say("first done"))
    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start()
        turn = await thread.turn("first")
        await reached(gate)
        queued = await thread.queue.add("second")
        waiting = asyncio.ensure_future(queued.run())  # async only
        await asyncio.sleep(0)  # async only
        waiting.cancel()  # async only
        with pytest.raises(asyncio.CancelledError):  # async only
            await waiting  # async only
        with pytest.raises(RequestTimeoutError):
            await queued.run(timeout=0.01)
        assert [each.id for each in await thread.queue.list()] == [queued.id]
        gate.open()
        assert (await turn.run()).final_response == "first done"
        assert (await queued.run()).final_response == "Done"


async def test_a_goal_that_was_left_by_a_cancelled_task_can_be_gone_on_with_at_once(  # async only
    model: ScriptedModel,  # async only
) -> None:  # async only
    gate = Gate()  # async only
    model.script(hold(gate), say("never"), kind="goal")  # async only
    async with AsyncCodex(offline_config(model)) as codex:  # async only
        thread = await codex.thread_start()  # async only
        task = asyncio.ensure_future(thread.run_goal("Make it so"))  # async only
        await reached(gate)  # async only
        task.cancel()  # async only
        with pytest.raises(asyncio.CancelledError):  # async only
            await task  # async only
        model.script(REACHED, say("reached"), kind="goal")  # async only
        result = await thread.run_goal()  # async only
        assert (result.completed, result.final_response) == (True, "reached")  # async only
        gate.open()  # async only


async def test_an_interrupted_goal_can_be_gone_on_with_at_once(model: ScriptedModel) -> None:
    gate = Gate()
    model.script(hold(gate), say("never"), kind="goal")
    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start()
        run = await thread.start_goal("Make it so")
        running: Running[Any] = start(run.run)
        await reached(gate)
        await run.interrupt()
        assert (await running.result()).status == "paused"
        model.script(REACHED, say("reached"), kind="goal")
        assert (await thread.run_goal()).completed
        gate.open()
