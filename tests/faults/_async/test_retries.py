"""A turn that cannot reach its model: every retry is logged, and it does not retry for ever."""

from __future__ import annotations

import logging
import socket
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from openai_codex import AppServerConfig, AsyncCodex, ModelUnreachableError, TurnTimeoutError
from openai_codex.testing import offline_config
from openai_codex.testing.fake import event, on, pause, reply, say, turn
from tests.conftest import SharedModel
from tests.faults.aio import assert_idle, saw
from tests.faults.play import Play

WHY = "Connection failed: no route to host"
RETRY = event(
    "error",
    {
        "willRetry": True,
        "error": {
            "message": "Reconnecting... waiting for network",
            "codexErrorInfo": {"responseStreamDisconnected": {"httpStatusCode": None}},
            "additionalDetails": WHY,
        },
    },
)
KNOWN = on("account/read", reply({"account": None, "requiresOpenaiAuth": False}), times=None)


def nowhere(model: SharedModel, **options: Any) -> AppServerConfig:
    """Return the settings of a runtime whose model does not listen, and which retries for ever."""
    config = offline_config(model, **options)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    given = [
        override.replace(model.base_url.removesuffix("/v1"), f"http://127.0.0.1:{port}").replace(
            "unbounded_connection_retries=false", "unbounded_connection_retries=true"
        )
        for override in config.config_overrides
    ]
    return replace(config, config_overrides=tuple(given))


async def test_a_model_that_cannot_be_reached_ends_the_turn_by_name(
    model: SharedModel, caplog: pytest.LogCaptureFixture
) -> None:
    async with AsyncCodex(nowhere(model, connect_timeout=0.2)) as codex:
        thread = await codex.thread_start(ephemeral=True)
        with caplog.at_level(logging.WARNING), pytest.raises(ModelUnreachableError) as caught:
            await thread.run("hi")
    error = caught.value
    assert error.provider == "scripted"
    assert (error.url or "").startswith("http://127.0.0.1:")
    assert "Connection failed" in str(error)
    assert error.retries >= 1
    told = [note.getMessage() for note in caplog.records if note.name == "openai_codex.turns"]
    assert "tries again (1): Connection failed" in told[0]


async def test_a_retry_is_told_of_once_however_many_handles_the_turn_has(
    model: SharedModel, caplog: pytest.LogCaptureFixture
) -> None:
    retries = 0
    async with AsyncCodex(nowhere(model, connect_timeout=0.2)) as codex:
        thread = await codex.thread_start(ephemeral=True)
        with caplog.at_level(logging.WARNING):
            first = await thread.turn("one")
            second = await thread.turn("two")
            with suppress(ModelUnreachableError):
                async for each in first.stream():
                    retries += each.method == "error"
            with pytest.raises(ModelUnreachableError):
                await second.run()
    told = [note.getMessage() for note in caplog.records if note.name == "openai_codex.turns"]
    assert 1 <= len([text for text in told if "tries again" in text]) <= retries


@pytest.mark.parametrize("place", ["client", "thread", "turn"])
async def test_the_limit_may_be_given_for_the_client_a_thread_or_a_turn(
    play: Play, place: str
) -> None:
    server = play(KNOWN, turn(RETRY, pause()))
    seconds = {place: 0.1}
    async with AsyncCodex(server.config(connect_timeout=seconds.get("client", 60))) as codex:
        thread = await codex.thread_start(connect_timeout=seconds.get("thread"))
        with pytest.raises(ModelUnreachableError, match=WHY) as caught:
            await thread.run("hi", connect_timeout=seconds.get("turn"))
        assert (caught.value.seconds, caught.value.retries) == (0.1, 1)
        await assert_idle(codex)


async def test_a_turn_that_nobody_reads_does_not_retry_for_ever(play: Play) -> None:
    server = play(KNOWN, turn(RETRY, pause()))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi", connect_timeout=0.1)
        await saw(server, turn_.id, kind="interrupted")
        with pytest.raises(ModelUnreachableError):
            await turn_.run()


async def test_a_model_that_is_reached_after_all_answers(play: Play) -> None:
    server = play(KNOWN, turn(RETRY, RETRY, say("Hello")))
    async with AsyncCodex(server.config(connect_timeout=30)) as codex:
        result = await (await codex.thread_start()).run("hi", connect_timeout=float("inf"))
        assert result.final_response == "Hello"


async def test_retries_are_no_sign_of_life_and_their_cause_is_quoted(play: Play) -> None:
    server = play(KNOWN, turn(RETRY, pause()))
    async with AsyncCodex(server.config(idle_timeout=0.2)) as codex:
        with pytest.raises(TurnTimeoutError, match=f"last error: {WHY}") as caught:
            await (await codex.thread_start()).run("hi")
        assert (caught.value.idle, caught.value.last_error) == (True, WHY)
