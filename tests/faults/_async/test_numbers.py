"""Point 1: a limit that is no limit is refused by name before anything is sent."""

from __future__ import annotations

import math
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from openai_codex import AsyncCodex, RequestTimeoutError, methods
from openai_codex.testing.fake import ask_command, faults, on, reply, say, turn
from tests.faults.aio import assert_idle
from tests.faults.play import Play

WRONG = [
    (math.nan, ValueError),
    (-1, ValueError),
    (timedelta(seconds=-1), ValueError),
    (True, TypeError),
    ("5", TypeError),
    (Fraction(1, 2), TypeError),
]
NO_LIMIT = [math.inf, 1e18, 10**400, timedelta.max]
LOGIN = {"type": "chatgpt", "loginId": "l1", "authUrl": "http://127.0.0.1:1/"}
NEVER_BEGAN: dict[str, Any] = {
    "turn": {"id": "t1", "items": [], "status": "inProgress", "error": None}
}


@pytest.mark.parametrize(("wrong", "error"), WRONG)
async def test_a_wrong_time_limit_is_refused_before_anything_is_sent(
    play: Play, wrong: Any, error: type[Exception]
) -> None:
    server = play(on("account/login/start", reply(LOGIN)), turn(say("yes")))
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        for name in ("timeout", "idle_timeout"):
            limit: Any = {name: wrong}
            with pytest.raises(error, match=f"{name} must be"):
                await thread.run("hi", **limit)
            with pytest.raises(error, match=f"{name} must be"):
                await thread.turn("hi", **limit)
        with pytest.raises(error, match="timeout must be"):
            await codex.call(methods.model.LIST, {}, timeout=wrong)
        with pytest.raises(error, match="timeout must be"):
            await (await codex.login_chatgpt()).wait(timeout=wrong)
        assert not server.requests("turn/start")
        assert not server.requests("model/list")


@pytest.mark.parametrize(("wrong", "error"), WRONG)
async def test_a_wrong_time_limit_of_a_stream_leaves_its_events_to_the_next_reader(
    play: Play, wrong: Any, error: type[Exception]
) -> None:
    server = play(turn(say("yes")))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        with pytest.raises(error, match="timeout must be"):
            await turn_.run(timeout=wrong)
        with pytest.raises(error, match="timeout must be"):
            async for _ in turn_.stream(timeout=wrong):
                pass
        assert (await turn_.run()).final_response == "yes"
        await assert_idle(codex)


@pytest.mark.parametrize("endless", NO_LIMIT, ids=["inf", "float", "int", "timedelta"])
async def test_infinity_and_more_than_can_be_waited_mean_no_limit(play: Play, endless: Any) -> None:
    server = play(turn(ask_command("ls"), say("yes"), times=2))
    config = server.config(
        request_timeout=endless,
        idle_timeout=endless,
        answer_timeout=endless,
        startup_timeout=endless,
        shutdown_timeout=endless,
        interrupt_timeout=endless,
    )
    async with AsyncCodex(config) as codex:
        await codex.call(methods.model.LIST, {}, timeout=endless)
        thread = await codex.thread_start()
        result = await thread.run("hi", timeout=endless, idle_timeout=endless)
        assert result.final_response == "yes"
        turn_ = await thread.turn("hi", timeout=endless)
        assert (await turn_.run(timeout=endless)).final_response == "yes"


async def test_a_request_that_gets_what_is_left_of_a_limit_names_the_whole_limit(
    play: Play,
) -> None:
    server = play(
        on("turn/start", reply(NEVER_BEGAN)),
        faults.never_answers("turn/interrupt"),
    )
    async with AsyncCodex(server.config(interrupt_timeout=0.2)) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        with pytest.raises(RequestTimeoutError, match=r"turn/interrupt within 0\.2 s") as caught:
            await turn_.interrupt()
        assert caught.value.seconds == 0.2


async def test_a_count_that_its_message_cannot_hold_is_refused_before_it_is_sent(
    play: Play,
) -> None:
    async with AsyncCodex(play().config()) as codex:
        thread = await codex.thread_start()
        with pytest.raises(ValueError, match="columns must be at most 65535"):
            await codex.start_exec(["true"], tty=True, size=(65536, 5))
        with pytest.raises(ValueError, match="rows must be at most 65535"):
            await codex.processes.start(["true"], tty=True, size=(5, 70_000))
        with pytest.raises(ValueError, match="max_output_bytes must be at most"):
            await codex.exec(["true"], max_output_bytes=2**63)
        with pytest.raises(ValueError, match="token_budget must be at most"):
            await thread.goal.set("x", token_budget=10**400)
        with pytest.raises(ValueError, match="limit must be at most 4294967295"):
            await codex.thread_list(limit=2**32)
        with pytest.raises(ValueError, match="page_size must be at most 4294967295"):
            [found async for found in codex.thread_search("x", page_size=2**32)]
        with pytest.raises(ValueError, match="page_size must be at most 4294967295"):
            [past async for past in thread.history(page_size=2**32)]
