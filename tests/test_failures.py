"""Each error reply and each failed turn becomes the exception that callers branch on."""

from __future__ import annotations

import time
from typing import Any

import pytest

from openai_codex import errors
from openai_codex._failures import (
    info_of,
    is_too_early,
    option_error,
    reset_in,
    rpc_error,
    turn_error,
    turn_in_place,
)
from openai_codex._turns.collector import TurnCollector
from openai_codex._turns.notification import Notification

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


@pytest.mark.parametrize(
    ("message", "at"),
    [
        ("or try again at 2:37 AM.", (2026, 11, 30, 2, 37)),
        ("Try again at 2:37 AM.", (2026, 11, 30, 2, 37)),
        ("or try again at 12:05 AM.", (2026, 11, 30, 0, 5)),
        ("or try again at 12:05 PM.", (2026, 11, 30, 12, 5)),
        ("or try again at Dec 3rd, 2026 1:37 AM.", (2026, 12, 3, 1, 37)),
        ("or try again at Jan 1st, 2027 11:59 PM.", (2027, 1, 1, 23, 59)),
    ],
)
def test_the_reset_of_a_limit_is_read_from_its_message(message: str, at: tuple[int, ...]) -> None:
    now = time.mktime((2026, 11, 30, 1, 30, 0, 0, 0, -1))
    moment = reset_in(f"You have hit your usage limit. {message}", now=now)
    assert moment is not None
    assert tuple(time.localtime(moment)[:5]) == at


def test_a_reset_told_before_midnight_and_read_after_it_is_tomorrow() -> None:
    now = time.mktime((2026, 11, 30, 23, 59, 59, 0, 0, -1))
    moment = reset_in("try again at 12:01 AM.", now=now)
    assert tuple(time.localtime(moment)[:5]) == (2026, 12, 1, 0, 1)


@pytest.mark.parametrize("message", ["Try again later.", "try again at 9", "at Dec 3rd, 2026"])
def test_a_message_that_names_no_moment_tells_no_reset(message: str) -> None:
    assert reset_in(message) is None


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
def test_details_are_named_once(details: Any, text: str) -> None:
    assert str(failed("other", details=details)) == text


def test_a_failure_that_says_nothing_is_said_so() -> None:
    result = TurnCollector("t1").result()
    error = turn_error(result, None, resets_at=None)
    assert type(error) is errors.TurnFailedError
    assert str(error) == "the turn failed without saying why"


@pytest.mark.parametrize(
    ("option", "ours"),
    [
        ("excludeTurns", " (include_turns=)"),
        ("serviceTierForTurn", " (turn_service_tier=)"),
        ("toolOutput", " (ExternalMessage)"),
        ("turnTrigger", " (source=)"),
        ("newOption", ""),
    ],
)
def test_an_option_that_a_runtime_would_drop_is_named_as_we_name_it(option: str, ours: str) -> None:
    error = option_error("turn/start", option, needs="0.160.0", runtime="0.150.0")
    assert error.message.startswith(
        f"codex runtime 0.150.0 does not know `{option}`{ours}: 0.160.0 or newer is required"
    )
    assert (error.code, error.method) == (-32600, "turn/start")
    assert error.data == {"option": option, "needs": "0.160.0", "runtime": "0.150.0"}


@pytest.mark.parametrize(
    ("message", "turn"),
    [
        ("no active turn to interrupt", None),
        ("expected active turn id `t1` but found `0199-t2`", "0199-t2"),
        ("expected active turn id t1 but found t2", "t2"),
    ],
)
def test_a_refusal_tells_which_turn_runs_in_place_of_the_one_that_was_meant(
    message: str, turn: str | None
) -> None:
    error = errors.InvalidRequestError(-32600, message)
    assert turn_in_place(error) == turn
    assert is_too_early(error)


def test_a_refusal_for_another_reason_is_raised_again() -> None:
    error = errors.InvalidRequestError(-32600, "the thread is archived")
    with pytest.raises(errors.InvalidRequestError) as raised:
        turn_in_place(error)
    assert raised.value is error
    assert not is_too_early(error)


