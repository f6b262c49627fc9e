"""The limits of a turn see its events and stop it, also when nobody reads it."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex import AsyncCodex, AsyncThread, AsyncTurnHandle, CodexError, TurnTimeoutError
from openai_codex._async.start import AsyncStart
from openai_codex._core.deadline import NEVER
from openai_codex._turns.limits import Act, Activity, Consult, Interrupt, Limit, Steer, TurnFacts
from openai_codex.testing.fake import ask_command, event, pause, say, turn, usage
from tests.faults.aio import assert_idle, saw, start
from tests.faults.play import Play

USAGE = "thread/tokenUsage/updated"


class OverError(CodexError):
    """Raised to the reader of a turn that these tests' limit stopped."""


class UsageLimit(Limit):
    """Acts at the first report of usage: with each of its acts in turn, then by interrupting."""

    methods = frozenset({USAGE})

    def __init__(self, *acts: Act) -> None:
        self.acts = [*acts, Interrupt()]
        self.outcomes: list[Any] = []
        self.is_over = False

    def see(self, event: Any, *, is_agents: bool) -> None:
        self.is_over = True

    def check(self, activity: Activity) -> Act | None:
        return self.acts.pop(0) if self.is_over else None

    def done(self, act: Act, outcome: Any) -> None:
        self.outcomes.append(outcome)

    def error(self, facts: TurnFacts) -> CodexError:
        return OverError(facts.last_event)


async def limited(thread: AsyncThread, limit: Limit) -> AsyncTurnHandle:
    params = {"threadId": thread.id, "input": [{"type": "text", "text": "hi"}]}
    begun = AsyncStart(thread._rpc, thread.id, params, deadline=NEVER, limits=[limit])
    return (await begun.turn()).watched()


async def test_a_limit_stops_a_turn_that_nobody_reads(play: Play) -> None:
    server = play(turn(usage(), pause()))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await limited(await codex.thread_start(), UsageLimit())
        await saw(server, turn_.id, kind="interrupted")
        await assert_idle(codex)
        with pytest.raises(OverError, match=USAGE):
            await turn_.run()
        assert (await turn_.run()).status.value == "interrupted"


async def test_a_limit_stops_a_turn_that_somebody_reads(play: Play) -> None:
    server = play(turn(usage(), pause()))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await limited(await codex.thread_start(), UsageLimit())
        with pytest.raises(OverError):
            await turn_.run()
        await saw(server, turn_.id, kind="interrupted")


async def test_a_limit_may_steer_and_ask_the_program_before_it_stops(play: Play) -> None:
    server = play(turn(usage(), pause("now"), event("x"), pause()))
    asked: list[Any] = []
    limit = UsageLimit(Steer("finish now"), Consult(asked.append, "more?"))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await limited(await codex.thread_start(), limit)
        await saw(server, turn_.id, kind="interrupted")
        assert asked == ["more?"]
        assert [type(outcome) for outcome in limit.outcomes] == [dict, type(None)]
        (steered,) = server.requests("turn/steer")
        assert steered["input"] == [{"type": "text", "text": "finish now"}]


async def test_a_limit_learns_what_the_program_raised(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_: Any) -> None:
        raise ValueError("no budget today")

    server = play(turn(usage(), pause()))
    limit = UsageLimit(Consult(fails, None))
    async with AsyncCodex(server.config()) as codex:
        await limited(await codex.thread_start(), limit)
        await saw(server, kind="interrupted")
    (outcome,) = limit.outcomes
    assert isinstance(outcome, ValueError)
    assert "no budget today" in caplog.text


async def test_a_limit_that_fails_harms_nobody(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(UsageLimit):
        def see(self, event: Any, *, is_agents: bool) -> None:
            raise ValueError("this limit is broken")

    server = play(turn(usage(), say("done")))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await limited(await codex.thread_start(), Broken())
        assert (await turn_.run()).final_response == "done"
    assert "this limit is broken" in caplog.text


@pytest.mark.parametrize("option", ["timeout", "idle_timeout"])
async def test_a_silent_turn_that_nobody_reads_meets_its_time_limits(
    play: Play, option: str
) -> None:
    server = play(turn(pause()))
    async with AsyncCodex(server.config()) as codex:
        options: dict[str, Any] = {option: 0.2}
        turn_ = await (await codex.thread_start()).turn("hi", **options)
        await saw(server, turn_.id, kind="interrupted")
        with pytest.raises(TurnTimeoutError) as caught:
            await turn_.run()
        assert (caught.value.seconds, caught.value.idle) == (0.2, option == "idle_timeout")
        await assert_idle(codex)


async def test_time_limits_count_again_when_a_reader_leaves(play: Play) -> None:
    server = play(turn(say("Hel", finish=False), pause()))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi", idle_timeout=0.2)
        async for _ in turn_.stream():
            break
        await saw(server, turn_.id, kind="interrupted")


async def test_a_turn_that_nobody_reads_may_wait_for_an_answer(play: Play) -> None:
    server = play(turn(ask_command("make"), say("made")))
    async with AsyncCodex(server.config()) as codex:
        async with codex.questions() as questions:
            turn_ = await (await codex.thread_start()).turn("hi", idle_timeout=0.1)
            question = await questions.__anext__()
            done = start(turn_._box.over.wait, 0.5)
            assert not await done.result()
            question.decline()
            assert (await turn_.run()).final_response == "made"
        assert not server.requests("turn/interrupt")
