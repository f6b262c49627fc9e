"""A turn whose credentials are refused: it ends at once, and its error says who is logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._turns.credentials import Login, is_refusal
from ..errors import CodexError, UnauthorizedError

if TYPE_CHECKING:
    from .._turns.result import TurnResult
    from .rpc import AsyncRpc

__all__ = ["explain", "refused"]


async def refused(rpc: AsyncRpc, error: Any, result: TurnResult[Any]) -> UnauthorizedError | None:
    """Return the error of a turn that retries in vain, None where a retry may help.

    `error` is what the runtime retries after, as it came.
    """
    login = await _login(rpc)
    is_vain = login is not None and (
        login.is_missing or (is_refusal(error) and not login.may_recover)
    )
    if login is None or not is_vain:
        return None
    details = error.get("additionalDetails") or error.get("message") or "the runtime retries"
    return _explained(UnauthorizedError(str(details), result=result), login)


async def explain(rpc: AsyncRpc, error: UnauthorizedError) -> UnauthorizedError:
    """Return the error with who is logged in, as far as the runtime says so."""
    login = await _login(rpc)
    return error if login is None else _explained(error, login)


def _explained(error: UnauthorizedError, login: Login) -> UnauthorizedError:
    fresh = UnauthorizedError(f"{error.args[0]}; {login.advice()}", result=error.result)
    fresh.account, fresh.codex_home = login.kind, login.home
    return fresh


async def _login(rpc: AsyncRpc) -> Login | None:
    """Ask who is logged in (account/read); None when there is no answer in time."""
    params = {"refreshToken": False}
    try:
        reply = await rpc.request("account/read", params, timeout=rpc.config.interrupt_timeout)
    except CodexError:
        return None
    home = rpc.server_info.get("codexHome")
    config = rpc.config
    is_given = config.api_key is not None
    return Login.of(reply, home=home, keys=config._keys_in_environment(), is_given=is_given)
