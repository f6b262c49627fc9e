"""Point 4: what is refused for overload is tried again; what would overload waits its turn."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex import (
    AsyncCodex,
    InternalRpcError,
    ServerBusyError,
    is_retryable_error,
    methods,
)
from openai_codex.testing.fake import FakeAppServer, faults, on, pause, reply, turn
from tests.faults.aio import Running, assert_idle, each, nap, saw, start
from tests.faults.play import Play


def most_at_once(server: FakeAppServer, method: str) -> int:
    """Count how many requests the server had open at the same time, that a pause begins."""
    most = now = 0
    for record in server.records:
        now += (record.kind, record.name) == ("received", method)
        now -= (record.kind, record.name) == ("step", "pause")
        most = max(most, now)
    return most


async def test_a_list_in_pages_is_read_to_its_end(play: Play) -> None:
    def page(name: str, cursor: str | None) -> dict[str, Any]:
        model = {
            "id": name,
            "model": name,
            "displayName": name,
            "description": "",
            "hidden": False,
            "isDefault": False,
            "defaultReasoningEffort": "low",
            "supportedReasoningEfforts": [],
        }
        return {"data": [model], "nextCursor": cursor}

    server = play(
        on("model/list", reply(page("one", "next")), nth=1),
        on("model/list", reply(page("two", None)), nth=2),
    )
    async with AsyncCodex(server.config()) as codex:
        models = await codex.models()
        assert ([each.id for each in models.data], models.next_cursor) == (["one", "two"], None)
        assert server.requests("model/list")[1]["cursor"] == "next"


async def test_a_refusal_for_overload_is_tried_again(play: Play) -> None:
    server = play(faults.overloaded("model/list", times=3))
    async with AsyncCodex(server.config()) as codex:
        assert (await codex.models()).data
        assert len(server.requests("model/list")) == 4
        await assert_idle(codex)


async def test_a_turn_that_is_refused_for_overload_is_started_once(play: Play) -> None:
    server = play(faults.overloaded("turn/start", times=2))
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        assert (await thread.run("hi")).final_response == "ok"
        assert len(server.requests("turn/start")) == 3
        assert [record.name for record in server.records].count("say") == 1
        await assert_idle(codex)


async def test_overload_without_end_is_a_server_busy_error(play: Play) -> None:
    server = play(faults.overloaded("model/list"))
    async with AsyncCodex(server.config(max_overload_retries=2)) as codex:
        with pytest.raises(ServerBusyError) as caught:
            await codex.models()
        assert (caught.value.code, caught.value.method) == (-32001, "model/list")
        assert is_retryable_error(caught.value)
        assert len(server.requests("model/list")) == 3
        await assert_idle(codex)


async def test_a_timeout_ends_the_retries(play: Play) -> None:
    server = play(faults.overloaded("model/list"))
    async with AsyncCodex(server.config()) as codex:
        with pytest.raises(ServerBusyError):
            await codex.call(methods.model.LIST, {}, timeout=0.6)
        assert len(server.requests("model/list")) < 4
        await assert_idle(codex)


async def test_other_errors_are_not_tried_again(play: Play) -> None:
    server = play(on("model/list", faults.error(-32603, "disk full", data={"a": 1})))
    async with AsyncCodex(server.config()) as codex:
        with pytest.raises(InternalRpcError) as caught:
            await codex.models()
        assert (caught.value.code, caught.value.message) == (-32603, "disk full")
        assert caught.value.data == {"a": 1}
        assert len(server.requests("model/list")) == 1


async def test_a_burst_is_held_to_the_cap_and_all_of_it_is_served(play: Play) -> None:
    server = play(on("model/list", pause(seconds=0.005), reply()))
    async with AsyncCodex(server.config(max_in_flight=8)) as codex:
        calls = [start(codex.models) for _ in range(60)]
        answers = await each(calls)
        assert all(answer.data for answer in answers)
        assert 1 < most_at_once(server, "model/list") <= 8
        await assert_idle(codex)


async def test_those_who_wait_are_served_in_the_order_they_came(play: Play) -> None:
    server = play(on("model/list", pause("gate"), reply()))
    async with AsyncCodex(server.config(max_in_flight=1)) as codex:
        first = start(codex.models)
        await saw(server, "gate", kind="paused")
        later: list[Running[object]] = []
        for number in range(10):
            later.append(start(codex.thread_start, cwd=f"/{number}"))
            await _queued(codex, len(later))
        server.release("gate")
        await first.result()
        await each(later)
        asked = [request["cwd"] for request in server.requests("thread/start")]
        assert asked == [f"/{number}" for number in range(10)]


async def test_turns_that_start_slowly_leave_room_for_other_requests(play: Play) -> None:
    server = play(on("turn/start", pause("gate"), reply()))
    async with AsyncCodex(server.config(max_turn_starts=2)) as codex:
        threads = [await codex.thread_start() for _ in range(6)]
        turns = [start(thread.run, "hi") for thread in threads]
        await saw(server, "gate", kind="paused", count=2)
        assert (await codex.models()).data
        assert len(server.requests("turn/start")) == 2
        server.release("gate")
        assert [turn.final_response for turn in await each(turns)] == ["ok"] * 6
        await assert_idle(codex)


async def test_a_place_that_is_given_up_goes_to_the_next(play: Play) -> None:
    server = play(faults.never_answers("model/list"))
    async with AsyncCodex(server.config(max_in_flight=1, request_timeout=0.1)) as codex:
        lost = [start(codex.models) for _ in range(3)]
        await saw(server, "model/list")
        assert (await codex.account()).account is None
        await each(lost)
        await assert_idle(codex)


async def test_a_queued_call_leaves_when_its_purpose_is_fulfilled(play: Play) -> None:
    server = play(turn(pause("turn")), on("model/list", pause("list"), reply()))
    async with AsyncCodex(server.config(max_in_flight=1)) as codex:
        running = await (await codex.thread_start()).turn("hi")
        models = start(codex.models)
        await saw(server, "list", kind="paused")
        interrupt = start(running.interrupt)
        await _queued(codex, 1)
        server.release("turn")  # it ends by itself
        await interrupt.result()
        server.release("list")
        await models.result()
        assert not server.requests("turn/interrupt")
        assert (await codex.account()).account is None
        await assert_idle(codex)


async def _queued(codex: AsyncCodex, count: int) -> None:
    assert codex._rpc is not None
    while len(codex._rpc.driver.session.calls._gate._queue) < count:
        await nap(0.001)


async def test_a_service_that_is_busy_while_it_works_is_not_asked_again(play: Play) -> None:
    busy = faults.error(-32603, "failed", data={"codexErrorInfo": "serverOverloaded"})
    server = play(on("model/list", busy))
    async with AsyncCodex(server.config()) as codex:
        with pytest.raises(ServerBusyError):  # something may have been done: the caller decides
            await codex.models()
        assert len(server.requests("model/list")) == 1
