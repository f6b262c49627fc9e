"""Point 2: the death of the runtime reaches everyone at once, with all that is known of it."""

from __future__ import annotations

import pickle
import time
from typing import Any

import pytest

from openai_codex import (
    AsyncCodex,
    ClientClosedError,
    RuntimeNotFoundError,
    ServerBusyError,
    StartupError,
    StartupRefusedError,
    TransportClosedError,
)
from openai_codex.testing.fake import (
    FakeAppServer,
    Step,
    at_byte,
    at_event,
    faults,
    on,
    pause,
    reply,
    say,
    turn,
)
from tests.faults.aio import Running, assert_idle, connect, each, read, saw, start
from tests.faults.play import Play

AT_ONCE = 1.0
"""Seconds within which everyone must know."""


def assert_told_at_once(running: list[Running[Any]], since: float) -> None:
    assert max(one.ended_at for one in running) - since < AT_ONCE


ENDS = [
    pytest.param(faults.die(3, stderr="out of luck\n"), 3, None, "out of luck", id="exit code"),
    pytest.param(faults.die(0), 0, None, "", id="exit code 0"),
    pytest.param(faults.die(signal="SIGKILL"), None, 9, "", id="SIGKILL"),
    pytest.param(faults.die(signal="SIGABRT", stderr="panic\n"), None, 6, "panic", id="SIGABRT"),
    pytest.param(faults.close_stdout(), None, None, "", id="closed stdout"),
]


@pytest.mark.parametrize(("end", "exit_code", "signal", "stderr_tail"), ENDS)
async def test_every_waiter_and_every_stream_learns_how_the_runtime_ended(
    play: Play, end: Step, exit_code: int | None, signal: int | None, stderr_tail: str
) -> None:
    server = play(
        turn(say("one", finish=False), pause("never"), times=None),
        on("model/list", pause("never")),
        on("account/read", pause("now"), end),
    )
    async with AsyncCodex(server.config()) as codex:
        threads = [await codex.thread_start() for _ in range(3)]
        running: list[Running[Any]] = [start(thread.run, "hi") for thread in threads]
        waiting: list[Running[Any]] = [start(codex.models), start(codex.account)]
        await saw(server, "never", kind="paused", count=4)
        await saw(server, "now", kind="paused")
        released = time.monotonic()
        server.release("now")
        for error in await each([*running, *waiting]):
            assert type(error) is TransportClosedError
            assert (error.exit_code, error.signal) == (exit_code, signal)
            assert error.stderr_tail == stderr_tail
        assert_told_at_once([*running, *waiting], released)
        before = time.monotonic()
        with pytest.raises(TransportClosedError) as caught:
            await codex.models()
        assert time.monotonic() - before < AT_ONCE
        assert (caught.value.exit_code, caught.value.signal) == (exit_code, signal)
        with pytest.raises(TransportClosedError):
            await threads[0].run("again")
        await assert_idle(codex)
    await codex.close()


async def test_the_events_that_came_before_the_end_are_read_before_the_error(play: Play) -> None:
    server = play(turn(say("Hel", finish=False), faults.die(1)))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        await saw(server, kind="ended")
        seen: list[str] = []
        with pytest.raises(TransportClosedError):
            await read(turn_, seen)
        assert seen[-1] == "item/agentMessage/delta"
        with pytest.raises(TransportClosedError):
            await turn_.run()


async def test_a_death_in_the_middle_of_a_line_is_a_death(play: Play) -> None:
    server = play(at_byte(2000, faults.die(7)))
    async with AsyncCodex(server.config()) as codex:
        error = await start(_run_for_ever, codex).error()
        assert isinstance(error, TransportClosedError)
        assert error.exit_code == 7


async def _run_for_ever(codex: AsyncCodex) -> None:
    while True:
        await (await codex.thread_start()).run("hi")


async def test_a_death_after_any_event_of_a_turn_ends_its_run(play: Play) -> None:
    """Turn by turn, one event later each time."""
    for count in range(1, 10):
        server = play(turn(at_event(count, faults.die(signal="SIGKILL")), say("Hello", deltas=3)))
        async with AsyncCodex(server.config()) as codex:
            with pytest.raises(TransportClosedError) as caught:
                await (await codex.thread_start()).run("hi")
            assert caught.value.signal == 9
            await assert_idle(codex)


async def test_a_runtime_that_closes_stdin_is_gone_with_the_next_request(play: Play) -> None:
    server = play(on("model/list", faults.close_stdin(), pause("never")))
    async with AsyncCodex(server.config(shutdown_timeout=0.5)) as codex:
        first = start(codex.models)
        await saw(server, "never", kind="paused")
        before = time.monotonic()
        with pytest.raises(TransportClosedError, match="closed its stdin"):
            await codex.account()
        assert type(await first.error()) is TransportClosedError
        assert_told_at_once([first], before)


