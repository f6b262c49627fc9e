"""Point 5: who leaves a turn behind on purpose stops it; an interrupt works at any moment."""

from __future__ import annotations

import time

import pytest

from openai_codex import (
    AsyncCodex,
    AsyncTurnHandle,
    RequestTimeoutError,
    TurnTimeoutError,
)
from openai_codex.testing.fake import begin, faults, on, pause, reply, say, silent, turn
from tests.faults.aio import assert_idle, each, read, saw, start
from tests.faults.play import Play


async def test_an_interrupt_right_after_the_start_waits_until_the_turn_has_begun(
    play: Play,
) -> None:
    server = play(turn(reply(), pause("begin"), begin(), pause()))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        interrupting = start(turn_.interrupt)
        await saw(server, "begin", kind="paused")
        server.release("begin")
        await interrupting.result()
        assert (await turn_.run()).status == "interrupted"
        assert len(server.requests("turn/interrupt")) == 1
        await assert_idle(codex)


async def test_an_interrupt_that_comes_too_early_is_tried_again(play: Play) -> None:
    server = play(faults.interrupt_too_early(times=3), turn(say("Hel", finish=False), pause()))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        await turn_.interrupt()
        result = await turn_.run()
        assert (result.status, result.error) == ("interrupted", None)
        assert len(server.requests("turn/interrupt")) == 4


async def test_an_interrupt_of_a_turn_that_never_becomes_active_gives_up(play: Play) -> None:
    server = play(faults.interrupt_too_early(times=10_000), turn(pause()))
    async with AsyncCodex(server.config(interrupt_timeout=0.3)) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        with pytest.raises(RequestTimeoutError):
            await turn_.interrupt()


async def test_interrupts_are_idempotent_and_a_repeated_one_waits_for_no_reply(play: Play) -> None:
    """The runtime never answers an interrupt of a turn that is interrupted already."""
    server = play(turn(pause()))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        await saw(server, "", kind="paused")
        before = time.monotonic()
        assert await each([start(turn_.interrupt) for _ in range(5)])
        await turn_.interrupt()
        assert (await turn_.run()).status == "interrupted"
        await turn_.interrupt()
        assert time.monotonic() - before < 1.0
        await assert_idle(codex)


async def test_an_interrupt_of_a_turn_that_is_over_does_nothing(play: Play) -> None:
    server = play()
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        assert (await turn_.run()).status == "completed"
        await turn_.interrupt()
        assert not server.requests("turn/interrupt")


async def test_an_interrupt_that_gets_no_answer_ends_at_its_bound(play: Play) -> None:
    server = play(turn(silent()))
    async with AsyncCodex(server.config(interrupt_timeout=0.2)) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        await saw(server, "silent", kind="paused")
        for _ in range(2):
            with pytest.raises(RequestTimeoutError) as caught:
                await turn_.interrupt()
            assert caught.value.method == "turn/interrupt"
            assert caught.value.alive


async def test_a_turn_that_says_nothing_at_all_can_be_interrupted(play: Play) -> None:
    """Not even `turn/started` comes: the interrupt stops waiting for it, and is sent."""
    server = play(turn(reply(), pause("never"), begin()))
    async with AsyncCodex(server.config(interrupt_timeout=0.2)) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        with pytest.raises(RequestTimeoutError):
            await turn_.interrupt()
        await saw(server, "turn/interrupt")


async def test_an_interrupt_goes_out_in_time_for_its_answer_though_the_turn_begins_late(
    play: Play,
) -> None:
    server = play(
        faults.interrupt_too_early(times=1), turn(reply(), pause("late"), begin(), pause())
    )
    async with AsyncCodex(server.config(interrupt_timeout=3)) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        interrupting = start(turn_.interrupt)
        await saw(server, "turn/interrupt")  # refused, since the turn has not begun
        server.release("late")
        await interrupting.result()
        assert (await turn_.run()).status == "interrupted"


async def test_leaving_the_block_of_a_turn_early_interrupts_it(play: Play) -> None:
    server = play(turn(say("Hel", finish=False), pause()))
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        async with await thread.turn("hi") as turn_:
            await saw(server, "", kind="paused")
        await saw(server, turn_.id, kind="interrupted")
        await assert_idle(codex)
        assert (await thread.run("again")).final_response == "ok"


async def test_an_exception_in_the_block_of_a_turn_interrupts_it_and_goes_on(play: Play) -> None:
    server = play(turn(pause()))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        with pytest.raises(ZeroDivisionError):
            await _divide_in_the_block_of(turn_)
        await saw(server, turn_.id, kind="interrupted")


async def _divide_in_the_block_of(turn_: AsyncTurnHandle) -> None:
    async with turn_:
        _ = 1 / 0


