"""The login issuer plays ChatGPT for the real runtime, without a network."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError

import pytest

from openai_codex.testing import LoginIssuer, ScriptedModel, browser_port, offline_config
from openai_codex.testing.issuer import PORT_LOCK
from tests.testing.runtime import Message, Runtime

# The runtime's callback for the browser flow is always on port 1455.
browser_flow = pytest.mark.xdist_group("port-1455")


@pytest.fixture
def issuer() -> Iterator[LoginIssuer]:
    with browser_port(), LoginIssuer(email="ada@example.com", plan="plus") as running:
        yield running


@pytest.fixture
def runtime(issuer: LoginIssuer) -> Iterator[Runtime]:
    with ScriptedModel() as model, Runtime(offline_config(model, issuer=issuer)) as running:
        yield running


def completed(runtime: Runtime) -> Message:
    found: Message = runtime.until(
        lambda message: message.get("method") == "account/login/completed"
    )["params"]
    return found


@browser_flow
def test_a_browser_login_succeeds(issuer: LoginIssuer, runtime: Runtime) -> None:
    login = runtime.call("account/login/start", type="chatgpt")
    assert login["authUrl"].startswith(issuer.url)
    issuer.visit(login["authUrl"])
    assert completed(runtime)["success"] is True
    account = runtime.call("account/read")["account"]
    assert account == {"type": "chatgpt", "email": "ada@example.com", "planType": "plus"}


@browser_flow
def test_a_denied_browser_login_fails(issuer: LoginIssuer, runtime: Runtime) -> None:
    issuer.deny()
    login = runtime.call("account/login/start", type="chatgpt")
    page = issuer.visit(login["authUrl"])
    ended = completed(runtime)
    assert ended["success"] is False
    assert "said no" in page + ended["error"]


def test_a_device_code_waits_for_approval(issuer: LoginIssuer, runtime: Runtime) -> None:
    login = runtime.call("account/login/start", type="chatgptDeviceCode")
    assert login["userCode"] == "ABCD-12345"
    issuer.wait_for_request("POST /api/accounts/deviceauth/token")
    issuer.approve()
    assert completed(runtime)["success"] is True
    assert runtime.call("account/read")["account"]["planType"] == "plus"


def test_a_denied_device_code_fails(issuer: LoginIssuer, runtime: Runtime) -> None:
    issuer.deny()
    runtime.call("account/login/start", type="chatgptDeviceCode")
    ended = completed(runtime)
    assert ended["success"] is False
    assert runtime.call("account/read")["account"] is None


def test_an_address_it_does_not_serve_is_not_found(issuer: LoginIssuer) -> None:
    with pytest.raises(HTTPError, match="404"):
        issuer.visit(f"{issuer.url}/nothing")
    assert issuer.requests == ["GET /nothing"]


def test_a_request_that_does_not_come_is_told_with_what_came(issuer: LoginIssuer) -> None:
    with pytest.raises(HTTPError):
        issuer.visit(f"{issuer.url}/nothing")
    issuer.wait_for_request("GET /nothing", timeout=0)
    with pytest.raises(TimeoutError, match=r"^POST /x did not come; came: \['GET /nothing'\]"):
        issuer.wait_for_request("POST /x", timeout=0)


@pytest.mark.skipif(sys.platform == "win32", reason="no lock between processes there")
def test_the_browser_port_is_for_one_at_a_time() -> None:
    import fcntl

    def try_lock() -> None:
        with Path(tempfile.gettempdir(), PORT_LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    with browser_port(), pytest.raises(BlockingIOError):
        try_lock()
