"""Point 1: every wait ends, by its result or by a deadline that says what it waited for."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from openai_codex import (
    AppServerConfig,
    AsyncCodex,
    CommandApproval,
    RequestTimeoutError,
    StartupError,
    StartupTimeoutError,
    TurnTimeoutError,
)
from openai_codex.testing.fake import (
    ask_command,
    deltas,
    event,
    faults,
    on,
    pause,
    reply,
    say,
    silent,
    turn,
)
from tests.faults.aio import BOUND, assert_idle, connect, each, nap, saw, start
from tests.faults.play import Play


async def test_a_request_without_a_reply_times_out_and_says_what_was_going_on(play: Play) -> None:
    server = play(on("model/list", faults.drop(), times=1))
    async with AsyncCodex(server.config(request_timeout=0.1)) as codex:
        with pytest.raises(RequestTimeoutError) as caught:
            await codex.models()
        assert isinstance(caught.value, TimeoutError)
        assert (caught.value.method, caught.value.seconds) == ("model/list", 0.1)
        assert (caught.value.last_event, caught.value.alive) == ("reply to initialize", True)
        assert "no reply to model/list within 0.1 s" in str(caught.value)
        await assert_idle(codex)
        await codex.models()


async def test_a_call_takes_a_timeout_of_its_own(play: Play) -> None:
    from openai_codex import methods

    server = play(faults.never_answers("model/list"))
    async with AsyncCodex(server.config()) as codex:
        with pytest.raises(RequestTimeoutError) as caught:
            await codex.call(methods.model.LIST, {}, timeout=0.1)
        assert caught.value.seconds == 0.1


async def test_a_timeout_of_none_waits_until_the_reply_comes(play: Play) -> None:
    server = play(on("model/list", pause("late"), reply(), times=1))
    async with AsyncCodex(server.config(request_timeout=None)) as codex:
        call = start(codex.models)
        await saw(server, "late", kind="paused")
        server.release("late")
        assert (await call.result()).data


async def test_a_reply_that_comes_after_its_caller_gave_up_is_ignored(play: Play) -> None:
    server = play(on("model/list", pause("late"), reply(), times=1))
    async with AsyncCodex(server.config(request_timeout=0.1)) as codex:
        with pytest.raises(RequestTimeoutError):
            await codex.models()
        server.release("late")
        await saw(server, "reply", kind="step")
        assert (await codex.models()).data
        await assert_idle(codex)


async def test_a_runtime_that_never_answers_the_handshake_times_out(play: Play) -> None:
    server = play(faults.never_answers("initialize"))
    with pytest.raises(StartupTimeoutError) as caught:
        await connect(server.config(startup_timeout=0.3))
    error = caught.value
    assert isinstance(error, StartupError)
    assert isinstance(error, RequestTimeoutError)
    assert isinstance(error, TimeoutError)
    assert (error.method, error.alive, error.last_event) == ("initialize", True, None)
    assert error.seconds == 0.3
    await saw(server, kind="ended")


async def test_a_turn_that_is_not_over_in_time_is_interrupted(play: Play) -> None:
    server = play(turn(say("Hel", finish=False), pause()))
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        turn_ = await thread.turn("hi")
        await saw(server, "", kind="paused")
        await codex.models()  # a reply comes after the events: they are all here
        with pytest.raises(TurnTimeoutError) as caught:
            await turn_.run(timeout=0.1)
        error = caught.value
        assert isinstance(error, TimeoutError)
        assert (error.seconds, error.idle, error.alive) == (0.1, False, True)
        assert error.last_event == "item/agentMessage/delta"
        assert error.result is not None
        assert error.result.id == error.turn_id
        assert [item.type for item in error.result.items] == ["userMessage"]
        assert await saw(server, error.turn_id, kind="interrupted")
        await assert_idle(codex)
        assert (await thread.run("again")).final_response == "ok"


async def test_the_timeout_of_turn_bounds_its_stream(play: Play) -> None:
    server = play(turn(pause()))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi", timeout=0.2)
        with pytest.raises(TurnTimeoutError) as caught:
            async for _ in turn_.stream():
                pass
        assert caught.value.seconds == 0.2
        await saw(server, turn_.id, kind="interrupted")


async def test_the_timeout_of_stream_counts_from_there(play: Play) -> None:
    server = play(turn(pause()))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        with pytest.raises(TurnTimeoutError) as caught:
            async for _ in turn_.stream(timeout=0.1):
                pass
        assert caught.value.seconds == 0.1
        await saw(server, turn_.id, kind="interrupted")


async def test_a_turn_that_floods_still_meets_its_deadline(play: Play) -> None:
    server = play(turn(*[deltas(1_000, 10)] * 1_000))
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        with pytest.raises(TurnTimeoutError):
            await thread.run("hi", timeout=0.2)


async def test_a_turn_that_does_not_even_answer_an_interrupt_still_times_out(play: Play) -> None:
    server = play(turn(silent()))
    async with AsyncCodex(server.config(interrupt_timeout=0.2)) as codex:
        thread = await codex.thread_start()
        with pytest.raises(TurnTimeoutError) as caught:
            await thread.run("hi", timeout=0.2)
        assert caught.value.last_event == "item/completed"
        assert server.requests("turn/interrupt")
        assert not codex._rpc.driver.session.calls._open  # type: ignore[union-attr]


async def test_a_turn_that_falls_silent_is_interrupted(play: Play) -> None:
    server = play(turn(say("Hel", finish=False), pause()))
    async with AsyncCodex(server.config(idle_timeout=0.2)) as codex:
        thread = await codex.thread_start()
        with pytest.raises(TurnTimeoutError) as caught:
            await thread.run("hi")
        assert (caught.value.idle, caught.value.seconds) == (True, 0.2)
        assert "sent no event for 0.2 s" in str(caught.value)
        await saw(server, caught.value.turn_id, kind="interrupted")
        await assert_idle(codex)


async def test_any_event_of_the_turn_keeps_the_idle_watchdog_quiet(play: Play) -> None:
    """Also events that `run()` does not keep, such as deltas and methods that nobody knows."""
    beats = [step for _ in range(8) for step in (pause(seconds=0.1), event("some/new/event"))]
    server = play(turn(*beats, say("slow", deltas=8, every=0.1)))
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        result = await thread.run("hi", idle_timeout=0.6)
        assert result.final_response == "slow"
        assert result.duration_ms is not None
        assert result.duration_ms > 1200


async def test_the_idle_timeout_of_a_turn_goes_before_that_of_the_client(play: Play) -> None:
    server = play(turn(pause()))
    async with AsyncCodex(server.config(idle_timeout=60)) as codex:
        with pytest.raises(TurnTimeoutError) as caught:
            await (await codex.thread_start()).run("hi", idle_timeout=0.1)
        assert caught.value.seconds == 0.1


async def test_a_turn_that_ends_as_its_deadline_passes_is_a_result(play: Play) -> None:
    """What came in time counts, however late its reader looks."""
    server = play(turn(say("done")))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi", timeout=0.3)
        await saw(server, "complete", kind="step")
        while turn_._watch.left():
            await codex.models()
        assert (await turn_.run()).final_response == "done"


async def test_a_timeout_counts_the_wait_for_a_place_among_the_requests(play: Play) -> None:
    from openai_codex import methods

    server = play(on("model/list", pause("gate"), reply()))
    async with AsyncCodex(server.config(max_in_flight=1)) as codex:
        first = start(codex.models)
        await saw(server, "gate", kind="paused")
        with pytest.raises(RequestTimeoutError) as caught:
            await codex.call(methods.account.READ, {}, timeout=0.1)
        assert (caught.value.method, caught.value.seconds) == ("account/read", 0.1)
        server.release("gate")
        await first.result()
        assert not server.requests("account/read")
        await assert_idle(codex)


async def test_a_turn_that_waits_for_its_place_meets_its_deadline(play: Play) -> None:
    server = play(on("turn/start", pause("gate"), reply(), times=1))
    async with AsyncCodex(server.config(max_turn_starts=1)) as codex:
        first, second = await codex.thread_start(), await codex.thread_start()
        running = start(first.run, "one")
        await saw(server, "gate", kind="paused")
        with pytest.raises(RequestTimeoutError) as caught:
            await second.run("two", timeout=0.1)
        assert caught.value.method == "turn/start"
        server.release("gate")
        await each([running])
        assert len(server.requests("turn/start")) == 1


async def test_the_idle_watchdog_rests_while_a_question_waits_for_our_answer(play: Play) -> None:
    server = play(turn(ask_command("make"), say("made")))
    async with AsyncCodex(server.config(idle_timeout=0.8)) as codex:
        async with codex.questions() as questions:
            running = start((await codex.thread_start()).run, "hi")
            question = await questions.__anext__()
            assert isinstance(question, CommandApproval)
            await nap(2.0)
            question.accept()
            assert (await running.result()).final_response == "made"
        assert not server.requests("turn/interrupt")


async def test_a_stream_that_times_out_loses_no_event(play: Play) -> None:
    server = play(turn(say("Hello", deltas=5), pause()))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        await saw(server, kind="paused")
        pieces: list[str] = []

        async def read_slowly() -> None:
            async for piece in turn_.stream_text(timeout=0.2):
                pieces.append(piece)
                await nap(0.3)  # longer than it has

        with pytest.raises(TurnTimeoutError):
            await read_slowly()
        pieces += [piece async for piece in turn_.stream_text()]
        assert "".join(pieces) == "Hello"
        await assert_idle(codex)


async def test_a_runtime_that_ignores_its_end_holds_nobody_up_who_starts(tmp_path: Path) -> None:
    deaf = tmp_path / "deaf"
    deaf.write_text("#!/bin/sh\nexec sleep 60\n")
    deaf.chmod(0o755)
    config = AppServerConfig(codex_bin=str(deaf), startup_timeout=0.3, shutdown_timeout=60.0)
    began = time.monotonic()
    with pytest.raises(StartupTimeoutError):
        await AsyncCodex(config).__aenter__()
    assert time.monotonic() - began < BOUND


async def test_events_that_came_together_do_not_outrun_the_deadline(play: Play) -> None:
    server = play(turn(deltas(1_000, 10), pause()))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        await saw(server, "deltas", kind="step")
        await codex.models()  # a reply comes after the deltas: they are all here
        async for note in turn_.stream():
            if note.method == "item/agentMessage/delta":
                break
        seen: list[str] = []

        async def read_slowly() -> None:
            async for note in turn_.stream(timeout=0.05):
                seen.append(note.method)
                await nap(0.06)  # longer than there is time, whatever the machine does

        with pytest.raises(TurnTimeoutError):
            await read_slowly()
        assert len(seen) <= 1


async def test_a_login_that_nobody_completes_meets_its_deadline(play: Play) -> None:
    server = play()
    async with AsyncCodex(server.config()) as codex:
        login = await codex.login_chatgpt()
        with pytest.raises(RequestTimeoutError) as caught:
            await login.wait(timeout=0.05)
        assert (caught.value.method, caught.value.seconds) == ("account/login/completed", 0.05)


async def test_a_call_that_runs_what_it_starts_is_given_an_hour_for_each_minute(play: Play) -> None:
    server = play(
        on("command/exec", pause("late"), reply({"exitCode": 0, "stdout": "", "stderr": ""})),
        on("model/list", faults.drop(), times=1),
    )
    async with AsyncCodex(server.config(request_timeout=0.1)) as codex:
        running = start(codex.exec, ["true"])
        await saw(server, "command/exec")
        with pytest.raises(RequestTimeoutError):  # it was sent later, and is over before
            await codex.models()
        server.release("late")
        assert (await running.result()).exit_code == 0
        assert codex._rpc is not None
        assert codex._rpc.timeout_for("command/exec") == 6.0
        assert codex._rpc.timeout_for("mcpServer/tool/call") == 6.0
        assert codex._rpc.timeout_for("model/list") == 0.1
