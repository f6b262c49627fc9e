"""Goals: the runtime's own turns as one handle, under a budget, and what ends them."""

from __future__ import annotations

import pytest

from openai_codex import (
    AsyncCodex,
    AsyncThread,
    TurnFailedError,
    TurnTimeoutError,
)
from openai_codex.testing import Gate, call_tool, fail, hold, say, usage
from openai_codex.types import ThreadGoalStatus
from tests.api._async.reached import requested
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only

REACHED = call_tool("update_goal", {"status": "complete"})


async def test_a_goal_is_one_handle_over_all_its_turns(
    thread: AsyncThread, model: SharedModel
) -> None:
    model.script(say("a start"), kind="goal")
    model.script(say("half way"), kind="goal")
    model.script(REACHED, say("reached"), kind="goal")
    events: list[str] = []
    result = await thread.run_goal("Make it so", on_event=lambda event: events.append(event.method))
    assert (result.status, result.completed, bool(result)) == ("complete", True, True)
    assert [turn.final_response for turn in result.turns] == ["a start", "half way", "reached"]
    assert result.final_response == "reached"
    assert len(result.items) >= 3
    assert events.count("turn/completed") == 3
    assert result.spent.model_calls == thread.spent.model_calls == 4
    assert result.goal is not None
    assert result.goal.objective == "Make it so"
    assert result.spent.tokens == thread.spent.tokens


async def test_its_events_can_be_streamed(thread: AsyncThread, model: SharedModel) -> None:
    model.script(say("a start"), kind="goal")
    model.script(REACHED, say("reached"), kind="goal")
    async with await thread.start_goal("Make it so") as run:
        methods = [event.method async for event in run.stream()]
    assert methods.count("turn/started") == methods.count("turn/completed") == 2
    assert not run.is_running
    assert run.result().completed


async def test_pausing_lets_the_turn_end(thread: AsyncThread, model: SharedModel) -> None:
    gate = Gate()
    model.script(hold(gate), say("last"), kind="goal")
    async with await thread.start_goal("Make it so") as run:
        await requested(model, 1)
        await run.pause()
        gate.open()
        result = await run.run()
    assert (result.status, result.final_response) == ("paused", "last")
    model.script(REACHED, say("reached"), kind="goal")
    assert (await thread.run_goal()).completed


async def test_interrupting_stops_the_turn_as_well(thread: AsyncThread, model: SharedModel) -> None:
    gate = Gate()
    model.script(hold(gate), say("never"), kind="goal")
    async with await thread.start_goal("Make it so") as run:
        await requested(model, 1)
        await run.interrupt()
        result = await run.run()
    gate.open()
    assert [turn.status.value for turn in result.turns] == ["interrupted"]
    assert (result.status, result.final_response) == ("paused", None)


async def test_leaving_the_block_stops_it(thread: AsyncThread, model: SharedModel) -> None:
    gate = Gate()
    model.script(hold(gate), say("never"), kind="goal")
    async with await thread.start_goal("Make it so"):
        await requested(model, 1)
    gate.open()
    goal = await thread.goal.get()
    assert goal is not None
    assert goal.status == ThreadGoalStatus.paused


async def test_a_goal_that_takes_too_long_is_stopped(
    thread: AsyncThread, model: SharedModel
) -> None:
    gate = Gate()
    model.script(hold(gate), say("never"), kind="goal")
    with pytest.raises(TurnTimeoutError):
        await thread.run_goal("Make it so", timeout=1.0)
    gate.open()
    goal = await thread.goal.get()
    assert goal is not None
    assert goal.status == ThreadGoalStatus.paused


async def test_a_turn_that_fails_ends_it(thread: AsyncThread, model: SharedModel) -> None:
    model.script(fail(status=400), kind="goal")
    with pytest.raises(TurnFailedError):
        await thread.run_goal("Make it so")
    goal = await thread.goal.get()
    assert goal is not None
    assert goal.status == ThreadGoalStatus.blocked
    assert await thread.goal.clear()
    assert not await thread.goal.clear()
    assert await thread.goal.get() is None


async def test_the_runtimes_own_budget_ends_it_too(thread: AsyncThread, model: SharedModel) -> None:
    model.script(usage(input=500, output=500), say("enough"), kind="goal")
    result = await thread.run_goal("Make it so", token_budget=100)
    assert result.status == "budgetLimited"
    assert not result.completed


async def test_bad_options_are_refused_before_anything_is_sent(
    codex: AsyncCodex, thread: AsyncThread
) -> None:
    with pytest.raises(ValueError, match="token_budget"):
        await thread.run_goal("x", token_budget=0)
    with pytest.raises(TypeError, match="objective"):
        await thread.goal.set(1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="budget"):
        await thread.run_goal("x", budget=3)  # type: ignore[arg-type]
    assert await thread.goal.get() is None
