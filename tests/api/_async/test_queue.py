"""The queue of a thread: messages that become turns one after the other."""

from __future__ import annotations

import pytest

from openai_codex import (
    AsyncCodex,
    AsyncThread,
    InvalidRequestError,
    QueuedTurnGoneError,
    RequestTimeoutError,
)
from openai_codex.testing import Gate, hold, say
from openai_codex.types import TurnStatus
from tests.api._async.reached import requested
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


async def test_on_an_idle_thread_a_queued_message_runs_at_once(
    thread: AsyncThread, model: SharedModel
) -> None:
    model.script(say("one"))
    queued = await thread.queue.add("first")
    result = await queued.run()
    assert (result.final_response, queued.has_begun) == ("one", True)
    assert await thread.queue.list() == []


async def test_messages_run_in_their_order_each_with_its_own_handle(
    thread: AsyncThread, model: SharedModel
) -> None:
    gate = Gate()
    model.script(hold(gate), say("mine"))
    for answer in ("three", "one", "two"):
        model.script(say(answer))
    turn = await thread.turn("go")
    await requested(model, 1)
    queued = [await thread.queue.add(text) for text in ("1", "2", "3")]
    assert [each.id for each in await thread.queue.list()] == [each.id for each in queued]
    await thread.queue.reorder([queued[2], queued[0].id, queued[1]])
    with pytest.raises(InvalidRequestError, match="active"):
        await thread.queue.start()
    gate.open()
    assert (await turn.run()).final_response == "mine"
    answers = [(await each.run()).final_response for each in queued]
    assert answers == ["one", "two", "three"]
    assert [request.user_text for request in model.requests] == ["go", "3", "1", "2"]


async def test_after_an_interrupt_the_queue_waits_to_be_started(
    thread: AsyncThread, model: SharedModel
) -> None:
    gate = Gate()
    model.script(hold(gate), say("mine"))
    turn = await thread.turn("go")
    await requested(model, 1)
    first, second = [await thread.queue.add(text) for text in ("1", "2")]
    await turn.interrupt()
    await turn.run()
    gate.open()
    with pytest.raises(RequestTimeoutError, match="thread/queue/add"):
        await first.turn(timeout=0.05)
    model.script(say("second"))
    model.script(say("first"))
    started = await thread.queue.start(second)
    assert (await started.run()).final_response == "second"
    assert (await second.turn()).id == started.id
    assert (await first.run()).final_response == "first"


async def test_a_waiting_message_can_be_changed_and_removed(
    thread: AsyncThread, model: SharedModel
) -> None:
    gate = Gate()
    model.script(hold(gate), say("mine"))
    model.script(say("changed"))
    turn = await thread.turn("go")
    await requested(model, 1)
    kept, removed = [await thread.queue.add(text) for text in ("1", "2")]
    await kept.replace("better")
    assert await removed.remove()
    assert not await removed.remove()
    with pytest.raises(QueuedTurnGoneError, match=removed.id):
        await removed.turn()
    gate.open()
    await turn.run()
    assert (await kept.run()).final_response == "changed"
    assert model.requests[-1].user_text == "better"


async def test_a_message_that_another_client_deleted_is_gone(
    thread: AsyncThread, model: SharedModel
) -> None:
    gate = Gate()
    model.script(hold(gate), say("mine"))
    turn = await thread.turn("go")
    await requested(model, 1)
    queued = await thread.queue.add("1")
    (same,) = await AsyncThread(thread._rpc, thread.id).queue.list()
    assert await same.remove()
    for _ in range(2):
        await thread.queue.look_for(queued)
    with pytest.raises(QueuedTurnGoneError):
        await queued.run()
    gate.open()
    await turn.run()


async def test_a_queued_turn_can_be_interrupted(thread: AsyncThread, model: SharedModel) -> None:
    gate = Gate()
    model.script(hold(gate), say("x"))
    queued = await thread.queue.add("go")
    async with await queued.turn() as turn:
        await requested(model, 1)
    gate.open()
    assert (await turn.run()).status == TurnStatus.interrupted


async def test_what_is_no_input_is_refused_before_it_is_sent(
    codex: AsyncCodex, thread: AsyncThread
) -> None:
    with pytest.raises(TypeError, match="expected str"):
        await thread.queue.add(1)  # type: ignore[arg-type]
