"""Point 9: memory stays bounded, whatever is read or not."""

from __future__ import annotations

import gc

import pytest

from openai_codex import AsyncCodex, Handlers, StreamOverflowError
from openai_codex._core.turnbox import TurnBox
from openai_codex.testing.fake import ask_command, deltas, faults, on, pause, reply, say, turn
from tests.faults.aio import assert_idle, read, saw, start
from tests.faults.leftovers import resident_bytes
from tests.faults.play import Play

MEGABYTE = 1024 * 1024


async def test_unread_events_over_their_bound_end_that_stream_alone(play: Play) -> None:
    server = play(
        turn(deltas(2_000, 1_000), pause("gate"), when="flood"),
        turn(say("Hel"), pause("gate"), say("Hello"), when="calm"),
    )
    async with AsyncCodex(server.config(max_unread_bytes=MEGABYTE)) as codex:
        calm = start((await codex.thread_start()).run, "calm")
        unread = await (await codex.thread_start()).turn("flood")
        await saw(server, "deltas", kind="step")
        await codex.models()
        seen: list[str] = []
        with pytest.raises(StreamOverflowError) as caught:
            await read(unread, seen)
        assert caught.value.limit == MEGABYTE
        assert "max_unread_bytes" in str(caught.value)
        with pytest.raises(StreamOverflowError):
            await unread.run()
        server.release("gate")
        assert (await calm.result()).final_response == "Hello"
        assert (await (await codex.thread_start()).run("more")).final_response == "ok"
        await assert_idle(codex)


async def test_a_turn_whose_stream_overflowed_can_still_be_interrupted(play: Play) -> None:
    server = play(turn(deltas(2_000, 1_000), pause()))
    async with AsyncCodex(server.config(max_unread_bytes=MEGABYTE)) as codex:
        async with await (await codex.thread_start()).turn("hi") as turn_:
            await saw(server, "deltas", kind="step")
            await codex.models()
        await saw(server, turn_.id, kind="interrupted")


async def test_run_needs_no_room_for_deltas(play: Play) -> None:
    server = play(turn(deltas(3_000, 1_000, finish=False), say("done")))
    async with AsyncCodex(server.config(max_unread_bytes=MEGABYTE)) as codex:
        assert (await (await codex.thread_start()).run("hi")).final_response == "done"


async def test_notifications_that_nobody_reads_are_not_kept(play: Play) -> None:
    note = {"message": "x" * 1_000}
    server = play(on("model/list", faults.flood(20_000, params=note), reply()))
    async with AsyncCodex(server.config()) as codex:
        await codex.models()
        before = resident_bytes()
        for _ in range(3):
            await codex.models()
        assert resident_bytes() - before < 10 * MEGABYTE
        assert codex._rpc is not None
        assert codex._rpc.driver.session.routes.dropped >= 80_000


async def test_turns_that_nobody_reads_are_dropped_with_their_handles(play: Play) -> None:
    server = play(turn(deltas(1_000, 1_000), times=None), keep_records=1_000)
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        before = _boxes()
        await _forget_turns(codex, thread.id, 30)
        assert _boxes() <= before + 1
        await assert_idle(codex)


def _boxes() -> int:
    gc.collect()
    return sum(type(thing) is TurnBox for thing in gc.get_objects())


async def _forget_turns(codex: AsyncCodex, thread_id: str, count: int) -> None:
    thread = await codex.thread_resume(thread_id)
    for _ in range(count):
        turn_ = await thread.turn("hi")
        await turn_._box.over.wait(30)


async def test_1000_sequential_turns_take_no_room(play: Play) -> None:
    server = play(keep_records=1_000)
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start(ephemeral=True)
        for _ in range(200):
            await thread.run("hi")
        before = resident_bytes()
        for _ in range(1_000):
            assert (await thread.run("hi")).final_response == "ok"
        assert resident_bytes() - before < 10 * MEGABYTE
        await assert_idle(codex)


async def test_turns_that_time_out_take_no_room_either(play: Play) -> None:
    server = play(turn(pause(), times=None))
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        for _ in range(20):
            with pytest.raises(TimeoutError):
                await thread.run("hi", timeout=0.01)
        await assert_idle(codex)


async def test_a_run_that_overflows_stops_its_turn(play: Play) -> None:
    server = play(turn(deltas(2_000, 1_000), pause()))
    async with AsyncCodex(server.config(max_unread_bytes=MEGABYTE)) as codex:

        async def slow(_: object) -> None:
            await saw(server, "deltas", kind="step")

        with pytest.raises(StreamOverflowError, match="without on_event"):
            await (await codex.thread_start()).run("hi", on_event=slow)
        await saw(server, kind="interrupted")
        await assert_idle(codex)


async def test_questions_that_are_answered_take_no_room(play: Play) -> None:
    server = play(turn(*[ask_command("ls")] * 5))
    async with AsyncCodex(server.config(), handlers=Handlers(approve=lambda _: True)) as codex:
        assert (await (await codex.thread_start()).run("hi")).status == "completed"
        assert len(server.answers) == 5
        assert codex._inbox._open == {}


async def test_the_handlers_of_a_thread_that_is_archived_are_forgotten(play: Play) -> None:
    server = play(turn(ask_command("ls"), times=2))
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start(handlers=Handlers(approve=lambda _: True))
        await thread.run("hi")
        await codex.thread_archive(thread.id)
        await codex.thread_unarchive(thread.id)
        await (await codex.thread_resume(thread.id)).run("hi")
        decisions = [answer["result"]["decision"] for answer in server.answers]
        assert decisions == ["accept", "decline"]
