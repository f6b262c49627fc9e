"""Points 5 and 8: what only asyncio can do to a call: cancel it, time it, take it elsewhere."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from openai_codex import (
    AsyncCodex,
    AsyncThread,
    ClientClosedError,
    RequestTimeoutError,
    WrongLoopError,
)
from openai_codex.testing.fake import begin, faults, on, pause, reply, say, silent, turn
from tests.faults.aio import BOUND, assert_idle, saw
from tests.faults.play import Play


async def _run(thread: AsyncThread) -> None:
    await thread.run("hi")


async def _stream(thread: AsyncThread) -> None:
    turn_ = await thread.turn("hi")
    async for _ in turn_.stream():
        pass


async def _text(thread: AsyncThread) -> None:
    turn_ = await thread.turn("hi")
    async for _ in turn_.stream_text():
        pass


async def _watch(thread: AsyncThread) -> None:
    """Be cancelled in the handler of an event, which waits for ever."""
    await thread.run("hi", on_event=lambda _: asyncio.get_running_loop().create_future())


Way = Callable[[AsyncThread], Coroutine[Any, Any, None]]
WAYS = pytest.mark.parametrize("way", [_run, _stream, _text, _watch], ids=lambda way: way.__name__)


@WAYS
async def test_a_cancelled_task_interrupts_its_turn(play: Play, way: Way) -> None:
    server = play(turn(say("Hel", finish=False), pause("now")))
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        task = asyncio.create_task(way(thread))
        await saw(server, "now", kind="paused")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await saw(server, kind="interrupted")
        await assert_idle(codex)
        assert (await thread.run("again")).final_response == "ok"


@WAYS
async def test_wait_for_interrupts_the_turn(play: Play, way: Way) -> None:
    server = play(turn(pause()))
    async with AsyncCodex(server.config()) as codex:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(way(await codex.thread_start()), 0.2)
        await saw(server, kind="interrupted")
        await assert_idle(codex)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout came with 3.11")
@WAYS
async def test_asyncio_timeout_interrupts_the_turn(play: Play, way: Way) -> None:
    server = play(turn(pause()))
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):  # type: ignore[attr-defined]  # not in 3.10's
                await way(thread)
        await saw(server, kind="interrupted")
        await assert_idle(codex)


async def test_a_task_group_interrupts_the_turns_of_those_that_did_not_fail(play: Play) -> None:
    server = play(turn(pause("now"), times=3))
    async with AsyncCodex(server.config()) as codex:
        threads = [await codex.thread_start() for _ in range(3)]
        tasks = [asyncio.create_task(thread.run("hi")) for thread in threads]
        await saw(server, "now", kind="paused", count=3)
        for task in tasks:
            task.cancel()
        gone = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(error) for error in gone} == {asyncio.CancelledError}
        await saw(server, kind="interrupted", count=3)
        await assert_idle(codex)


async def test_a_task_that_is_cancelled_before_its_turn_has_an_id_stops_it(play: Play) -> None:
    server = play(on("turn/start", pause("late"), reply(), times=1), turn(pause()))
    async with AsyncCodex(server.config()) as codex:
        task = asyncio.create_task(_run(await codex.thread_start()))
        await saw(server, "late", kind="paused")
        task.cancel()
        server.release("late")
        with pytest.raises(asyncio.CancelledError):
            await task
        await saw(server, kind="interrupted")
        await assert_idle(codex)


async def test_a_cancelled_start_that_succeeds_after_the_bound_is_stopped_too(play: Play) -> None:
    server = play(on("turn/start", pause("late"), reply(), times=1), turn(pause()))
    async with AsyncCodex(server.config(interrupt_timeout=0.1)) as codex:
        task = asyncio.create_task(_run(await codex.thread_start()))
        await saw(server, "late", kind="paused")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        server.release("late")
        await saw(server, kind="interrupted")
        await assert_idle(codex)


async def test_a_cancelled_start_whose_interrupt_is_refused_says_so(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    server = play(
        on("turn/start", pause("late"), reply(), times=1),
        faults.overloaded("turn/interrupt"),
        turn(pause()),
    )
    async with AsyncCodex(server.config(max_overload_retries=0)) as codex:
        task = asyncio.create_task(_run(await codex.thread_start()))
        await saw(server, "late", kind="paused")
        task.cancel()
        server.release("late")
        with pytest.raises(asyncio.CancelledError):
            await task
    assert "could not interrupt turn" in caplog.text


async def test_a_task_cancelled_while_the_client_closes_logs_nothing(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    server = play(turn(pause("now")), on("turn/start", pause("late"), reply(), nth=2))
    async with AsyncCodex(server.config(max_turn_starts=1)) as codex:
        threads = [await codex.thread_start() for _ in range(3)]
        running = asyncio.create_task(_run(threads[0]))
        await saw(server, "now", kind="paused")
        starting, queued = (asyncio.create_task(_run(thread)) for thread in threads[1:])
        await saw(server, "late", kind="paused")
        for task in (running, starting, queued):
            task.cancel()  # they see it when the client has closed
    for task in (running, starting, queued):
        with pytest.raises(asyncio.CancelledError):
            await task
    assert [r.getMessage() for r in caplog.records] == []


async def test_a_task_that_is_cancelled_before_its_turn_begins_stops_it(play: Play) -> None:
    server = play(turn(reply(), pause("begin"), begin(), pause()))
    async with AsyncCodex(server.config()) as codex:
        task = asyncio.create_task(_run(await codex.thread_start()))
        await saw(server, "begin", kind="paused")
        task.cancel()
        server.release("begin")
        with pytest.raises(asyncio.CancelledError):
            await task
        await saw(server, kind="interrupted")
        await assert_idle(codex)


async def test_a_task_that_is_cancelled_while_it_queues_sends_nothing(play: Play) -> None:
    server = play(on("turn/start", pause("gate"), reply(), times=1))
    async with AsyncCodex(server.config(max_turn_starts=1)) as codex:
        first = asyncio.create_task((await codex.thread_start()).run("one"))
        await saw(server, "gate", kind="paused")
        second = asyncio.create_task((await codex.thread_start()).run("two"))
        await codex.models()
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        server.release("gate")
        await first
        assert len(server.requests("turn/start")) == 1
        await assert_idle(codex)


async def test_cancelling_is_bounded_though_the_runtime_does_not_answer(play: Play) -> None:
    server = play(turn(silent()))
    async with AsyncCodex(server.config(interrupt_timeout=0.2)) as codex:
        task = asyncio.create_task(_run(await codex.thread_start()))
        await saw(server, "silent", kind="paused")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, BOUND)
    assert len(server.requests("turn/interrupt")) == 1


async def test_a_second_cancellation_does_not_wait_for_the_interrupt(play: Play) -> None:
    server = play(turn(silent()))
    async with AsyncCodex(server.config(interrupt_timeout=2 * BOUND)) as codex:
        task = asyncio.create_task(_run(await codex.thread_start()))
        await saw(server, "silent", kind="paused")
        task.cancel()
        await saw(server, "turn/interrupt")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, BOUND)
        assert codex.process is not None
        os.kill(codex.process.pid, signal.SIGKILL)  # else `close` waits for the interrupt


async def test_a_cancelled_request_leaves_no_waiter(play: Play) -> None:
    server = play(faults.never_answers("model/list"))
    async with AsyncCodex(server.config()) as codex:
        tasks = [asyncio.create_task(codex.models()) for _ in range(10)]
        await saw(server, "model/list", count=10)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await assert_idle(codex)


async def test_a_cancelled_start_of_the_client_leaves_no_process(play: Play) -> None:
    server = play(faults.never_answers("initialize"))
    codex = AsyncCodex(server.config())
    task = asyncio.create_task(codex.__aenter__())
    await saw(server, "initialize")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await saw(server, kind="ended")


async def test_nothing_runs_on_the_loop_when_all_is_closed(play: Play) -> None:
    server = play(turn(pause("now")))
    async with AsyncCodex(server.config()) as codex:
        task = asyncio.create_task(_run(await codex.thread_start()))
        await saw(server, "now", kind="paused")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_another_loop_is_refused_and_the_first_goes_on(play: Play) -> None:
    server = play()
    codex = AsyncCodex(server.config())
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(codex.__aenter__())
        thread = loop.run_until_complete(codex.thread_start())
        with pytest.raises(WrongLoopError, match="another event loop"):
            asyncio.run(_models(codex))
        with pytest.raises(WrongLoopError):
            asyncio.run(_run(thread))
        assert loop.run_until_complete(codex.models()).data
        loop.run_until_complete(codex.close())
    finally:
        loop.close()
    server.wait_for(kind="ended")


def test_questions_read_on_another_loop_are_refused(play: Play) -> None:
    server = play()
    codex = AsyncCodex(server.config())
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(codex.__aenter__())
        with pytest.raises(WrongLoopError, match="another event loop"):
            asyncio.run(_first_question(codex))
        loop.run_until_complete(codex.close())
    finally:
        loop.close()


async def _first_question(codex: AsyncCodex) -> None:
    await asyncio.wait_for(codex.questions().__anext__(), BOUND)


async def _models(codex: AsyncCodex) -> None:
    await codex.models()


def test_a_client_whose_loop_is_gone_can_still_be_closed(play: Play) -> None:
    server = play()
    codex = AsyncCodex(server.config())
    asyncio.run(_enter(codex))
    asyncio.run(codex.close())
    server.wait_for(kind="ended")


async def _enter(codex: AsyncCodex) -> None:
    await codex.__aenter__()


async def test_a_turn_that_is_cancelled_when_its_start_timed_out_leaves_nothing(play: Play) -> None:
    server = play(faults.never_answers("turn/start"))
    async with AsyncCodex(server.config(request_timeout=0.1)) as codex:
        with pytest.raises(RequestTimeoutError):
            await (await codex.thread_start()).run("hi")
        assert codex._rpc is not None
        (orphan,) = codex._rpc.driver.session.calls._open.values()
        assert (orphan.is_left, set(orphan.params)) == (True, {"threadId"})


async def test_a_client_that_is_closed_while_it_starts_leaves_nothing(play: Play) -> None:
    server = play(on("initialize", pause("hello"), reply()))
    codex = AsyncCodex(server.config())
    starting = asyncio.create_task(codex.models())
    await saw(server, "hello", kind="paused")
    await codex.close()
    server.release("hello")
    with pytest.raises(ClientClosedError, match="while it started"):
        await starting
    assert codex.process is None
    with pytest.raises(ClientClosedError, match="before it was started"):
        await codex.models()
    await saw(server, kind="ended")


async def test_a_start_refused_for_overload_is_not_repeated_after_its_caller_left(
    play: Play,
) -> None:
    server = play(on("turn/start", pause("gate"), faults.error(-32001, "busy")))
    async with AsyncCodex(server.config()) as codex:
        task = asyncio.create_task(_run(await codex.thread_start()))
        await saw(server, "gate", kind="paused")
        task.cancel()
        server.release("gate")
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, BOUND)
        assert len(server.requests("turn/start")) == 1
        await assert_idle(codex)
