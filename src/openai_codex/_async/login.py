"""A login under way: where the user must go, and waiting until they have been there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._checks import checked_seconds
from .._core.deadline import Deadline
from .._core.messages import Closed
from .._drivers.aio import Mailbox
from .._safe_text import safe_repr
from ..errors import RequestTimeoutError

if TYPE_CHECKING:
    from datetime import timedelta

    from ..types import AccountLoginCompletedNotification, CancelLoginAccountResponse
    from .rpc import AsyncRpc

__all__ = [
    "START",
    "AsyncChatgptLoginHandle",
    "AsyncDeviceCodeLoginHandle",
    "log_in_with_key",
    "start_login",
]

START = "account/login/start"


async def start_login(rpc: AsyncRpc, kind: str) -> tuple[dict[str, Any], Mailbox]:
    """Begin a login (account/login/start); returns the reply and where its end will be put."""
    box = Mailbox()
    # With a box for its events: a login may be over before its reply comes.
    return await rpc.request(START, {"type": kind}, events=box), box


async def log_in_with_key(rpc: AsyncRpc, key: str) -> None:
    """Log in with an API key (account/login/start)."""
    await rpc.request(START, {"type": "apiKey", "apiKey": key})


class _AsyncLogin:
    """What both logins share: `login_id`, `wait`, `cancel`."""

    def __init__(self, rpc: AsyncRpc, login_id: str, box: Mailbox) -> None:
        self.login_id = login_id
        self._rpc = rpc
        self._box = box
        self._done: Any = None

    async def wait(
        self, *, timeout: float | timedelta | None = None
    ) -> AccountLoginCompletedNotification:
        """Wait until the user has logged in, or has not (`success`, `error`).

        `timeout` is in seconds, None waits for ever. Raises RequestTimeoutError,
        TransportClosedError.
        """
        deadline = Deadline(checked_seconds("timeout", timeout))
        while self._done is None:
            # Kept: a second `wait` gets the same outcome, since the box had it once.
            self._done = self._box.pop()
            if self._done is None:
                self._raise_if_over(deadline)
                await self._box.wait(deadline.left())
        if isinstance(self._done, Closed):
            raise self._done.fresh_cause()
        payload: AccountLoginCompletedNotification = self._done.payload
        return payload

    async def cancel(self) -> CancelLoginAccountResponse:
        """Cancel the login (account/login/cancel); a waiting `wait` returns that."""
        from .. import methods

        return await self._rpc.call(methods.account.LOGIN_CANCEL, {"loginId": self.login_id})

    def _raise_if_over(self, deadline: Deadline) -> None:
        if deadline.is_over:
            raise RequestTimeoutError(
                method="account/login/completed",
                seconds=deadline.seconds or 0.0,
                **self._rpc.signs_of_life(),
            )


class AsyncChatgptLoginHandle(_AsyncLogin):
    """A browser login: send the user to `auth_url`, then `wait()`."""

    def __init__(self, rpc: AsyncRpc, login_id: str, box: Mailbox, auth_url: str) -> None:
        super().__init__(rpc, login_id, box)
        self.auth_url = auth_url

    def __repr__(self) -> str:
        shown = f"login_id={safe_repr(self.login_id)}, auth_url={safe_repr(self.auth_url)}"
        return f"{type(self).__name__}({shown})"


class AsyncDeviceCodeLoginHandle(_AsyncLogin):
    """A login from another device: show `verification_url` and `user_code`, then `wait()`."""

    def __init__(
        self, rpc: AsyncRpc, login_id: str, box: Mailbox, verification_url: str, user_code: str
    ) -> None:
        super().__init__(rpc, login_id, box)
        self.verification_url = verification_url
        self.user_code = user_code

    def __repr__(self) -> str:
        url = safe_repr(self.verification_url)
        return f"{type(self).__name__}(login_id={safe_repr(self.login_id)}, verification_url={url})"
