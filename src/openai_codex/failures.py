"""Which exception an error reply or a failed turn becomes. Pure: data in, exception out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from . import errors

if TYPE_CHECKING:
    from .result import TurnResult

__all__ = ["is_overload", "is_too_early", "rpc_error", "turn_error"]

_BY_CODE: dict[int, type[errors.CodexRpcError]] = {
    -32700: errors.ParseError,
    -32600: errors.InvalidRequestError,
    -32601: errors.MethodNotFoundError,
    -32602: errors.InvalidParamsError,
    -32603: errors.InternalRpcError,
    -32001: errors.ServerBusyError,
}

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


def rpc_error(
    method: str, code: int, message: str, data: Any, *, runtime: str = "unknown"
) -> errors.CodexRpcError:
    """Return the exception for an error reply to `method` by a runtime of version `runtime`."""
    if code == -32600 and message.startswith(f"Invalid request: unknown variant `{method}`"):
        error: errors.CodexRpcError = errors.UnsupportedByRuntimeError(
            code,
            f"codex runtime {runtime} does not know this method; use the runtime that belongs to "
            "this package, or another AppServerConfig.codex_bin",
            data,
        )
    elif is_overload(data):
        error = errors.ServerBusyError(code, message, data)
    else:
        error = _BY_CODE.get(code, errors.CodexRpcError)(code, message, data)
    error.method = method
    return error


def is_overload(data: Any) -> bool:
    """Tell whether an error's data says, at any depth, that the service is overloaded."""
    if isinstance(data, dict):
        return any(is_overload(value) for value in data.values())
    return data in ("serverOverloaded", "server_overloaded")


# The runtime refuses to touch a turn that it has not begun yet; it says so in words only.
_NOT_YET = ("no active turn", "expected active turn id")


def is_too_early(error: errors.InvalidRequestError) -> bool:
    """Tell whether the runtime refused to touch a turn because it is not the active one (yet)."""
    return error.message.startswith(_NOT_YET)


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
        error.resets_at = resets_at
    return error


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
