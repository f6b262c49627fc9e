"""Who is logged in: by API key, by browser, by device code; and logged out again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio

from openai_codex import FROM_ENVIRONMENT, AppServerConfig, AsyncCodex, RequestTimeoutError
from openai_codex.testing import LoginIssuer, browser_port, offline_config, say
from openai_codex.types import (
    AccountLoginCompletedNotification,
    CancelLoginAccountStatus,
    ChatgptAccount,
    PlanType,
)
from tests.api._async.reached import visited
from tests.conftest import SharedModel

# The runtime's callback listens on one port of the machine: these tests go one after the other.
pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),  # async only
    pytest.mark.xdist_group("port-1455"),
]


@pytest.fixture
def issuer() -> Iterator[LoginIssuer]:
    with browser_port(), LoginIssuer(email="ada@example.com", plan="plus") as issuer:
        yield issuer


@pytest_asyncio.fixture(loop_scope="session")  # async only
# sync: @pytest.fixture
async def codex(model: SharedModel, issuer: LoginIssuer) -> AsyncIterator[AsyncCodex]:
    """A client of its own, with nobody logged in."""
    async with AsyncCodex(offline_config(model, issuer=issuer)) as codex:
        yield codex


async def test_nobody_is_logged_in_at_first(codex: AsyncCodex) -> None:
    told = await codex.account()
    assert told.account is None
    assert told.requires_openai_auth


async def test_an_api_key_logs_in_and_logout_out(codex: AsyncCodex) -> None:
    await codex.login_api_key("sk-test-0123456789")
    account = (await codex.account(refresh_token=True)).account
    assert account is not None
    assert account.root.type == "apiKey"
    await codex.logout()
    assert (await codex.account()).account is None


@pytest.mark.parametrize("key", ["", " ", "sk-a b", "sk-a\n", "sk-ä", None, 5])
async def test_what_cannot_be_an_api_key_is_refused_and_not_shown(
    codex: AsyncCodex, key: Any
) -> None:
    with pytest.raises((ValueError, TypeError), match="api_key must") as caught:
        await codex.login_api_key(key)
    assert "sk-" not in str(caught.value)
    if key is not None:
        with pytest.raises((ValueError, TypeError), match=r"AppServerConfig\.api_key") as caught:
            AppServerConfig(api_key=key)
        assert "sk-" not in str(caught.value)
    assert (await codex.account()).account is None


KEY = "sk-test-9876543210"


def holds_key(folder: str) -> list[Path]:
    files = [path for path in Path(folder).rglob("*") if path.is_file()]
    return [path for path in files if KEY.encode() in path.read_bytes()]


async def test_an_api_key_of_the_client_is_kept_in_memory(
    model: SharedModel, issuer: LoginIssuer
) -> None:
    config = offline_config(model, issuer=issuer)
    home = (config.env or {})["CODEX_HOME"]
    model.script(say("yes"))
    async with AsyncCodex(config, api_key=KEY) as codex:
        account = (await codex.account()).account
        assert account is not None
        assert account.type == "apiKey"
        assert (await (await codex.thread_start()).run("hi")).final_response == "yes"
        assert KEY not in repr(codex)
        assert KEY not in repr(codex.process)
    assert model.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert holds_key(home) == []
    async with AsyncCodex(config) as codex:
        assert (await codex.account()).account is None


async def test_an_api_key_in_memory_leaves_a_stored_login_alone(
    model: SharedModel, issuer: LoginIssuer
) -> None:
    config = offline_config(model, issuer=issuer)
    async with AsyncCodex(config) as codex:
        await codex.login_api_key("sk-stored-0123456789")
    model.script(say("yes"))
    async with AsyncCodex(replace(config, api_key=KEY)) as codex:
        await (await codex.thread_start()).run("hi")
        await codex.logout()
    assert model.requests[0].headers["authorization"] == f"Bearer {KEY}"
    async with AsyncCodex(config) as codex:
        account = (await codex.account()).account
        assert account is not None


@pytest.mark.parametrize(
    "variables",
    [{"OPENAI_API_KEY": KEY}, {"CODEX_API_KEY": KEY, "OPENAI_API_KEY": "sk-other"}],
)
async def test_an_api_key_is_taken_from_the_environment_when_asked_for(
    model: SharedModel, issuer: LoginIssuer, variables: dict[str, str]
) -> None:
    config = offline_config(model, issuer=issuer, env=variables)
    async with AsyncCodex(config) as codex:
        assert (await codex.account()).account is None
    model.script(say("yes"))
    async with AsyncCodex(config, api_key=FROM_ENVIRONMENT) as codex:
        await (await codex.thread_start()).run("hi")
    assert model.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert holds_key((config.env or {})["CODEX_HOME"]) == []


async def test_an_environment_without_a_key_is_refused_by_name(
    model: SharedModel, issuer: LoginIssuer
) -> None:
    config = offline_config(model, issuer=issuer)
    with pytest.raises(ValueError, match="neither of CODEX_API_KEY and OPENAI_API_KEY is set"):
        async with AsyncCodex(config, api_key=FROM_ENVIRONMENT):
            pass


async def test_a_browser_login_completes_when_the_user_has_been_there(
    codex: AsyncCodex, issuer: LoginIssuer
) -> None:
    login = await codex.login_chatgpt()
    assert login.login_id
    assert login.auth_url.startswith(issuer.url)
    await visited(issuer, login.auth_url)
    done = await login.wait(timeout=30)
    assert isinstance(done, AccountLoginCompletedNotification)
    assert (done.login_id, done.success, done.error) == (login.login_id, True, None)
    account = (await codex.account()).account
    assert isinstance(account, ChatgptAccount)
    assert (account.email, account.plan_type) == ("ada@example.com", PlanType.plus)
    assert await login.wait() == done


async def test_a_browser_login_that_is_denied_says_so(
    codex: AsyncCodex, issuer: LoginIssuer
) -> None:
    issuer.deny()
    login = await codex.login_chatgpt()
    await visited(issuer, login.auth_url)
    done = await login.wait(timeout=30)
    assert not done.success
    assert done.error is not None


async def test_a_browser_login_can_be_given_up(codex: AsyncCodex) -> None:
    login = await codex.login_chatgpt()
    assert (await login.cancel()).status is CancelLoginAccountStatus.canceled
    assert not (await login.wait(timeout=30)).success


async def test_a_device_code_login_waits_for_the_other_device(
    codex: AsyncCodex, issuer: LoginIssuer
) -> None:
    login = await codex.login_chatgpt_device_code()
    assert login.user_code == "ABCD-12345"
    assert login.verification_url.startswith(issuer.url)
    with pytest.raises(RequestTimeoutError):
        await login.wait(timeout=0.0)
    issuer.approve()
    assert (await login.wait(timeout=30)).success
    assert isinstance((await codex.account()).account, ChatgptAccount)


async def test_a_device_code_login_can_be_given_up(codex: AsyncCodex) -> None:
    login = await codex.login_chatgpt_device_code()
    assert (await login.cancel()).status is CancelLoginAccountStatus.canceled
    assert not (await login.wait(timeout=30)).success


async def test_the_code_of_a_login_does_not_show_in_its_repr(codex: AsyncCodex) -> None:
    login = await codex.login_chatgpt_device_code()
    assert login.user_code not in repr(login)
    assert login.login_id in repr(login)
    await login.cancel()


async def test_the_secrets_of_a_link_do_not_show_in_its_repr(codex: AsyncCodex) -> None:
    login = await codex.login_chatgpt()
    state = parse_qs(urlsplit(login.auth_url).query)["state"][0]
    assert state not in repr(login)
    assert login.login_id in repr(login)
    await login.cancel()
