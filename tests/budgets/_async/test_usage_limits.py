"""At a usage limit a client raises, or waits until it resets and goes on: the real runtime."""

from __future__ import annotations

import functools
import logging
import os
import signal
import time
from typing import Any

import pytest

from openai_codex import (
    AppServerConfig,
    AsyncCodex,
    Restart,
    TransportClosedError,
    UsageLimitError,
)
from openai_codex._async.usage_limits import AsyncUsageLimits
from openai_codex._core.deadline import NEVER
from openai_codex._turns.collector import TurnCollector
from openai_codex.testing import ScriptedModel, fail, say
from tests.budgets.aio import at_once


def limited(model: ScriptedModel, *, resets_in: float) -> None:
    """Script a refusal for a usage limit that resets after so many seconds."""
    body = {"type": "usage_limit_reached", "plan_type": "pro"}
    model.script(
        fail(
            status=429,
            code="usage_limit_reached",
            details={**body, "resets_at": int(time.time() + resets_in)},
        )
    )


async def test_a_usage_limit_raises_unless_told_otherwise(
    config: AppServerConfig, model: ScriptedModel
) -> None:
    limited(model, resets_in=3600)
    async with AsyncCodex(config) as codex:
        with pytest.raises(UsageLimitError) as caught:
            await (await codex.thread_start()).run("go")
    assert caught.value.resets_at is not None
    assert caught.value.resets_at > time.time()


async def test_waiting_goes_on_when_the_limit_resets_and_says_nothing_twice(
    config: AppServerConfig, model: ScriptedModel, caplog: pytest.LogCaptureFixture
) -> None:
    limited(model, resets_in=1)
    model.script(say("after all"))
    heard: list[UsageLimitError] = []
    with caplog.at_level(logging.WARNING, "openai_codex.limits"):
        async with AsyncCodex(config, on_usage_limit="wait", on_wait=heard.append) as codex:
            result = await (await codex.thread_start()).run("go on this")
    assert result.final_response == "after all"
    assert len(heard) == 1
    assert [each.name for each in caplog.records].count("openai_codex.limits") == 1
    said = str(model.requests[-1].body["input"])
    assert said.count("go on this") == 1


async def test_the_whole_client_pauses_and_each_turn_starts_once(
    config: AppServerConfig, model: ScriptedModel
) -> None:
    limited(model, resets_in=2)
    limited(model, resets_in=2)
    for number in range(3):
        model.script(say(str(number)))
    heard: list[Any] = []
    async with AsyncCodex(config, on_usage_limit="wait", on_wait=heard.append) as codex:
        threads = [await codex.thread_start() for _ in range(3)]
        calls = [functools.partial(thread.run, "go") for thread in threads[:2]]
        results = await at_once(calls)
        late = await threads[2].run("go")
    said = {str(each.final_response) for each in (*results, late)}
    assert said == set("012")
    assert len(heard) <= 2
    assert len(model.requests) == 5


async def test_a_wait_longer_than_allowed_raises_at_once(
    config: AppServerConfig, model: ScriptedModel
) -> None:
    limited(model, resets_in=3600)
    began = time.monotonic()
    async with AsyncCodex(config, on_usage_limit="wait", max_wait=60) as codex:
        with pytest.raises(UsageLimitError):
            await (await codex.thread_start()).run("go")
    assert time.monotonic() - began < 50


async def test_a_service_that_refuses_again_is_asked_less_and_less_often(
    config: AppServerConfig, model: ScriptedModel, caplog: pytest.LogCaptureFixture
) -> None:
    """The runtime tells of resets by the minute: the time may have come, and the limit holds."""
    gone = int(time.time()) - 120
    model.default(
        lambda request: fail(status=429, code="usage_limit_reached", details={"resets_at": gone})
    )
    heard: list[UsageLimitError] = []
    with caplog.at_level(logging.WARNING, "openai_codex.limits"):
        async with AsyncCodex(
            config, on_usage_limit="wait", max_wait=4, on_wait=heard.append
        ) as codex:
            with pytest.raises(UsageLimitError):
                await (await codex.thread_start()).run("go")
    assert len(model.requests) == 3  # at once, after one second and after two more
    assert len(heard) == 1
    assert [each.name for each in caplog.records].count("openai_codex.limits") == 1


