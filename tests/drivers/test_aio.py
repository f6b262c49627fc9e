"""What only loops do wrong: other loops, cancelled waits, closed loops, forgotten clients."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from openai_codex._core.messages import Closed, encode_answer
from openai_codex._drivers.aio import Driver, Latch, Mailbox, run_handler, run_in_background
from openai_codex._drivers.aio.alarm import Alarm, alarm_of
from openai_codex._drivers.process.platform import Platform
from openai_codex._drivers.settlement import Settlement
from openai_codex.errors import ClientClosedError, HandlerTimeoutError, WrongLoopError
from tests.drivers import children
from tests.drivers._async.harness import AsyncHarness, received
from tests.drivers.children import on_every_platform

MakePlatform = Callable[[], Platform]


def in_another_thread(work: Callable[[], Any]) -> Any:
    """Return what `work` returns on a thread of its own, while the loop here goes on."""
    return asyncio.get_running_loop().run_in_executor(None, work)


class Owner:
    """Stands for the connection that owns a driver."""


async def test_another_loop_is_refused_before_anything_is_sent() -> None:
    async with AsyncHarness(children.Posix) as child:

        async def use() -> None:
            child.tell("echo")

        async def tell() -> None:
            child.driver.notify("initialized", None)

        async def queue_up() -> None:
            child.driver.locked(lambda session: session)

        for work in (use, tell, queue_up):
            with pytest.raises(WrongLoopError, match="another event loop"):
                await in_another_thread(lambda work=work: asyncio.run(work()))  # type: ignore[misc]
        assert await child.ask("echo", n=1) == {"n": 1}


@on_every_platform
async def test_closing_from_another_loop_ends_it_and_wakes_the_waiters_here(
    platform: MakePlatform,
) -> None:
    async with AsyncHarness(platform) as child:
        waiting = child.tell("ask")
        await received(child.questions)
        await in_another_thread(lambda: asyncio.run(child.driver.close(5.0)))
        assert isinstance((await received(waiting)).cause, ClientClosedError)
        process = child.process
        assert await in_another_thread(lambda: process.wait(children.SOON))


@on_every_platform
def test_a_client_outlives_its_loop_until_it_is_collected(platform: MakePlatform) -> None:
    child = AsyncHarness(platform)
    asyncio.run(child.start(children.CAT))
    process = child.process
    assert process.is_alive
    owner = Owner()
    child.driver.abandon_with(owner, 5.0)
    del owner
    gc.collect()
    assert process.returncode == 0


@on_every_platform
async def test_collecting_a_client_never_blocks_its_loop(platform: MakePlatform) -> None:
    child = AsyncHarness(platform)
    await child.start(children.launch())
    await child.ask("ignore_term")
    process = child.process
    owner = Owner()
    child.driver.abandon_with(owner, 8.0)
    began = time.monotonic()
    del owner
    gc.collect()
    assert time.monotonic() - began < 4.0  # what the first rung alone takes
    assert await in_another_thread(lambda: process.wait(children.SOON))


async def test_a_cancelled_close_can_be_repeated() -> None:
    child = AsyncHarness(children.Posix)
    await child.start(children.launch())
    await child.ask("ignore_eof")
    closing = asyncio.ensure_future(child.driver.close(60.0))
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    await child.driver.close(0.5)
    process = child.process
    assert not process.is_alive


async def test_a_cancelled_wait_leaves_no_waiter_and_no_timer() -> None:
    box, latch = Mailbox(), Latch()
    for work in (box.wait(60.0), latch.wait(60.0)):
        task = asyncio.ensure_future(work)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert box._waiters == latch._waiters == ()
    assert not alarm_of(asyncio.get_running_loop())._due
    box.put("kept")
    assert box.pop() == "kept"


async def test_a_waiter_is_woken_when_its_own_time_is_over() -> None:
    times = (0.06, 0.02, 60.0, 0.04)
    boxes = [Mailbox() for _ in times]
    over: list[float] = []

    async def wait(box: Mailbox, seconds: float) -> None:
        if not await box.wait(seconds):
            over.append(seconds)

    tasks = [
        asyncio.ensure_future(wait(box, seconds)) for box, seconds in zip(boxes, times, strict=True)
    ]
    await asyncio.gather(tasks[0], tasks[1], tasks[3])
    assert over == [0.02, 0.04, 0.06]
    boxes[2].put("woken")
    await tasks[2]
    assert len(over) == 3


async def test_many_waits_share_few_timers() -> None:
    loop = asyncio.get_running_loop()
    alarm, futures = Alarm(), [loop.create_future() for _ in range(100)]
    for seconds, future in enumerate(futures):
        alarm.set(loop, future, 60.0 + seconds)
    assert len(alarm._timers) == 1
    alarm.set(loop, futures[50], 0.0)
    await futures[50]
    assert len(alarm._timers) == 1
    assert sum(future.done() for future in futures) == 1


async def test_a_loop_that_ended_leaves_no_alarm() -> None:
    def wait_on_another_loop() -> weakref.ref[asyncio.AbstractEventLoop]:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(asyncio.wait_for(Mailbox().wait(0.01), 60.0))
        loop.close()
        return weakref.ref(loop)

    gone = await in_another_thread(wait_on_another_loop)
    gc.collect()
    assert gone() is None


async def test_no_thread_and_no_task_per_client() -> None:
    threads, tasks = set(threading.enumerate()), asyncio.all_tasks()
    async with AsyncHarness(children.Posix) as child:
        await child.ask("echo")
        assert set(threading.enumerate()) == threads
        assert asyncio.all_tasks() == tasks


async def test_work_in_the_background_is_kept_until_it_is_done() -> None:
    begun, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await go_on.wait()
        done.set()

    run_in_background(work)
    await begun.wait()
    gc.collect()
    go_on.set()
    await asyncio.wait_for(done.wait(), children.SOON)


async def test_a_loop_that_is_closed_while_threads_read_is_no_trouble() -> None:
    def live_and_leave() -> Driver:
        child = AsyncHarness(children.ThreadsOnly)
        asyncio.run(child.start(children.launch()))
        process = child.process
        process.kill()
        assert process.wait(children.SOON)
        return child.driver

    before = set(threading.enumerate())
    driver = await in_another_thread(live_and_leave)
    await driver.close(5.0)
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith("codex-"):
            thread.join(children.SOON)
            assert not thread.is_alive()


async def test_everyone_waits_on_one_client_at_once() -> None:
    async with AsyncHarness(children.Posix) as child:

        async def ask(number: int) -> Any:
            return await child.ask("echo", n=number)

        answers = await asyncio.gather(*map(ask, range(200)))
        assert answers == [{"n": number} for number in range(200)]
        words = [child.tell("echo") for _ in range(3)]
        child.tell("exit", code=3)
        for box in words:
            await received(box)
        assert isinstance(await received(child.questions), Closed)


async def test_a_settled_question_cancels_its_handler() -> None:
    settled, begun, cancelled = Settlement(), asyncio.Event(), asyncio.Event()

    async def handler(question: str) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    answering = asyncio.ensure_future(run_handler(handler, "q", seconds=None, settled=settled))
    await asyncio.wait_for(begun.wait(), children.SOON)
    settled.settle("resolved elsewhere")
    assert await asyncio.wait_for(answering, children.SOON) is None
    assert cancelled.is_set()


@pytest.mark.parametrize("seconds", [0.01, None])
async def test_a_handler_ends_with_its_time_or_with_the_task_that_waits_for_it(
    seconds: float | None,
) -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def handler(question: str) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    answering = asyncio.ensure_future(run_handler(handler, "q", seconds=seconds, settled=None))
    await asyncio.wait_for(begun.wait(), children.SOON)
    if seconds is None:
        answering.cancel()
    with pytest.raises((asyncio.CancelledError, HandlerTimeoutError)):
        await answering
    await asyncio.wait_for(cancelled.wait(), children.SOON)


async def test_an_awaitable_that_a_plain_handler_returns_is_awaited() -> None:
    async def later() -> str:
        return "later"

    assert await run_handler(lambda _: later(), "q", seconds=None, settled=None) == "later"


async def test_a_handlers_thread_sees_the_callers_context() -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name")
    name.set("mine")
    assert await run_handler(lambda _: name.get(), "q", seconds=None, settled=None) == "mine"


async def test_an_answer_from_another_thread_is_sent_at_home() -> None:
    async with AsyncHarness(children.Posix) as child:
        reply = child.tell("ask")
        await received(child.questions)
        assert await in_another_thread(
            lambda: child.driver.answer(7, encode_answer(7, {"from": "a thread"}))
        )
        assert (await received(reply)).result == {"id": 7, "result": {"from": "a thread"}}


def test_an_answer_after_the_loop_is_closed_is_no_answer() -> None:
    child = AsyncHarness(children.Posix)
    asyncio.run(child.start(children.CAT))
    assert not child.driver.answer(0, encode_answer(0, {}))
    assert not child.driver.refuse(0, code=-32603, message="late")
    asyncio.run(child.driver.close(5.0))
