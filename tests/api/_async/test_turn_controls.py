"""A turn under way: told more, stopped, left, joined by another, and kept apart from others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from openai_codex import (
    AsyncCodex,
    AsyncThread,
    ExternalMessage,
    InvalidRequestError,
    Sandbox,
    TextInput,
)
from openai_codex.testing import Gate, hold, offline_config, run_command, say
from openai_codex.types import TurnStatus
from tests.api._async.reached import reached
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


async def test_steer_reaches_the_running_turn(thread: AsyncThread, model: SharedModel) -> None:
    gate = Gate()
    script = model.script([hold(gate), say("never said")], say("Steered"))
    turn = await thread.turn("count to ten")
    await reached(gate)
    reply = await turn.steer("stop at three")
    result = await turn.run()
    gate.open()
    assert reply.turn_id == turn.id
    assert result.final_response == "Steered"
    assert script.requests[-1].user_text == "stop at three"
    said = [item for item in result.items if item.type == "userMessage"]
    assert len(said) == 2


async def test_settings_of_a_running_turn_count_from_its_next_request_on_and_for_it_alone(
    model: SharedModel,
) -> None:
    switching = ("features.step_model_switching=true",)
    config = offline_config(model)
    config = replace(config, config_overrides=(*config.config_overrides, *switching))
    gate = Gate()
    script = model.script([hold(gate), run_command("true")], say("Done"))
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start(sandbox=Sandbox.full_access)
        turn = await thread.turn("go", effort="low")
        assert await turn.update_settings(summary="detailed")  # it waits until the turn runs
        await reached(gate)
        assert await turn.update_settings(effort="high")
        gate.open()
        await turn.run()
        later = model.script(say("Again"))
        await thread.run("again")
        assert not await turn.update_settings(effort="low")
    efforts = [each.body["reasoning"]["effort"] for each in (*script.requests, *later.requests)]
    assert efforts == ["low", "high", "low"]


async def test_settings_of_a_running_turn_need_a_feature_of_the_runtime(
    thread: AsyncThread, model: SharedModel
) -> None:
    gate = Gate()
    model.script([hold(gate), say("Done")])
    turn = await thread.turn("go")
    with pytest.raises(InvalidRequestError, match="step_model_switching"):
        await turn.update_settings(effort="high")
    gate.open()
    assert (await turn.run()).final_response == "Done"
    with pytest.raises(TypeError, match="effort"):
        await turn.update_settings(effort=3)  # type: ignore[arg-type]


async def test_steer_right_after_turn_waits_until_it_runs(
    thread: AsyncThread, model: SharedModel
) -> None:
    gate = Gate()
    model.default(lambda request: [hold(gate), say(request.user_text)])
    turn = await thread.turn("one")
    await turn.steer([TextInput("two"), TextInput("three")])
    gate.open()
    assert "three" in ((await turn.run()).final_response or "")


async def test_steer_of_a_finished_turn_is_refused(thread: AsyncThread, model: SharedModel) -> None:
    model.script(say("Done"))
    turn = await thread.turn("hi")
    await turn.run()
    with pytest.raises(InvalidRequestError, match="no active turn"):
        await turn.steer("more")


async def test_steer_takes_no_external_message(thread: AsyncThread, model: SharedModel) -> None:
    model.script(say("Done"))
    turn = await thread.turn("hi")
    with pytest.raises(TypeError, match="by itself"):
        await turn.steer(ExternalMessage("ci", "green"))  # type: ignore[arg-type]
    assert (await turn.run()).final_response == "Done"


async def test_interrupt_right_after_turn_stops_it(thread: AsyncThread, model: SharedModel) -> None:
    gate = Gate()
    model.default([hold(gate), say("never said")])
    turn = await thread.turn("hi")
    await turn.interrupt()
    result = await turn.run()
    assert result.status is TurnStatus.interrupted
    assert result.final_response is None
    gate.open()


async def test_interrupt_is_idempotent(thread: AsyncThread, model: SharedModel) -> None:
    gate = Gate()
    model.script([hold(gate), say("never said")])
    turn = await thread.turn("hi")
    await reached(gate)
    await turn.interrupt()
    await turn.interrupt()
    assert (await turn.run()).status is TurnStatus.interrupted
    await turn.interrupt()
    gate.open()


async def test_interrupt_of_a_finished_turn_does_nothing(
    thread: AsyncThread, model: SharedModel
) -> None:
    model.script(say("Done"))
    turn = await thread.turn("hi")
    assert (await turn.run()).final_response == "Done"
    await turn.interrupt()


async def test_an_interrupted_turn_keeps_what_was_done(
    thread: AsyncThread, model: SharedModel
) -> None:
    gate = Gate()
    model.script(run_command("echo hi"), [hold(gate), say("never said")])
    turn = await thread.turn("hi")
    await reached(gate)
    await turn.interrupt()
    result = await turn.run()
    assert [item.type for item in result.items] == ["userMessage", "commandExecution"]
    gate.open()


async def test_leaving_a_stream_does_not_stop_the_turn(
    thread: AsyncThread, model: SharedModel
) -> None:
    gate = Gate()
    model.script([hold(gate), say("Done")])
    turn = await thread.turn("hi")
    async for event in turn.stream():
        if event.method == "turn/started":
            break
    gate.open()
    result = await turn.run()
    assert (result.status, result.final_response) == (TurnStatus.completed, "Done")


async def test_leaving_the_block_of_a_turn_stops_it(
    thread: AsyncThread, model: SharedModel
) -> None:
    gate = Gate()
    model.script([hold(gate), say("never said")])
    async with await thread.turn("hi") as turn:
        await reached(gate)
    assert (await turn.run()).status is TurnStatus.interrupted
    gate.open()


async def test_a_second_turn_on_a_busy_thread_joins_the_first_and_both_finish(
    thread: AsyncThread, model: SharedModel
) -> None:
    gate = Gate()
    model.default(lambda request: [hold(gate), say(f"heard {request.user_text}")])
    first = await thread.turn("one")
    await reached(gate)
    second = await thread.turn("two")
    gate.open()
    results = [await first.run(), await second.run()]
    assert first.id == second.id
    assert [result.final_response for result in results] == ["heard two", "heard two"]
    assert [result.status for result in results] == [TurnStatus.completed] * 2


async def test_a_late_handle_sees_only_the_future(thread: AsyncThread, model: SharedModel) -> None:
    gate = Gate()
    model.default(run_command("echo hi"), [hold(gate), say("Done")], say("Done"))
    first = await thread.turn("one")
    async for event in first.stream():
        if event.method == "item/completed" and event.params["item"]["type"] != "userMessage":
            break
    second = await thread.turn("two")
    gate.open()
    early, late = await first.run(), await second.run()
    kinds = [item.type for item in early.items]
    assert kinds == ["userMessage", "commandExecution", "userMessage", "agentMessage"]
    assert [item.type for item in late.items] == kinds[2:]


async def test_two_live_turns_never_see_each_others_events(
    codex: AsyncCodex, model: SharedModel
) -> None:
    gates = [Gate(), Gate()]
    threads = [await codex.thread_start(), await codex.thread_start()]
    for thread, gate, word in zip(threads, gates, ("red", "blue"), strict=True):
        model.script(say(deltas=[word, hold(gate), word]), thread=thread.id)
    turns = [await thread.turn("hi") for thread in threads]
    for gate in reversed(gates):
        await reached(gate)
        gate.open()
    for turn, word in zip(turns, ("red", "blue"), strict=True):
        events = [event async for event in turn.stream()]
        assert {event.params["threadId"] for event in events} == {turn.thread_id}
        told = [e.params["delta"] for e in events if e.method == "item/agentMessage/delta"]
        assert told == [word, word]
        assert events[-1].params["turn"]["id"] == turn.id


async def test_many_turns_run_on_one_client(codex: AsyncCodex, model: SharedModel) -> None:
    gate = Gate()
    model.default(lambda request: [hold(gate), say(request.user_text)])
    threads = [await codex.thread_start(ephemeral=True) for _ in range(8)]
    turns = [await thread.turn(f"turn {n}") for n, thread in enumerate(threads)]
    await reached(gate, 8)
    gate.open()
    texts = [(await turn.run()).final_response for turn in turns]
    assert texts == [f"turn {n}" for n in range(8)]
