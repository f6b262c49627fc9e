"""`LoginIssuer`: a ChatGPT login service on loopback, for the browser and the device-code flow.

It plays the service and the person in front of the browser. It checks no credentials: it has none.
The runtime's callback for the browser flow listens on port 1455, always: `browser_port` keeps tests
that run at the same time from cancelling each other's login.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from .._checks import checked_seconds
from .loopback import Exchange, HttpRequest, LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from typing_extensions import Self

PORT_LOCK = "codex-login-port-1455.lock"
USER_CODE = "ABCD-12345"
TOKEN_SECONDS = 3600
AUTH_CLAIM = "https://api.openai.com/auth"


@contextmanager
def browser_port() -> Iterator[None]:
    """Wait for port 1455 and have it for this block, among all processes of this machine.

    Begin it before the runtime. On Windows it does not wait: run such tests one by one.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with Path(tempfile.gettempdir(), PORT_LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released when the file closes, also by a crash
        yield


class LoginIssuer:
    """Server for ChatGPT logins on loopback; an argument of `offline_config(model, issuer=issuer)`.

    A device code stays pending until `approve` or `deny`; a browser that comes before either is
    approved. `plan` is the plan of the account that logs in.
    """

    def __init__(
        self, *, email: str = "dev@example.com", plan: str = "pro", account_id: str = "acc-1"
    ) -> None:
        self.email = email
        self.plan = plan
        self.account_id = account_id
        self._server: LoopbackServer | None = None
        self._changed = threading.Condition()  # guards _approved and _requests
        self._approved: bool | None = None
        self._requests: list[str] = []

    def start(self) -> Self:
        """Listen on an ephemeral port of 127.0.0.1."""
        if self._server is None:
            self._server = LoopbackServer(self._handle, name="login-issuer")
        return self

    def close(self) -> None:
        """Drop what is open and join every thread; idempotent."""
        if self._server is not None:
            self._server.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The issuer's address; raises `ValueError` before `start`."""
        if self._server is None:
            raise ValueError("the issuer is not running: use `with LoginIssuer() as issuer:`")
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def env(self) -> dict[str, str]:
        """The variables that send the runtime here."""
        return {
            "CODEX_APP_SERVER_LOGIN_ISSUER": self.url,
            "CODEX_APP_SERVER_CHATGPT_BASE_URL": f"{self.url}/backend-api",
            "CODEX_REFRESH_TOKEN_URL_OVERRIDE": f"{self.url}/oauth/token",
        }

    @property
    def config(self) -> dict[str, object]:
        """The settings that send the runtime here."""
        return {"chatgpt_base_url": f"{self.url}/backend-api"}

    @property
    def requests(self) -> list[str]:
        """What was asked so far, as `METHOD /path`."""
        with self._changed:
            return list(self._requests)

    def approve(self) -> None:
        """Let the person say yes, now and from now on."""
        self._decide(True)

    def deny(self) -> None:
        """Let the person say no, now and from now on."""
        self._decide(False)

    def visit(self, auth_url: str, *, timeout: float | timedelta | None = 30.0) -> str:
        """Open the login's `auth_url` as a browser would and return the page that it ends at.

        Raises `urllib.error.HTTPError` when that page is an error.
        """
        from urllib.request import ProxyHandler, build_opener

        browser = build_opener(ProxyHandler({}))
        with browser.open(auth_url, timeout=checked_seconds("timeout", timeout)) as page:
            text: str = page.read().decode()
        return text

    def wait_for_request(self, request: str, *, timeout: float | timedelta | None = 30.0) -> None:
        """Block until `METHOD /path` was asked; raises `TimeoutError` that shows what came."""
        bound = checked_seconds("timeout", timeout)
        with self._changed:
            if not self._changed.wait_for(lambda: request in self._requests, bound):
                raise TimeoutError(f"{request} did not come; came: {self._requests}")

    def tokens(self) -> dict[str, str]:
        """Make the tokens of the account; unsigned, since nobody checks."""
        account = {"chatgpt_plan_type": self.plan, "chatgpt_account_id": self.account_id}
        expires = int(time.time()) + TOKEN_SECONDS
        token = _unsigned_jwt({"email": self.email, "exp": expires, AUTH_CLAIM: account})
        return {"id_token": token, "access_token": token, "refresh_token": "refresh-1"}

    def _decide(self, approved: bool) -> None:
        with self._changed:
            self._approved = approved

    def _handle(self, request: HttpRequest, exchange: Exchange) -> None:
        path, _, query = request.path.partition("?")
        asked = f"{request.method} {path}"
        with self._changed:
            self._requests.append(asked)
            approved = self._approved
            self._changed.notify_all()
        answer = ANSWERS.get(asked, _unknown)
        answer(self, exchange, query, approved)


def _authorize(issuer: LoginIssuer, exchange: Exchange, query: str, approved: bool | None) -> None:
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    told = {"state": asked["state"], "code": "code-1"}
    if approved is False:
        denial = {"error": "access_denied", "error_description": "The user said no"}
        told = {"state": asked["state"], **denial}
    back = f"{asked['redirect_uri']}?{urlencode(told)}"
    exchange.respond(302, "", headers={"location": back})


def _user_code(issuer: LoginIssuer, exchange: Exchange, *_: object) -> None:
    told = {"device_auth_id": "device-1", "user_code": USER_CODE, "interval": "1"}
    exchange.respond(200, told)


def _device_token(
    issuer: LoginIssuer, exchange: Exchange, query: str, approved: bool | None
) -> None:
    if approved:
        names = ("authorization_code", "code_challenge", "code_verifier")
        exchange.respond(200, {name: f"{name}-1" for name in names})
    elif approved is None:
        exchange.respond(403, {"error": "authorization_pending"})
    else:
        exchange.respond(400, {"error": "access_denied"})


def _tokens(issuer: LoginIssuer, exchange: Exchange, *_: object) -> None:
    exchange.respond(200, issuer.tokens())


def _accounts(issuer: LoginIssuer, exchange: Exchange, *_: object) -> None:
    account = {
        "id": issuer.account_id,
        "plan_type": issuer.plan,
        "structure": "personal",
        # The runtime wants an https origin here, and one of the few override values that it knows.
        "workspace_backend_origin": f"https://{urlsplit(issuer.url).netloc}",
        "account_routing_override": "us",
    }
    exchange.respond(200, {"accounts": [account], "account_ordering": [issuer.account_id]})


def _usage(issuer: LoginIssuer, exchange: Exchange, *_: object) -> None:
    exchange.respond(200, {"plan_type": issuer.plan})


def _revoke(issuer: LoginIssuer, exchange: Exchange, *_: object) -> None:
    exchange.respond(200, {})


def _unknown(issuer: LoginIssuer, exchange: Exchange, *_: object) -> None:
    exchange.respond(404, {"error": "the scripted issuer does not serve this"})


ANSWERS: Mapping[str, Callable[[LoginIssuer, Exchange, str, bool | None], None]] = {
    "GET /oauth/authorize": _authorize,
    "POST /api/accounts/deviceauth/usercode": _user_code,
    "POST /api/accounts/deviceauth/token": _device_token,
    "POST /oauth/token": _tokens,
    "POST /oauth/revoke": _revoke,
    "GET /backend-api/wham/accounts/check": _accounts,
    "GET /backend-api/wham/usage": _usage,
}


def _unsigned_jwt(claims: Mapping[str, Any]) -> str:
    parts = (json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, claims))
    head, body = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    return f"{head}.{body}.c2ln"  # where a signature would be
