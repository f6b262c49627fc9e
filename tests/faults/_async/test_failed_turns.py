"""Point 6: a failed turn raises what callers branch on, and carries all that there was of it."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex import (
    AsyncCodex,
    BadRequestError,
    CodexError,
    ContextWindowExceededError,
    OverloadedError,
    Sandbox,
    SandboxFailedError,
    StreamDisconnectedError,
    TurnFailedError,
    UnauthorizedError,
    UsageLimitError,
    is_retryable_error,
)
from openai_codex.testing import cut, fail, offline_config, run_command, say, usage
from openai_codex.testing import fake as fake_
from openai_codex.testing.fake import retrying, turn
from tests.conftest import SharedModel
from tests.faults.play import Play

FULL = {
    "x-codex-primary-used-percent": "100",
    "x-codex-primary-window-minutes": "300",
    "x-codex-primary-reset-at": "1800000123",
}
USAGE_LIMIT = fail(status=429, code="usage_limit_reached", headers=FULL)

REAL: list[Any] = [
    pytest.param(USAGE_LIMIT, UsageLimitError, id="usage limit"),
    pytest.param(fail(code="insufficient_quota"), UsageLimitError, id="quota"),
    pytest.param(fail(code="context_length_exceeded"), ContextWindowExceededError, id="context"),
    pytest.param(fail(status=401), UnauthorizedError, id="401"),
    pytest.param(fail(status=403), UnauthorizedError, id="403"),
    pytest.param(fail(status=400, code="invalid_request_error"), BadRequestError, id="400"),
    pytest.param(fail(status=503, code="server_is_overloaded"), OverloadedError, id="503"),
    pytest.param(fail(status=429, code="slow_down"), OverloadedError, id="429"),
    pytest.param(fail(code="rate_limit_exceeded"), OverloadedError, id="rate limit"),
    pytest.param(cut(), StreamDisconnectedError, id="a cut connection"),
    pytest.param(cut(clean=True), StreamDisconnectedError, id="an end without completion"),
    pytest.param(fail(status=500, code="x"), TurnFailedError, id="500"),
    pytest.param(fail(code="cyber_policy"), TurnFailedError, id="anything else"),
]


async def test_each_failure_of_the_real_runtime_has_its_class(model: SharedModel) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        for case in REAL:
            step, expected = case.values
            thread = await codex.thread_start(ephemeral=True)
            model.script(step, thread=thread.id)
            with pytest.raises(TurnFailedError) as caught:
                await thread.run("hi")
            error = caught.value
            assert type(error) is expected, case.id
            assert isinstance(error, CodexError)
            assert isinstance(error, RuntimeError)
            assert error.result.status == "failed"
            assert [item.type for item in error.result.items] == ["userMessage"]
            assert error.error is not None
            assert error.info is not None
            assert is_retryable_error(error) is (expected is OverloadedError)


async def test_a_full_context_is_not_counted_as_used(model: SharedModel) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start(ephemeral=True, sandbox=Sandbox.full_access)
        overflow = fail(code="context_length_exceeded")
        model.script(usage(input=100, output=10), run_command("true"), overflow)
        with pytest.raises(ContextWindowExceededError) as caught:
            await thread.run("hi")
    used = caught.value.result.turn_usage
    assert used is not None
    assert (used.input_tokens, used.output_tokens, used.total_tokens) == (100, 10, 110)


async def test_a_usage_limit_tells_when_it_resets(model: SharedModel) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start(ephemeral=True)
        model.script(USAGE_LIMIT)
        with pytest.raises(UsageLimitError) as caught:
            await thread.run("hi")
        assert caught.value.resets_at == 1800000123


async def test_a_thread_goes_on_after_a_failed_turn(model: SharedModel) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start(ephemeral=True)
        model.script(fail(status=500, code="x"))
        with pytest.raises(TurnFailedError):
            await thread.run("hi")
        model.script(say("fine"))
        assert (await thread.run("again")).final_response == "fine"


INFOS: list[Any] = [
    pytest.param("usageLimitExceeded", UsageLimitError),
    pytest.param("contextWindowExceeded", ContextWindowExceededError),
    pytest.param("unauthorized", UnauthorizedError),
    pytest.param("badRequest", BadRequestError),
    pytest.param("serverOverloaded", OverloadedError),
    pytest.param("rateLimitExceeded", OverloadedError),
    pytest.param("flexUnavailable", OverloadedError),
    pytest.param("sandboxError", SandboxFailedError),
    pytest.param({"httpConnectionFailed": {"httpStatusCode": None}}, StreamDisconnectedError),
    pytest.param({"httpConnectionFailed": {"httpStatusCode": 401}}, UnauthorizedError),
    pytest.param({"httpConnectionFailed": {"httpStatusCode": 400}}, BadRequestError),
    pytest.param({"responseStreamConnectionFailed": {"httpStatusCode": 503}}, OverloadedError),
    pytest.param({"responseStreamDisconnected": {"httpStatusCode": None}}, StreamDisconnectedError),
    pytest.param({"responseTooManyFailedAttempts": {"httpStatusCode": 429}}, OverloadedError),
    pytest.param("cyberPolicy", TurnFailedError),
    pytest.param("aReasonOfTomorrow", TurnFailedError),
    pytest.param({"aShapeOfTomorrow": {"x": 1}}, TurnFailedError),
    pytest.param(None, TurnFailedError),
]


async def test_each_codex_error_info_has_its_class(play: Play) -> None:
    rules = [turn(fake_.say("half"), fake_.fail("no", info=case.values[0])) for case in INFOS]
    async with AsyncCodex(play(*rules).config()) as codex:
        thread = await codex.thread_start()
        for case in INFOS:
            info, expected = case.values
            with pytest.raises(TurnFailedError) as caught:
                await thread.run("hi")
            assert type(caught.value) is expected, info
            assert str(caught.value).partition(";")[0] == "no"  # who is logged in may follow
            result = caught.value.result
            assert (result.final_response, result.status) == ("half", "failed")
            assert [item.type for item in result.items] == ["userMessage", "agentMessage"]


async def test_a_failed_turn_carries_its_usage(play: Play) -> None:
    server = play(turn(fake_.usage(input=70, output=7), fake_.fail("no", details="because")))
    async with AsyncCodex(server.config()) as codex:
        with pytest.raises(TurnFailedError, match=r"no \(because\)") as caught:
            await (await codex.thread_start()).run("hi")
        usage = caught.value.result.usage
        assert usage is not None
        assert (usage.total.input_tokens, usage.total.output_tokens) == (70, 7)


async def test_an_error_that_will_be_retried_is_progress(play: Play) -> None:
    server = play(turn(retrying("Reconnecting... 1/5"), retrying(), fake_.say("Hello")))
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        seen = [note async for note in turn_.stream()]
        result = await turn_.run()
        assert [note.method for note in seen].count("error") == 2
        assert (result.status, result.error) == ("completed", None)
        assert result.final_response == "Hello"


async def test_a_usage_limit_resets_when_the_window_that_is_full_does(play: Play) -> None:
    windows = {
        "primary": {"usedPercent": 40, "resetsAt": 1800000001},
        "secondary": {"usedPercent": 100, "resetsAt": 1800000002},
    }
    full = fake_.notify("account/rateLimits/updated", {"rateLimits": windows})
    server = play(turn(full, fake_.fail("no more", info="usageLimitExceeded")))
    async with AsyncCodex(server.config()) as codex:
        with pytest.raises(UsageLimitError) as caught:
            await (await codex.thread_start()).run("hi")
        assert caught.value.resets_at == 1800000002