async def test_a_call_that_queues_behind_others_is_told_too(play: Play) -> None:
    server = play(on("model/list", pause("now"), faults.die(1)))
    async with AsyncCodex(server.config(max_in_flight=1)) as codex:
        calls = [start(codex.models) for _ in range(20)]
        await saw(server, "now", kind="paused")
        released = time.monotonic()
        server.release("now")
        assert {type(error) for error in await each(calls)} == {TransportClosedError}
        assert_told_at_once(calls, released)
        await assert_idle(codex)


async def test_a_call_that_waits_to_try_again_is_told_too(play: Play) -> None:
    """The fifth pause before a retry is of some four seconds."""
    server = play(faults.overloaded("model/list"), on("account/read", pause("now"), faults.die(1)))
    async with AsyncCodex(server.config()) as codex:
        busy = start(codex.models)
        await saw(server, "model/list", count=4)
        asking = start(codex.account)
        await saw(server, "now", kind="paused")
        released = time.monotonic()
        server.release("now")
        error = await busy.error()
        assert isinstance(error, TransportClosedError)
        assert not isinstance(error, ServerBusyError)
        assert_told_at_once([busy], released)
        await each([asking])


async def test_a_login_that_waits_is_told_too(play: Play) -> None:
    login = {"type": "chatgpt", "loginId": "l1", "authUrl": "http://127.0.0.1:1/"}
    server = play(
        on("account/login/start", reply(login)), on("model/list", pause("now"), faults.die(1))
    )
    async with AsyncCodex(server.config()) as codex:
        waiting = start((await codex.login_chatgpt()).wait)
        asking = start(codex.models)
        await saw(server, "now", kind="paused")
        server.release("now")
        assert {type(error) for error in await each([waiting, asking])} == {TransportClosedError}


async def test_a_runtime_that_exits_at_once_says_why(play: Play) -> None:
    server = play(faults.exits_at_once(2, stderr="error: unexpected argument\n"))
    with pytest.raises(StartupError) as caught:
        await connect(server.config())
    assert (caught.value.exit_code, caught.value.signal) == (2, None)
    assert caught.value.stderr_tail == "error: unexpected argument"
    assert "error: unexpected argument" in str(caught.value)


async def test_a_runtime_that_refuses_the_handshake_says_why(play: Play) -> None:
    server = play(faults.refuses("initialize", "Invalid request: go away"))
    with pytest.raises(StartupRefusedError, match="go away") as raised:
        await connect(server.config())
    assert isinstance(raised.value, StartupError)
    assert (raised.value.code, raised.value.method) == (-32600, "initialize")
    assert type(pickle.loads(pickle.dumps(raised.value))) is StartupRefusedError
    await saw(server, kind="ended")


async def test_what_is_not_there_cannot_be_started(play: Play) -> None:
    config = play().config()
    config.launch_args_override = ("/nowhere/codex", "app-server")
    with pytest.raises(RuntimeNotFoundError, match="/nowhere/codex"):
        await connect(config)


async def test_close_is_idempotent_and_what_comes_after_it_is_refused(play: Play) -> None:
    codex = await connect(play().config())
    thread = await codex.thread_start()
    await codex.close()
    await codex.close()
    with pytest.raises(ClientClosedError):
        await codex.models()
    with pytest.raises(ClientClosedError):
        await thread.run("hi")


async def test_close_after_the_death_of_the_runtime_is_quiet(play: Play) -> None:
    server = play(on("model/list", faults.die(1)))
    codex = await connect(server.config())
    with pytest.raises(TransportClosedError):
        await codex.models()
    await codex.close()
    await codex.close()


async def test_close_does_not_mask_the_error_in_flight(play: Play) -> None:
    server: FakeAppServer = play(on("model/list", faults.die(4)))
    with pytest.raises(TransportClosedError) as caught:
        async with AsyncCodex(server.config()) as codex:
            await codex.models()
    assert caught.value.exit_code == 4
    with pytest.raises(ZeroDivisionError):
        async with AsyncCodex(server.config()):
            _ = 1 / 0


async def test_close_from_elsewhere_ends_a_run_that_waits(play: Play) -> None:
    server = play(turn(pause("never")), on("model/list", pause("never")))
    codex = await connect(server.config())
    running = start((await codex.thread_start()).run, "hi")
    asking = start(codex.models)
    await saw(server, "never", kind="paused", count=2)
    before = time.monotonic()
    await codex.close()
    assert [type(error) for error in await each([running, asking])] == [ClientClosedError] * 2
    assert_told_at_once([running, asking], before)


async def test_everyone_may_close_at_once(play: Play) -> None:
    server = play(turn(pause("never")))
    codex = await connect(server.config())
    running = start((await codex.thread_start()).run, "hi")
    await saw(server, "never", kind="paused")
    closing: list[Running[Any]] = [start(codex.close) for _ in range(5)]
    assert await each(closing) == [None] * 5
    assert isinstance(await running.error(), ClientClosedError)
