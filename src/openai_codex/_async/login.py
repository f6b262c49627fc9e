"""A login under way: where the user must go, and waiting until they have been there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._core.messages import Closed
from .._drivers.aio import Mailbox
from ..deadline import Deadline
from ..errors import RequestTimeoutError
from ..redaction import redact

if TYPE_CHECKING:
    from ..types import AccountLoginCompletedNotification, CancelLoginAccountResponse
    from .rpc import AsyncRpc

__all__ = ["START", "AsyncChatgptLoginHandle", "AsyncDeviceCodeLoginHandle", "start_login"]

START = "account/login/start"


async def start_login(rpc: AsyncRpc, kind: str) -> tuple[dict[str, Any], Mailbox]:
    """Begin a login (account/login/start); returns the reply and where its end will be put."""
    box = Mailbox()
    return await rpc.request(START, {"type": kind}, events=box), box


class _AsyncLogin:
    """What both logins share: `login_id`, `wait`, `cancel`."""

    def __init__(self, rpc: AsyncRpc, login_id: str, box: Mailbox) -> None:
        self.login_id = login_id
        self._rpc = rpc
        self._box = box
        self._done: Any = None

    async def wait(self, *, timeout: float | None = None) -> AccountLoginCompletedNotification:
        """Wait until the user has logged in, or has not (`success`, `error`).

        `timeout` is in seconds, None waits for ever. Raises RequestTimeoutError,
        TransportClosedError.
        """
        deadline = Deadline(timeout)
        while self._done is None:
            self._done = self._box.pop()
            if self._done is None:
                self._raise_if_over(deadline)
                await self._box.wait(deadline.left())
        if isinstance(self._done, Closed):
            raise self._done.fresh_cause()
        payload: AccountLoginCompletedNotification = self._done.payload
        return payload

    async def cancel(self) -> CancelLoginAccountResponse:
        """Give the login up (account/login/cancel); who waits for it is told so."""
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
    """Hold a browser login: send the user to `auth_url`, then `wait()`."""

    def __init__(self, rpc: AsyncRpc, login_id: str, box: Mailbox, auth_url: str) -> None:
        super().__init__(rpc, login_id, box)
        self.auth_url = auth_url

    def __repr__(self) -> str:
        url = redact(self.auth_url)
        return f"{type(self).__name__}(login_id={self.login_id!r}, auth_url={url!r})"


class AsyncDeviceCodeLoginHandle(_AsyncLogin):
    """Hold a login from another device: show `verification_url` and `user_code`, then `wait()`."""

    def __init__(
        self, rpc: AsyncRpc, login_id: str, box: Mailbox, verification_url: str, user_code: str
    ) -> None:
        super().__init__(rpc, login_id, box)
        self.verification_url = verification_url
        self.user_code = user_code

    def __repr__(self) -> str:
        url = redact(self.verification_url)
        return f"{type(self).__name__}(login_id={self.login_id!r}, verification_url={url!r})"
