"""Which calls open a route for the events of what they start, and under which key. Data, and pure.

To let another method open one: one row in the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import CodexError
from .messages import Params, Reply
from .routes import Key, login_key, turn_key

__all__ = ["key_opened", "prefix_of"]


@dataclass(frozen=True, slots=True)
class _Opener:
    """How a call opens a route: the first parts of its key, then the whole key from its result."""

    prefix: Callable[[Params], Key]
    key: Callable[[Params, Any], Key]


def _turn_prefix(params: Params) -> Key:
    return ("turn", str(params.get("threadId")))


def _turn_key(params: Params, result: Any) -> Key:
    # By the thread that was asked for: the reply names the turn and no thread.
    return turn_key(str(params.get("threadId")), str(result["turn"]["id"]))


def _review_prefix(params: Params) -> Key:
    return ("turn",)  # a detached review runs in a thread that only its reply names


def _review_key(params: Params, result: Any) -> Key:
    return turn_key(str(result["reviewThreadId"]), str(result["turn"]["id"]))


def _login_prefix(params: Params) -> Key:
    # Nothing names a login before its reply, which may come after its end.
    return ("login",)


def _login_key(params: Params, result: Any) -> Key:
    return login_key(str(result["loginId"]))


_OPENERS = {
    "turn/start": _Opener(_turn_prefix, _turn_key),
    "thread/queue/start": _Opener(_turn_prefix, _turn_key),
    "review/start": _Opener(_review_prefix, _review_key),
    "account/login/start": _Opener(_login_prefix, _login_key),
}


def prefix_of(method: str, params: Params) -> Key:
    """Return all that is known of a key before the reply comes."""
    return _OPENERS[method].prefix(params)


def key_opened(method: str, params: Params, reply: Reply) -> Key | None:
    """Return the key that a reply names, or None when it names none, or is not even JSON."""
    try:
        return _OPENERS[method].key(params, reply.result)
    except (KeyError, TypeError, CodexError):  # its caller finds that as well, and says so
        return None
