"""Errors are one family, carry data, and say what to do in text that is built from it."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from openai_codex import errors
from openai_codex._schema.problems import Problem
from openai_codex._turns.collector import TurnCollector
from openai_codex.errors import (
    MessageTooLargeError,
    RequestTimeoutError,
    StartupError,
    StartupTimeoutError,
    StreamOverflowError,
    TransportClosedError,
    TurnTimeoutError,
)
from tests.attacks import ATTACKS, is_safe

# The tree of the module's docstring, child to parent.
PARENTS = {
    "TransportClosedError": "CodexError",
    "StartupError": "TransportClosedError",
    "RuntimeNotFoundError": "StartupError",
    "StartupRefusedError": "StartupError",
    "StartupTimeoutError": "StartupError",
    "ConnectError": "StartupError",
    "NotListeningError": "ConnectError",
    "TokenRefusedError": "ConnectError",
    "OriginRefusedError": "ConnectError",
    "NotARuntimeError": "ConnectError",
    "RuntimeTooOldError": "ConnectError",
    "AddressInUseError": "ConnectError",
    "ClientClosedError": "TransportClosedError",
    "ConnectionLostError": "TransportClosedError",
    "JsonRpcError": "CodexError",
    "CodexRpcError": "JsonRpcError",
    "ParseError": "CodexRpcError",
    "InvalidRequestError": "CodexRpcError",
    "UnsupportedByRuntimeError": "InvalidRequestError",
    "ThreadNotFoundError": "InvalidRequestError",
    "MethodNotFoundError": "CodexRpcError",
    "InvalidParamsError": "CodexRpcError",
    "InternalRpcError": "CodexRpcError",
    "ServerBusyError": "CodexRpcError",
    "RetryLimitExceededError": "ServerBusyError",
    "InvalidReplyError": "CodexError",
    "RequestTimeoutError": "CodexError",
    "HandlerTimeoutError": "CodexError",
    "TurnTimeoutError": "CodexError",
    "ModelUnreachableError": "TurnTimeoutError",
    "TurnFailedError": "CodexError",
    "ThreadBusyError": "CodexError",
    "ThreadLostError": "CodexError",
    "TurnLostError": "CodexError",
    "QueuedTurnGoneError": "CodexError",
    "ToolSwitchError": "CodexError",
    "NotARepositoryError": "CodexError",
    "UsageLimitError": "TurnFailedError",
    "ContextWindowExceededError": "TurnFailedError",
    "UnauthorizedError": "TurnFailedError",
    "BadRequestError": "TurnFailedError",
    "OverloadedError": "TurnFailedError",
    "SandboxFailedError": "TurnFailedError",
    "StreamDisconnectedError": "TurnFailedError",
    "BudgetExceededError": "CodexError",
    "UnknownPriceError": "CodexError",
    "StreamOverflowError": "CodexError",
    "MessageTooLargeError": "CodexError",
    "MissingExtraError": "CodexError",
    "UnsendableError": "CodexError",
    "WrongProcessError": "CodexError",
    "WrongLoopError": "CodexError",
    "ToolDefinitionError": "CodexError",
    "ToolArgumentsError": "CodexError",
    "ToolResultError": "CodexError",
    "OutputSchemaError": "CodexError",
    "OutputValidationError": "CodexError",
}


def unreachable(text: str) -> errors.ModelUnreachableError:
    """Return the error of a turn that did not reach a provider, for this cause."""
    error = errors.ModelUnreachableError(
        turn_id="t1", seconds=5.0, last_event="error", alive=True, last_error=text, retries=2
    )
    error.provider, error.url = "mine", "http://x/v1"
    return error


ALSO = {
    "RuntimeNotFoundError": FileNotFoundError,
    "RequestTimeoutError": TimeoutError,
    "StartupRefusedError": errors.CodexRpcError,
    "StartupTimeoutError": RequestTimeoutError,
    "HandlerTimeoutError": TimeoutError,
    "TurnTimeoutError": TimeoutError,
    "ModelUnreachableError": TimeoutError,
    "TurnFailedError": RuntimeError,
    "UnsendableError": ValueError,
    "WrongProcessError": RuntimeError,
    "WrongLoopError": RuntimeError,
    "NotARepositoryError": ValueError,
    "ToolDefinitionError": TypeError,
    "ToolArgumentsError": ValueError,
    "ToolResultError": TypeError,
    "OutputSchemaError": TypeError,
    "MissingExtraError": ImportError,
    "UnknownPriceError": ValueError,
    "OutputValidationError": ValueError,
}


@pytest.mark.parametrize(("child", "parent"), PARENTS.items())
def test_the_family_is_as_drawn(child: str, parent: str) -> None:
    kind = getattr(errors, child)
    assert kind.__bases__[0] is getattr(errors, parent)
    assert issubclass(kind, ALSO.get(child, Exception))


def test_every_error_is_drawn_and_is_a_codex_error() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    names = {kind.__name__ for kind in kinds if issubclass(kind, BaseException)}
    assert names == {"CodexError", *PARENTS}
    assert [name for name in names if name not in (errors.__doc__ or "")] == []


@pytest.mark.parametrize(
    ("code", "message", "data", "kind"),
    [
        (-32700, "bad", None, "ParseError"),
        (-32600, "bad", {"why": "x"}, "InvalidRequestError"),
        (-32601, "bad", None, "MethodNotFoundError"),
        (-32602, "bad", None, "InvalidParamsError"),
        (-32603, "bad", None, "InternalRpcError"),
        (-32001, "busy", None, "ServerBusyError"),
        (-32001, "Retry limit reached", None, "RetryLimitExceededError"),
        (-32050, "busy", {"codex_error_info": "server_overloaded"}, "ServerBusyError"),
        (-32050, "odd", None, "CodexRpcError"),
        (-32100, "odd", None, "JsonRpcError"),
        (7, "odd", {"codexErrorInfo": "serverOverloaded"}, "JsonRpcError"),
    ],
)
def test_an_error_reply_is_mapped_by_its_code_and_data(
    code: int, message: str, data: Any, kind: str
) -> None:
    error = errors.map_jsonrpc_error(code, message, data)
    assert type(error) is getattr(errors, kind)
    assert (error.code, error.message, error.data) == (code, message, data)


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({}, "gone"),
        ({"exit_code": 0}, "gone; exit code 0"),
        ({"exit_code": 3}, "gone; exit code 3"),
        ({"signal": 9}, "gone; ended by signal 9"),
        (
            {"exit_code": 1, "stderr_tail": "Error: no\nsuch"},
            "gone; exit code 1; last lines of its stderr:\nError: no\nsuch",
        ),
    ],
)
def test_the_end_of_a_runtime_tells_what_is_known(facts: dict[str, Any], text: str) -> None:
    assert str(TransportClosedError("gone", **facts)) == text


def test_a_copy_tells_the_same_without_the_traceback_of_its_model() -> None:
    error = StartupError("gone", exit_code=1, stderr_tail="why")
    error.__cause__ = OSError("first")
    try:
        raise error
    except StartupError:
        fresh = error.copy()
    assert type(fresh) is StartupError
    assert str(fresh) == str(error)
    assert fresh.__cause__ is error.__cause__
    assert fresh.__traceback__ is None


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            RequestTimeoutError(
                method="model/list", seconds=2.5, last_event="turn/started", alive=True
            ),
            "no reply to model/list within 2.5 s "
            "(last message from the runtime: turn/started; process alive)",
        ),
        (
            RequestTimeoutError(method="initialize", seconds=30.0, last_event=None, alive=False),
            "no reply to initialize within 30 s "
            "(last message from the runtime: none; process gone)",
        ),
        (
            TurnTimeoutError(
                turn_id="t1", seconds=5.0, idle=False, last_event="item/started", alive=True
            ),
            "turn t1 was not over after 5 s (last event: item/started; process alive)",
        ),
        (
            TurnTimeoutError(turn_id="t1", seconds=60.0, idle=True, last_event=None, alive=False),
            "turn t1 sent no event for 60 s (last event: none; process gone)",
        ),
        (
            TurnTimeoutError(
                turn_id="t1",
                seconds=5.0,
                idle=False,
                last_event="error",
                alive=True,
                last_error="no route",
            ),
            "turn t1 was not over after 5 s "
            "(last error: no route; last event: error; process alive)",
        ),
        (
            errors.ThreadBusyError(thread_id="th", turn_id="t1"),
            "thread th is still busy: turn t1 runs in it. Wait for that with "
            'busy="wait", steer it, or use another thread',
        ),
        (
            errors.ThreadBusyError(thread_id="th", turn_id=None, seconds=2.5),
            "thread th is still busy after 2.5 s: a turn is about to run in it. Wait for that with "
            'busy="wait", steer it, or use another thread',
        ),
        (
            unreachable("no route"),
            "turn t1 did not reach the model provider 'mine' (http://x/v1) for 5 s, 2 retries: "
            "no route. Check the network, a proxy and the provider's address; connect_timeout= "
            "waits longer",
        ),
        (
            StreamOverflowError(limit=1000),
            "unread events passed 1000 bytes and were dropped: read the stream faster, "
            "use run() without on_event, or raise AppServerConfig.max_unread_bytes",
        ),
        (
            MessageTooLargeError(limit=1000, size=2000),
            "a message of 2000 bytes passed the limit of 1000 and was skipped: "
            "ask for less or raise AppServerConfig.max_message_bytes",
        ),
    ],
)
def test_bounds_tell_what_was_passed_and_what_to_do(error: Exception, text: str) -> None:
    assert str(error) == text


def lost(thread_id: str | None, *, resumable: bool = True) -> errors.ConnectionLostError:
    """Return the error of a turn that went with its runtime."""
    error = errors.ConnectionLostError("the codex runtime exited", signal=9)
    error.thread_id, error.resumable = thread_id, resumable
    return error


def test_a_lost_connection_says_whether_its_thread_can_go_on() -> None:
    gone = "the codex runtime exited; ended by signal 9"
    assert str(lost(None)) == gone
    assert str(lost("th")) == f'{gone}\n(thread th: thread.run("continue") goes on)'
    assert str(lost("th", resumable=False)) == f"{gone}\n(thread th: it cannot be resumed)"
    error = errors.ThreadLostError(thread_id="th", reason="it was ephemeral")
    assert str(error) == (
        "thread th went with its runtime, since it was ephemeral: start another thread"
    )


LATE = RequestTimeoutError(method="m", seconds=1.0, last_event=None, alive=True)


@pytest.mark.parametrize(
    "error",
    [
        TransportClosedError("gone", exit_code=3, stderr_tail="why"),
        errors.InvalidParamsError(-32602, "wrong", {"a": 1}),
        errors.UnsendableError("not JSON"),
        LATE,
        errors.StartupTimeoutError(timeout=LATE, stderr_tail="why"),
        errors.HandlerTimeoutError(seconds=1.0),
        TurnTimeoutError(turn_id="t", seconds=1.0, idle=True, last_event=None, alive=True),
        unreachable("no route"),
        errors.ThreadBusyError(thread_id="th", turn_id="t1", seconds=1.0),
        StreamOverflowError(limit=1),
        MessageTooLargeError(limit=1, size=2),
        errors.UsageLimitError("the limit is reached", result=TurnCollector("t1").result()),
        errors.ThreadLostError(thread_id="th", reason="it was ephemeral"),
        lost("th"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_can_be_copied_and_pickled(error: Exception) -> None:
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert twin.args == error.args
        assert vars(twin) == vars(error)


def untrusted(text: str) -> list[errors.CodexError]:
    """Return errors that hold a text of the other side."""
    result: Any = TurnCollector("u1").result()
    timeout = RequestTimeoutError(method="turn/start", seconds=1, last_event=text, alive=True)
    return [
        errors.JsonRpcError(-32600, text, {"data": text}),
        errors.InvalidRequestError(-32600, text),
        errors.TurnFailedError(text, result=result),
        errors.BadRequestError(text, result=result),
        timeout,
        TurnTimeoutError(
            turn_id=text, seconds=1, idle=False, last_event=text, alive=True, last_error=text
        ),
        unreachable(text),
        errors.ThreadBusyError(thread_id=text, turn_id=text),
        StartupTimeoutError(timeout=timeout),
        errors.ThreadLostError(thread_id=text, reason="it was ephemeral"),
    ]


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_no_attack_leaves_the_line_of_an_error(attack: str) -> None:
    for error in untrusted(f"no {attack} more"):
        assert is_safe(str(error)), type(error)
        assert is_safe(repr(error)), type(error)
    answer = errors.OutputValidationError(f"no {attack} more", (Problem("", attack),))
    assert all(map(is_safe, str(answer).split("\n")))
    assert str(answer).count("\n") == 2


def test_the_text_of_an_error_shows_no_secret_and_its_data_is_whole() -> None:
    for error in untrusted("token: opaque"):
        assert "opaque" not in str(error) + repr(error)
    assert errors.JsonRpcError(1, "token: opaque").message == "token: opaque"
