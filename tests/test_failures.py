"""Each error reply and each failed turn becomes the exception that callers branch on."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex import errors
from openai_codex.failures import is_too_early, rpc_error, turn_error
from openai_codex.notification import Notification
from openai_codex.result import TurnCollector

INPUT_TOO_LARGE = {"input_error_code": "input_too_large", "max_chars": 1048576}
NOT_STEERABLE = {"codexErrorInfo": {"activeTurnNotSteerable": {"turnKind": "review"}}}


@pytest.mark.parametrize(
    ("code", "message", "data", "kind"),
    [
        (-32700, "Parse error", None, errors.ParseError),
        (-32600, "Not initialized", None, errors.InvalidRequestError),
        (-32600, "cannot steer", NOT_STEERABLE, errors.InvalidRequestError),
        (-32601, "list_turns is not supported yet", None, errors.MethodNotFoundError),
        (-32602, "input too large", INPUT_TOO_LARGE, errors.InvalidParamsError),
        (-32603, "spawn failed", None, errors.InternalRpcError),
        (-32001, "Server overloaded; retry later.", None, errors.ServerBusyError),
        (-32603, "busy", {"codexErrorInfo": "serverOverloaded"}, errors.ServerBusyError),
        (-32000, "something new", None, errors.CodexRpcError),
        (0, "", [], errors.CodexRpcError),
    ],
)
def test_an_error_reply_is_told_by_its_code_and_data(
    code: int, message: str, data: Any, kind: type[errors.CodexRpcError]
) -> None:
    error = rpc_error("turn/start", code, message, data)
    assert type(error) is kind
    assert isinstance(error, errors.JsonRpcError)
    assert (error.code, error.message, error.data) == (code, message, data)
    assert error.method == "turn/start"
    assert str(error) == f"turn/start: {message} (code {code})"


def test_a_method_that_this_runtime_does_not_know_is_named_with_its_version() -> None:
    message = "Invalid request: unknown variant `thread/new`, expected one of `initialize`, `x`"
    error = rpc_error("thread/new", -32600, message, None, runtime="0.150.0")
    assert type(error) is errors.UnsupportedByRuntimeError
    assert "codex runtime 0.150.0 does not know this method" in str(error)
    assert "AppServerConfig.codex_bin" in str(error)


def test_an_unknown_variant_of_something_else_is_a_plain_refusal() -> None:
    message = "Invalid request: unknown variant `x`, expected one of `low`, `high`"
    assert type(rpc_error("turn/start", -32600, message, None)) is errors.InvalidRequestError


@pytest.mark.parametrize(
    ("message", "too_early"),
    [
        ("no active turn to interrupt", True),
        ("expected active turn id t2 but found t1", True),
        ("thread not found: th", False),
    ],
)
def test_a_refusal_that_comes_too_early_is_told_from_others(message: str, too_early: bool) -> None:
    assert is_too_early(errors.InvalidRequestError(-32600, message)) is too_early


def failed(info: Any, message: str = "it failed", details: Any = None) -> errors.TurnFailedError:
    raw = {"message": message, "codexErrorInfo": info, "additionalDetails": details}
    collector = TurnCollector("t1")
    turn = {"id": "t1", "status": "failed", "error": raw}
    note = Notification.from_wire("turn/completed", {"threadId": "th", "turn": turn}, 0)
    collector.feed(note)
    assert collector.failed
    return turn_error(collector.result(), collector.raw_error, resets_at=1767225600)


BROKEN = "stream disconnected before completion: error sending request"


@pytest.mark.parametrize(
    ("info", "message", "kind"),
    [
        ("usageLimitExceeded", "m", errors.UsageLimitError),
        ("contextWindowExceeded", "m", errors.ContextWindowExceededError),
        ("unauthorized", "m", errors.UnauthorizedError),
        ("badRequest", "m", errors.BadRequestError),
        ("serverOverloaded", "m", errors.OverloadedError),
        ("rateLimitExceeded", "m", errors.OverloadedError),
        ("flexUnavailable", "m", errors.OverloadedError),
        ("sandboxError", "m", errors.SandboxFailedError),
        ("internalServerError", "m", errors.TurnFailedError),
        ("somethingNew", "m", errors.TurnFailedError),
        (None, "m", errors.TurnFailedError),
        ("other", "m", errors.TurnFailedError),
        ("other", BROKEN, errors.StreamDisconnectedError),
        ({"httpConnectionFailed": {"httpStatusCode": 401}}, "m", errors.UnauthorizedError),
        ({"httpConnectionFailed": {"httpStatusCode": 403}}, "m", errors.UnauthorizedError),
        ({"httpConnectionFailed": {"httpStatusCode": 404}}, "m", errors.StreamDisconnectedError),
        ({"httpConnectionFailed": {"httpStatusCode": None}}, "m", errors.StreamDisconnectedError),
        ({"httpConnectionFailed": {}}, "m", errors.StreamDisconnectedError),
        ({"httpConnectionFailed": None}, "m", errors.StreamDisconnectedError),
        ({"responseStreamDisconnected": {}}, "m", errors.StreamDisconnectedError),
        ({"responseTooManyFailedAttempts": {"httpStatusCode": 429}}, "m", errors.OverloadedError),
        ({"httpConnectionFailed": {"httpStatusCode": []}}, "m", errors.StreamDisconnectedError),
        ({"activeTurnNotSteerable": {"turnKind": "review"}}, "m", errors.TurnFailedError),
        ({}, "m", errors.TurnFailedError),
    ],
)
def test_a_failed_turn_is_told_by_its_info(
    info: Any, message: str, kind: type[errors.TurnFailedError]
) -> None:
    error = failed(info, message)
    assert type(error) is kind
    assert isinstance(error, errors.CodexError)
    assert isinstance(error, RuntimeError)
    assert str(error) == message


def test_a_usage_limit_tells_when_it_resets_and_others_do_not() -> None:
    limit = failed("usageLimitExceeded")
    assert isinstance(limit, errors.UsageLimitError)
    assert limit.resets_at == 1767225600
    assert not hasattr(failed("badRequest"), "resets_at")


def test_a_failed_turn_carries_its_result_its_error_and_its_info() -> None:
    error = failed({"httpConnectionFailed": {"httpStatusCode": 401}})
    assert error.result.id == "t1"
    assert error.result.status.value == "failed"
    assert error.error is not None
    assert error.error.message == "it failed"
    assert error.info is not None
    assert errors.TurnFailedError("m", result=TurnCollector("t1").result()).info is None


@pytest.mark.parametrize(
    ("details", "text"),
    [
        (None, "it failed"),
        ("because", "it failed (because)"),
        ("failed", "it failed"),
        ({"a": 1}, "it failed ({'a': 1})"),
    ],
)
def test_details_are_told_once(details: Any, text: str) -> None:
    assert str(failed("other", details=details)) == text


def test_a_failure_that_says_nothing_is_said_so() -> None:
    result = TurnCollector("t1").result()
    error = turn_error(result, None, resets_at=None)
    assert type(error) is errors.TurnFailedError
    assert str(error) == "the turn failed without saying why"