@pytest.mark.parametrize(
    ("info", "message", "kind"),
    [
        ("other", "stream disconnected before completion: x", errors.StreamDisconnectedError),
        ("other", '{"error": {"type": "invalid_request_error"}}', errors.BadRequestError),
        ("other", '{"error": {"type": "server_error"}}', errors.TurnFailedError),
        ("other", '{"error": "invalid_request_error"}', errors.TurnFailedError),
        ("other", '["invalid_request_error"]', errors.TurnFailedError),
        ("other", "invalid_request_error", errors.TurnFailedError),
        ("somethingNew", "stream disconnected before completion", errors.TurnFailedError),
        ({"somethingNew": {"httpStatusCode": 400}}, "", errors.BadRequestError),
        ({"somethingNew": {"httpStatusCode": 401}}, "", errors.UnauthorizedError),
        ({"somethingNew": {"httpStatusCode": 403}}, "", errors.UnauthorizedError),
        ({"somethingNew": {"httpStatusCode": 429}}, "", errors.OverloadedError),
        ({"somethingNew": {"httpStatusCode": 503}}, "", errors.OverloadedError),
        ({"somethingNew": {"httpStatusCode": "429"}}, "", errors.TurnFailedError),
        ({"httpConnectionFailed": {"httpStatusCode": None}}, "", errors.StreamDisconnectedError),
        ({"httpConnectionFailed": None}, "", errors.StreamDisconnectedError),
        ({}, "", errors.TurnFailedError),
        (None, "", errors.TurnFailedError),
    ],
)
def test_a_failed_turn_is_told_by_its_info_its_status_and_what_other_holds(
    info: Any, message: str, kind: type[errors.TurnFailedError]
) -> None:
    raw = {"message": message, "codexErrorInfo": info}
    result = TurnCollector("u1").result()
    assert type(turn_error(result, raw, resets_at=None)) is kind
    assert info_of(raw) == info


def test_a_turn_that_failed_without_an_error_has_no_info() -> None:
    assert info_of(None) is None
    error = turn_error(TurnCollector("u1").result(), None, resets_at=None)
    assert "the turn failed without saying why" in str(error)


@pytest.mark.parametrize(
    ("number", "month"),
    [
        *enumerate(
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1
        )
    ],
)
def test_every_month_is_known(number: int, month: str) -> None:
    moment = reset_in(f"try again at {month} 2nd, 2027 1:05 PM.")
    assert moment == time.mktime((2027, number, 2, 13, 5, 0, 0, 0, -1))


def test_a_day_later_is_to_the_second() -> None:
    now = time.mktime((2026, 11, 30, 23, 59, 59, 0, 0, -1))
    assert reset_in("try again at 12:01 AM.", now=now) == now + 61
    noon = time.mktime((2026, 11, 30, 12, 0, 0, 0, 0, -1))
    assert reset_in("try again at 12:01 AM.", now=noon) == noon - 12 * 3600 + 60


@pytest.mark.parametrize(
    ("info", "kind"),
    [
        ("usageLimitExceeded", errors.UsageLimitError),
        ("contextWindowExceeded", errors.ContextWindowExceededError),
        ("unauthorized", errors.UnauthorizedError),
        ("badRequest", errors.BadRequestError),
        ("serverOverloaded", errors.OverloadedError),
        ("rateLimitExceeded", errors.OverloadedError),
        ("flexUnavailable", errors.OverloadedError),
        ("sandboxError", errors.SandboxFailedError),
        ("httpConnectionFailed", errors.StreamDisconnectedError),
        ("responseStreamConnectionFailed", errors.StreamDisconnectedError),
        ("responseStreamDisconnected", errors.StreamDisconnectedError),
        ("responseTooManyFailedAttempts", errors.StreamDisconnectedError),
    ],
)
def test_each_info_of_a_failed_turn_has_its_class_as_a_word_and_with_data(
    info: str, kind: type[errors.TurnFailedError]
) -> None:
    result = TurnCollector("u1").result()
    for shape in (info, {info: {"httpStatusCode": None}}):
        raw = {"message": "m", "codexErrorInfo": shape}
        assert type(turn_error(result, raw, resets_at=None)) is kind


@pytest.mark.parametrize(
    "message",
    [
        "no archived rollout found for thread id x",
        "no rollout found for thread id x",
        "invalid session id: x",
        "thread not found: x",
        "thread not loaded: x",
    ],
)
def test_a_thread_that_is_not_there_is_an_error_with_its_id(message: str) -> None:
    error = rpc_error("thread/resume", -32600, message, None, thread_id="x")
    assert type(error) is errors.ThreadNotFoundError
    assert error.thread_id == "x"
    other = rpc_error("thread/resume", -32603, message, None, thread_id="x")
    assert type(other) is errors.InternalRpcError


def test_a_runtime_of_which_nothing_is_known_is_unknown() -> None:
    error = rpc_error("a/b", -32600, "Invalid request: unknown variant `a/b`", None)
    assert "codex runtime unknown does not know" in str(error)


def test_of_what_was_reported_and_what_the_message_says_the_later_counts() -> None:
    raw = {"message": "Try again at Jan 2nd, 2027 1:05 PM.", "codexErrorInfo": "usageLimitExceeded"}
    told = reset_in(str(raw["message"]))
    assert told is not None
    for reported, expected in ((told - 9000, told), (told + 30, told + 30), (None, told)):
        error = turn_error(TurnCollector("u1").result(), raw, resets_at=reported)
        assert isinstance(error, errors.UsageLimitError)
        assert error.resets_at == expected
