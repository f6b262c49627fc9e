"""A thread that is busy: its turn is joined, waited for, or an error, as `busy` has it."""

from __future__ import annotations

import logging

import pytest

from openai_codex import AsyncThread, ThreadBusyError
from openai_codex.testing import Gate, hold, say
from tests.api._async.reached import reached
from tests.conftest import SharedModel
from tests.faults.aio import start

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


async def test_a_busy_thread_is_an_error_where_that_is_wanted(
    thread: AsyncThread, model: SharedModel
) -> None:
    gate = Gate()
    model.script([hold(gate), say("first")])
    turn = await thread.turn("one", busy="error")  # it is not busy yet
    await reached(gate)
    with pytest.raises(ThreadBusyError) as caught:
        await thread.run("two", busy="error")
    assert (caught.value.thread_id, caught.value.turn_id) == (thread.id, turn.id)
    gate.open()
    assert (await turn.run()).final_response == "first"
    model.script(say("third"))
    assert (await thread.run("three", busy="error")).final_response == "third"


async def test_turns_that_wait_run_one_after_the_other(
    thread: AsyncThread, model: SharedModel
) -> None:
    gate = Gate()
    model.default(lambda request: [hold(gate), say(f"answer to {request.user_text}")])
    begun = await thread.turn("one")
    await reached(gate)
    waiting = [start(thread.run, text, busy="wait") for text in ("two", "three")]
    gate.open()
    results = [await begun.run(), *[await each.result() for each in waiting]]
    assert len({result.id for result in results}) == 3
    assert sorted(str(result.final_response) for result in results) == [
        "answer to one",
        "answer to three",
        "answer to two",
    ]


async def test_a_turn_that_waits_for_too_long_says_what_it_waited_for(
    thread: AsyncThread, model: SharedModel
) -> None:
    gate = Gate()
    model.script([hold(gate), say("first")])
    turn = await thread.turn("one")
    await reached(gate)
    with pytest.raises(ThreadBusyError, match=r"after 0\.1 s") as caught:
        await thread.run("two", busy="wait", timeout=0.1)
    assert (caught.value.turn_id, caught.value.seconds) == (turn.id, 0.1)
    gate.open()
    assert (await turn.run()).final_response == "first"


async def test_a_run_that_joins_another_turn_says_so(
    thread: AsyncThread, model: SharedModel, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()
    model.default([hold(gate), say("one answer for both")])
    with caplog.at_level(logging.WARNING):
        turn = await thread.turn("one")
        await reached(gate)
        joined = start(thread.run, "two")
        gate.open()
        result = await joined.result()
        assert result.id == turn.id
        await turn.run()
        model.script(say("alone"))
        await thread.run("three")
    told = [note.getMessage() for note in caplog.records if note.name == "openai_codex.turns"]
    assert [text.count("the message joined it") for text in told] == [1]


async def test_what_busy_may_be_is_checked_before_anything_is_sent(thread: AsyncThread) -> None:
    with pytest.raises(ValueError, match="busy must be one of"):
        await thread.run("hi", busy="queue")  # type: ignore[call-overload]
