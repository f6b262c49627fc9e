"""Errors are one family, carry data, and say what to do in text that is built from it."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from openai_codex import errors
from openai_codex.errors import (
    MessageTooLargeError,
    RequestTimeoutError,
    StartupError,
    StreamOverflowError,
    TransportClosedError,
    TurnTimeoutError,
)
from openai_codex.result import TurnCollector

# The tree of the module's docstring, child to parent.
PARENTS = {
    "TransportClosedError": "CodexError",
    "StartupError": "TransportClosedError",
    "RuntimeNotFoundError": "StartupError",
    "StartupTimeoutError": "StartupError",
    "ClientClosedError": "TransportClosedError",
    "JsonRpcError": "CodexError",
    "CodexRpcError": "JsonRpcError",
    "ParseError": "CodexRpcError",
    "InvalidRequestError": "CodexRpcError",
    "UnsupportedByRuntimeError": "InvalidRequestError",
    "MethodNotFoundError": "CodexRpcError",
    "InvalidParamsError": "CodexRpcError",
    "InternalRpcError": "CodexRpcError",
    "ServerBusyError": "CodexRpcError",
    "RetryLimitExceededError": "ServerBusyError",
    "RequestTimeoutError": "CodexError",
    "HandlerTimeoutError": "CodexError",
    "TurnTimeoutError": "CodexError",
    "TurnFailedError": "CodexError",
    "UsageLimitError": "TurnFailedError",
    "ContextWindowExceededError": "TurnFailedError",
    "UnauthorizedError": "TurnFailedError",
    "BadRequestError": "TurnFailedError",
    "OverloadedError": "TurnFailedError",
    "SandboxFailedError": "TurnFailedError",
    "StreamDisconnectedError": "TurnFailedError",
    "StreamOverflowError": "CodexError",
    "MessageTooLargeError": "CodexError",
    "UnsendableError": "CodexError",
    "WrongProcessError": "CodexError",
    "WrongLoopError": "CodexError",
}
ALSO = {
    "RequestTimeoutError": TimeoutError,
    "StartupTimeoutError": RequestTimeoutError,
    "HandlerTimeoutError": TimeoutError,
    "TurnTimeoutError": TimeoutError,
    "TurnFailedError": RuntimeError,
    "UnsendableError": ValueError,
    "WrongProcessError": RuntimeError,
    "WrongLoopError": RuntimeError,
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
        StreamOverflowError(limit=1),
        MessageTooLargeError(limit=1, size=2),
        errors.UsageLimitError("the limit is reached", result=TurnCollector("t1").result()),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_can_be_copied_and_pickled(error: Exception) -> None:
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert twin.args == error.args
        assert vars(twin) == vars(error)
