"""Which exception an error reply or a failed turn becomes. Pure: data in, exception out."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

from . import errors

if TYPE_CHECKING:
    from ._turns.result import TurnResult

__all__ = [
    "is_too_early",
    "option_error",
    "reset_in",
    "rpc_error",
    "turn_error",
    "turn_in_place",
]

INVALID_REQUEST = -32600

_BY_INFO: dict[str, type[errors.TurnFailedError]] = {
    "usageLimitExceeded": errors.UsageLimitError,
    "contextWindowExceeded": errors.ContextWindowExceededError,
    "unauthorized": errors.UnauthorizedError,
    "badRequest": errors.BadRequestError,
    "serverOverloaded": errors.OverloadedError,
    "rateLimitExceeded": errors.OverloadedError,
    "flexUnavailable": errors.OverloadedError,
    "sandboxError": errors.SandboxFailedError,
    "httpConnectionFailed": errors.StreamDisconnectedError,
    "responseStreamConnectionFailed": errors.StreamDisconnectedError,
    "responseStreamDisconnected": errors.StreamDisconnectedError,
    "responseTooManyFailedAttempts": errors.StreamDisconnectedError,
}

_BY_HTTP_STATUS: dict[int, type[errors.TurnFailedError]] = {
    400: errors.BadRequestError,
    401: errors.UnauthorizedError,
    403: errors.UnauthorizedError,
    429: errors.OverloadedError,
    503: errors.OverloadedError,
}

# The runtime files a broken stream and a 400 under "other"; the message is all there is to tell
# them by. That of a 400 is the service's whole answer, which is data.
_BROKEN_STREAM = "stream disconnected before completion"
_REFUSED = "invalid_request_error"


# The options of ours that are called otherwise on the wire.
_OUR_NAMES = {
    "excludeTurns": "include_turns=",
    "serviceTierForTurn": "turn_service_tier=",
    "toolOutput": "ExternalMessage",
    "turnTrigger": "source=",
}


def option_error(
    method: str, option: str, *, needs: str, runtime: str
) -> errors.UnsupportedByRuntimeError:
    """Return the exception for an option that a runtime would drop without a word."""
    ours = f" ({_OUR_NAMES[option]})" if option in _OUR_NAMES else ""
    error = errors.UnsupportedByRuntimeError(
        INVALID_REQUEST,
        f"codex runtime {runtime} does not know `{option}`{ours}: {needs} or newer is required. "
        "Nothing was sent; use the runtime that belongs to this package, or another "
        "AppServerConfig.codex_bin",
        {"option": option, "needs": needs, "runtime": runtime},
    )
    error.method = method
    return error


# The runtime has no code of its own for a thread that is not there.
_NO_THREAD = (
    "no archived rollout found for thread id",
    "no rollout found for thread id",
    "invalid session id",
    "thread not found",
    "thread not loaded",
)


def rpc_error(
    method: str,
    code: int,
    message: str,
    data: Any,
    *,
    runtime: str = "unknown",
    thread_id: str | None = None,
) -> errors.CodexRpcError:
    """Return the exception for an error reply to `method` by a runtime of version `runtime`.

    `thread_id` is the thread that was asked for.
    """
    if code == -32600 and message.startswith(f"Invalid request: unknown variant `{method}`"):
        error: errors.CodexRpcError = errors.UnsupportedByRuntimeError(
            code,
            f"codex runtime {runtime} does not know this method; use the runtime that belongs to "
            "this package, or another AppServerConfig.codex_bin",
            data,
        )
    elif code == -32600 and message.startswith(_NO_THREAD):
        missing = errors.ThreadNotFoundError(code, message, data)
        missing.thread_id = thread_id
        error = missing
    elif errors.is_overload(data):
        error = errors.ServerBusyError(code, message, data)
    else:
        mapped = errors.map_jsonrpc_error(code, message, data)
        error = (
            mapped
            if isinstance(mapped, errors.CodexRpcError)
            else errors.CodexRpcError(code, message, data)
        )
    error.method = method
    return error


# The runtime refuses to touch a turn that it has not begun yet; it says so in words only.
_NOT_YET = ("no active turn", "expected active turn id")
_IN_PLACE = re.compile(r"expected active turn id \S+ but found `?([0-9a-zA-Z-]+)")


def is_too_early(error: errors.InvalidRequestError) -> bool:
    """Tell whether the runtime refused to touch a turn because it is not the active one (yet)."""
    return error.message.startswith(_NOT_YET)


def turn_in_place(error: errors.InvalidRequestError) -> str | None:
    """Return the turn that runs in place of the one that was meant; None when none does.

    The runtime says so in words alone. What it refused for another reason is raised again.
    """
    found = _IN_PLACE.match(error.message)
    if found is None and not error.message.startswith("no active turn"):
        raise error
    return None if found is None else found[1]


def turn_error(
    result: TurnResult[Any], raw: dict[str, Any] | None, *, resets_at: int | None
) -> errors.TurnFailedError:
    """Return the exception for a failed turn; `raw` is its TurnError as it came."""
    raw = raw or {}
    message = str(raw.get("message") or "the turn failed without saying why")
    details = str(raw.get("additionalDetails") or "")
    text = f"{message} ({details})" if details and details not in message else message
    error = _turn_class(raw.get("codexErrorInfo"), message)(text, result=result)
    if isinstance(error, errors.UsageLimitError):
        # What was reported may be of an earlier window; the message is exact to the minute only.
        moments = (resets_at, reset_in(message))
        error.resets_at = max((each for each in moments if each is not None), default=None)
    return error


def info_of(raw: dict[str, Any] | None) -> Any:
    """Return the codexErrorInfo of a TurnError as it came, or None."""
    return (raw or {}).get("codexErrorInfo")


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# As the runtime writes it: "try again at 2:37 AM" of today, or "at Dec 3rd, 2026 1:37 AM". To some
# plans it offers nothing else, and begins a sentence with it.
_TRY_AGAIN = re.compile(
    rf"[Tt]ry again at (?:({'|'.join(_MONTHS)}) (\d{{1,2}})(?:st|nd|rd|th), (\d{{4}}) )?"
    r"(\d{1,2}):(\d{2}) ([AP])M\b"
)


_DAY = 24 * 3600


def reset_in(message: str, *, now: float | None = None) -> int | None:
    """Return when a usage limit resets as the message says, to the minute; None if it does not.

    The service's answer holds the moment, but the runtime passes on this sentence alone, in local
    time. The result is in unix seconds.
    """
    found = _TRY_AGAIN.search(message)
    if found is None:
        return None
    month, day, year, hour, minute, half = found.groups()
    today = time.localtime(now)
    date = [int(year), _MONTHS.index(month) + 1, int(day)] if month else list(today[:3])
    clock = [int(hour) % 12 + (12 if half == "P" else 0), int(minute), 0]
    try:
        moment = int(time.mktime(time.struct_time((*date, *clock, 0, 0, -1))))
    except (ValueError, OverflowError):
        return None
    if not month and moment < time.mktime(today) - _DAY / 2:
        moment += _DAY  # said just before midnight, and read just after it
    return moment


def _turn_class(info: Any, message: str) -> type[errors.TurnFailedError]:
    if isinstance(info, dict):
        name, body = next(iter(info.items()), ("", None))
        status = body.get("httpStatusCode") if isinstance(body, dict) else None
        by_status = _BY_HTTP_STATUS.get(status) if isinstance(status, int) else None
        return by_status or _BY_INFO.get(name, errors.TurnFailedError)
    if info == "other":
        return _other_class(message)
    return _BY_INFO.get(str(info), errors.TurnFailedError)


def _other_class(message: str) -> type[errors.TurnFailedError]:
    if message.startswith(_BROKEN_STREAM):
        return errors.StreamDisconnectedError
    return errors.BadRequestError if _is_refusal(message) else errors.TurnFailedError


def _is_refusal(message: str) -> bool:
    try:
        answer = json.loads(message)
    except ValueError:
        return False
    error = answer.get("error") if isinstance(answer, dict) else None
    return isinstance(error, dict) and error.get("type") == _REFUSED
