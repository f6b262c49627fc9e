"""Point 6: who is not logged in is told so at the first refusal, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from openai_codex import AppServerConfig, AsyncCodex, UnauthorizedError
from openai_codex.testing import LoginIssuer, fail, offline_config, say
from openai_codex.testing import fake as fake_
from openai_codex.testing.fake import on, reply, retrying, turn
from tests.conftest import SharedModel
from tests.faults.play import Play

REFUSED = {"responseStreamDisconnected": {"httpStatusCode": 401}}


@pytest.fixture
def issuer() -> Iterator[LoginIssuer]:
    with LoginIssuer() as issuer:
        yield issuer


def patient(model: SharedModel, issuer: LoginIssuer, **options: Any) -> AppServerConfig:
    """Return the settings of a runtime that retries for long, as it does unless told otherwise."""
    config = offline_config(model, issuer=issuer, **options)
    overrides = [
        override.replace("stream_max_retries = 0", "stream_max_retries = 100")
        for override in config.config_overrides
    ]
    return replace(config, config_overrides=tuple(overrides))


async def test_a_turn_that_nobody_is_logged_in_for_ends_at_the_first_refusal(
    model: SharedModel, issuer: LoginIssuer
) -> None:
    model.default(fail(status=401))
    config = patient(model, issuer)
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start(ephemeral=True)
        with pytest.raises(UnauthorizedError) as caught:
            await thread.run("hi")
        error, home = caught.value, (config.env or {})["CODEX_HOME"]
        assert (error.account, error.codex_home) == (None, home)
        assert f"nobody is logged in; CODEX_HOME is {home}; call codex.login" in str(error)
        assert error.result.final_response is None
        turn_ = await thread.turn("hi")
        with pytest.raises(UnauthorizedError, match="nobody is logged in"):
            async for _ in turn_.stream():
                pass
    assert len(model.requests) <= 4  # of two turns with a hundred retries each


async def test_keys_that_are_set_and_not_used_are_named(
    model: SharedModel, issuer: LoginIssuer
) -> None:
    model.default(fail(status=401))
    config = patient(model, issuer, env={"OPENAI_API_KEY": "sk-unused-0123456789"})
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start(ephemeral=True)
        with pytest.raises(UnauthorizedError, match="OPENAI_API_KEY is set and not used") as caught:
            await thread.run("hi")
    assert "sk-unused" not in str(caught.value)


async def test_a_refused_api_key_is_named_as_what_is_logged_in(
    model: SharedModel, issuer: LoginIssuer
) -> None:
    model.default(fail(status=401))
    async with AsyncCodex(patient(model, issuer), api_key="sk-wrong-0123456789") as codex:
        thread = await codex.thread_start(ephemeral=True)
        with pytest.raises(UnauthorizedError, match=r"key that Codex\(\) was given") as caught:
            await thread.run("hi")
    assert caught.value.account == "apiKey"
    assert "sk-wrong" not in str(caught.value)


async def test_a_turn_that_fails_without_retries_says_who_is_logged_in(
    model: SharedModel, issuer: LoginIssuer
) -> None:
    model.script(fail(status=401))
    async with AsyncCodex(offline_config(model, issuer=issuer)) as codex:
        thread = await codex.thread_start(ephemeral=True)
        with pytest.raises(UnauthorizedError, match="nobody is logged in") as caught:
            await thread.run("hi")
    assert caught.value.result.status == "failed"


async def test_a_retry_with_a_login_may_help(play: Play) -> None:
    logged_in = {"account": {"type": "chatgpt"}, "requiresOpenaiAuth": True}
    server = play(
        on("account/read", reply(logged_in)), turn(retrying(info=REFUSED), fake_.say("yes"))
    )
    async with AsyncCodex(server.config()) as codex:
        result = await (await codex.thread_start()).run("hi")
        assert result.final_response == "yes"


async def test_a_retry_of_a_provider_that_needs_no_login_goes_on(model: SharedModel) -> None:
    model.script(fail(status=500), say("yes"))
    config = offline_config(model)
    overrides = [
        override.replace("stream_max_retries = 0", "stream_max_retries = 3")
        for override in config.config_overrides
    ]
    async with AsyncCodex(replace(config, config_overrides=tuple(overrides))) as codex:
        result = await (await codex.thread_start(ephemeral=True)).run("hi")
        assert result.final_response == "yes"
