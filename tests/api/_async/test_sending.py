"""`send` steers what runs or starts a turn; and a user's own shell commands in a thread."""

from __future__ import annotations

import pytest

from openai_codex import AsyncThread, InvalidRequestError
from openai_codex.testing import Gate, hold, say
from tests.api._async.reached import requested
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


async def test_sending_to_an_idle_thread_starts_a_turn(
    thread: AsyncThread, model: SharedModel
) -> None:
    model.script(say("hello"))
    turn = await thread.send("hi")
    assert (await turn.run()).final_response == "hello"


async def test_sending_to_a_busy_thread_steers_its_turn(
    thread: AsyncThread, model: SharedModel
) -> None:
    gate = Gate()
    model.script([hold(gate), say("first")], say("second"))
    turn = await thread.turn("go")
    await requested(model, 1)
    same = await thread.send("and this")
    assert same.id == turn.id
    gate.open()
    result, joined = await turn.run(), await same.run()
    assert result.final_response == joined.final_response
    assert "and this" in str(model.requests[-1].body["input"])


async def test_a_turn_that_ended_meanwhile_makes_way_for_a_new_one(
    thread: AsyncThread, model: SharedModel
) -> None:
    model.script(say("one"))
    model.script(say("two"))
    over = await thread.turn("go")
    await over.run()
    ledger = thread._rpc.driver.session.ledger  # as if its end had not been read yet
    ledger.of_thread(thread.id).running[over.id] = (thread.id, 0.0, True)
    try:
        turn = await thread.send("more")
        assert turn.id != over.id
        assert (await turn.run()).final_response == "two"
    finally:
        ledger.of_thread(thread.id).running.pop(over.id, None)


async def test_a_turn_in_place_of_the_one_that_was_meant_is_steered(
    thread: AsyncThread, model: SharedModel
) -> None:
    gate = Gate()
    model.script([hold(gate), say("first")], say("second"))
    turn = await thread.turn("go")
    await requested(model, 1)
    running = thread._rpc.driver.session.ledger.of_thread(thread.id).running
    known = running.copy()
    running.clear()
    running["01a22b00-0000-7000-8000-000000000000"] = (thread.id, 0.0, True)
    try:
        same = await thread.send("and this")
    finally:
        running.clear()
        running.update(known)
    assert same.id == turn.id
    gate.open()
    assert (await turn.run()).final_response == (await same.run()).final_response


async def test_a_review_cannot_be_steered(thread: AsyncThread, model: SharedModel) -> None:
    gate = Gate()
    model.script(hold(gate), say("{}"), kind="review")
    async with await thread.review_turn(instructions="All.") as turn:
        await requested(model, 1)
        with pytest.raises(InvalidRequestError, match="review"):
            await thread.send("hurry")
        await turn.interrupt()
        await turn.run()
    gate.open()


async def test_a_shell_command_of_the_user_has_its_item(
    thread: AsyncThread, model: SharedModel
) -> None:
    item = await thread.shell_command("echo 'it is' \"here\"; exit 3")
    assert (item.exit_code, item.aggregated_output) == (3, "it is here\n")
    assert (await thread.shell_command("sleep 20", timeout=0.3)).exit_code != 0


async def test_what_is_said_right_after_a_shell_command_has_a_turn_of_its_own(
    thread: AsyncThread, model: SharedModel
) -> None:
    for text in ("one", "two", "three"):
        model.script(say(f"seen {text}"))
        await thread.shell_command(f"echo {text}")
        result = await thread.run("Did you see it?")
        assert result.final_response == f"seen {text}"
    assert len([turn async for turn in thread.history()]) == 6


async def test_a_shell_command_runs_beside_a_turn(thread: AsyncThread, model: SharedModel) -> None:
    gate = Gate()
    model.script([hold(gate), say("x")], say("y"))
    turn = await thread.turn("go")
    await requested(model, 1)
    item = await thread.shell_command("echo beside")
    assert item.aggregated_output == "beside\n"
    gate.open()
    assert item.id in {each.id for each in (await turn.run()).items}
    assert "beside" in str(model.requests[-1].body["input"])