async def test_an_exception_in_the_block_goes_on_though_the_runtime_is_dead(play: Play) -> None:
    server = play(turn(faults.die(1)))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        with pytest.raises(ZeroDivisionError):
            await _divide_in_the_block_of(turn_)


async def test_the_block_of_a_turn_that_is_over_interrupts_nothing(play: Play) -> None:
    server = play()
    async with AsyncCodex(server.config()) as codex:
        async with await (await codex.thread_start()).turn("hi") as turn_:
            await turn_.run()
        assert not server.requests("turn/interrupt")


async def test_leaving_a_stream_early_lets_the_turn_run_on(play: Play) -> None:
    server = play(turn(say("Hel"), pause("gate"), say("Hello")))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        async for note in turn_.stream():
            if note.method == "item/agentMessage/delta":
                break
        server.release("gate")
        assert (await turn_.run()).final_response == "Hello"
        assert not server.requests("turn/interrupt")
        await assert_idle(codex)


async def test_an_interrupted_turn_is_a_result_with_what_there_was(play: Play) -> None:
    server = play(turn(say("first"), say("Hel", finish=False), pause()))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        running = start(turn_.run)
        await saw(server, "", kind="paused")
        await turn_.interrupt()
        result = await running.result()
        assert result.status == "interrupted"
        assert [item.type for item in result.items] == ["userMessage", "agentMessage"]
        assert result.final_response == "first"


async def test_the_thread_works_after_its_turn_was_interrupted(play: Play) -> None:
    server = play(turn(pause()))
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        async with await thread.turn("hi"):
            await saw(server, "", kind="paused")
        assert (await thread.run("again")).final_response == "ok"


async def test_a_turn_that_starts_after_its_caller_gave_up_is_interrupted(play: Play) -> None:
    server = play(
        on("turn/start", pause("late"), reply(), times=1),
        turn(say("costly", finish=False), pause()),
    )
    async with AsyncCodex(server.config(request_timeout=0.1)) as codex:
        thread = await codex.thread_start()
        with pytest.raises(RequestTimeoutError) as caught:
            await thread.run("hi")
        assert caught.value.method == "turn/start"
        server.release("late")
        await saw(server, kind="interrupted")
        assert (await thread.run("again")).final_response == "ok"
        await assert_idle(codex)


async def test_a_late_turn_is_interrupted_though_it_begins_later_still(play: Play) -> None:
    server = play(
        on("turn/start", pause("late"), reply(), times=1),
        faults.interrupt_too_early(times=2),
        turn(pause()),
    )
    async with AsyncCodex(server.config(request_timeout=0.1)) as codex:
        with pytest.raises(RequestTimeoutError):
            await (await codex.thread_start()).run("hi")
        server.release("late")
        await saw(server, kind="interrupted")
        assert len(server.requests("turn/interrupt")) == 3


async def test_a_late_turn_that_a_later_call_has_joined_runs_on(play: Play) -> None:
    """On a busy thread turn/start joins the turn that runs: somebody watches it."""
    server = play(
        on("turn/start", pause("late"), reply(), nth=1),
        on("turn/start", pause("later"), reply(), nth=2),
        turn(pause("work"), say("both")),
    )
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        with pytest.raises((RequestTimeoutError, TurnTimeoutError)):
            await thread.run("one", timeout=0.1)
        second = start(thread.run, "two")
        await saw(server, "later", kind="paused")
        server.release("late")
        await saw(server, "work", kind="paused")
        server.release("later")
        await saw(server, "reply", kind="step", count=3)  # two of them begin the turn
        await codex.models()
        server.release("work")
        assert (await second.result()).final_response == "both"
        assert not server.requests("turn/interrupt")
        await assert_idle(codex)


async def test_a_start_that_is_refused_late_stops_nothing(play: Play) -> None:
    server = play(on("turn/start", pause("late"), faults.error(-32600, "no"), times=1))
    async with AsyncCodex(server.config(request_timeout=0.1)) as codex:
        thread = await codex.thread_start()
        with pytest.raises(RequestTimeoutError):
            await thread.run("hi")
        server.release("late")
        await saw(server, "error", kind="step")
        assert (await thread.run("again")).final_response == "ok"
        assert not server.requests("turn/interrupt")
        await assert_idle(codex)


async def test_two_readers_of_one_stream_do_not_hang(play: Play) -> None:
    server = play(turn(say("Hello", deltas=5), pause("gate")))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi", timeout=20)
        seen: list[str] = []
        running = start(read, turn_, seen)
        await saw(server, "gate", kind="paused")
        server.release("gate")
        await running.result()
        await read(turn_, seen)
        assert seen.count("turn/completed") == 1