async def test_a_service_that_refuses_for_ever_is_asked_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    error = UsageLimitError("limited", result=TurnCollector("t1").result())
    error.resets_at = 0
    now = time.time()
    limits = AsyncUsageLimits("wait", None, None)
    patience = limits.patience(None, NEVER)
    patience._tries = 5000
    connection: Any = None  # which `gate` alone has to do with
    monkeypatch.setattr(patience, "gate", no_gate)
    assert await patience.outlast(connection, error)
    assert now + 60 <= limits._until <= time.time() + 60


async def no_gate(connection: Any) -> None:
    """Wait for nothing."""


async def test_a_call_does_not_wait_for_what_comes_after_its_time(
    config: AppServerConfig, model: ScriptedModel
) -> None:
    limited(model, resets_in=600)
    async with AsyncCodex(config, on_usage_limit="wait") as codex:
        thread = await codex.thread_start()
        with pytest.raises(UsageLimitError) as caught:
            await thread.run("go", timeout=60)
        # While another call waits, one with less time is told so, and sends nothing.
        limits = codex._spending.usage_limits
        limits.error, limits._until = caught.value, time.time() + 500
        for call in (thread.run, thread.turn):
            with pytest.raises(UsageLimitError) as again:
                await call("go", timeout=400)
            assert again.value.resets_at == caught.value.resets_at
            assert again.value is not caught.value
    assert len(model.requests) == 1


async def test_a_runtime_that_dies_meanwhile_comes_back_and_the_wait_goes_on(
    config: AppServerConfig, model: ScriptedModel
) -> None:
    model.script(say("before"))
    model.script(say("after all"))
    async with AsyncCodex(config, on_usage_limit="wait", restart=Restart()) as codex:
        thread = await codex.thread_start()
        await thread.run("go")
        assert codex.process is not None
        dead = codex.process.pid
        # The runtime tells of resets by the minute, for which no test should wait.
        codex._spending.usage_limits._until = until = time.time() + 3
        os.kill(dead, signal.SIGKILL)
        assert (await thread.run("go on this")).final_response == "after all"
        assert time.time() >= until
        assert codex.process.pid != dead
    assert str(model.requests[-1].body["input"]).count("go on this") == 1


async def test_a_runtime_that_dies_meanwhile_ends_the_wait(
    config: AppServerConfig, model: ScriptedModel
) -> None:
    limited(model, resets_in=3600)
    pids: list[int] = []

    def kill(error: UsageLimitError) -> None:
        os.kill(pids[0], signal.SIGKILL)

    async with AsyncCodex(config, on_usage_limit="wait", on_wait=kill) as codex:
        thread = await codex.thread_start()
        assert codex.process is not None
        pids.append(codex.process.pid)
        with pytest.raises(TransportClosedError) as caught:
            await thread.run("go")
        assert caught.value.signal == signal.SIGKILL
        with pytest.raises(TransportClosedError):
            await thread.run("go")


async def test_one_call_may_wait_by_itself(config: AppServerConfig, model: ScriptedModel) -> None:
    limited(model, resets_in=1)
    model.script(say("after all"))
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start()
        assert (await thread.run("go", on_usage_limit="wait")).final_response == "after all"


async def test_what_cannot_be_is_refused(config: AppServerConfig) -> None:
    wrong: Any = "sleep"
    with pytest.raises(ValueError, match="on_usage_limit"):
        AsyncCodex(config, on_usage_limit=wrong)
    with pytest.raises(ValueError, match="max_wait"):
        AsyncCodex(config, max_wait=-1)
    wrong = 5
    with pytest.raises(TypeError, match="on_wait"):
        AsyncCodex(config, on_wait=wrong)
