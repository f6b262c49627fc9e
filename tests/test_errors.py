"""Errors are one family, carry data, and say what to do in text that is built from it."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal
from typing import Any

import pytest

from openai_codex import errors
from openai_codex._schema.problems import Problem
from openai_codex._turns.budget import Budget
from openai_codex._turns.collector import TurnCollector
from openai_codex._turns.notification import Notification
from openai_codex._turns.spend import Spend
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


RESULT = TurnCollector("t1").result()
PROBLEMS = (Problem("day", "must be a date"),)
LATE_FACTS: dict[str, Any] = {
    "method": "model/list",
    "seconds": 2.5,
    "last_event": "turn/started",
    "alive": True,
    "skipped": "Welcome!",
}
TURN: dict[str, Any] = {
    "turn_id": "t1",
    "seconds": 5.0,
    "last_event": "error",
    "alive": True,
    "result": RESULT,
    "last_error": "no route",
}
TOLD_ALONE = ("refused", "it is HTTP")  # a part of the text, and no attribute
# Every error that is made of facts: all of them, what stands in `args`, and the text.
MADE: list[tuple[type[errors.CodexError], dict[str, Any], tuple[Any, ...], str]] = [
    (
        errors.TransportClosedError,
        {"message": "gone", "exit_code": 3, "signal": None, "stderr_tail": "why"},
        ("gone",),
        "gone; exit code 3; last lines of its stderr:\nwhy",
    ),
    (errors.ConnectError, {"message": "m", "address": "unix:/a"}, ("m",), "m"),
    (
        errors.NotListeningError,
        {"address": "unix:/a", "reason": "refused"},
        (...,),
        "nobody listens at unix:/a (refused): start a runtime there, with RuntimeServer or "
        "`openai-codex serve`, or check the address",
    ),
    (
        errors.TokenRefusedError,
        {"address": "ws://h:1"},
        (...,),
        "the runtime at ws://h:1 refused the token: it answered 401; give the one that it was "
        "started with, as token=",
    ),
    (
        errors.OriginRefusedError,
        {"address": "ws://h:1"},
        (...,),
        "the runtime at ws://h:1 refused the connection: it answered 403; it serves no browsers, "
        "so let the proxy on the way take the `Origin` header out",
    ),
    (
        errors.NotARuntimeError,
        {"address": "ws://h:1", "reason": "it is HTTP"},
        (...,),
        "what listens at ws://h:1 is no codex runtime: it is HTTP; check the address",
    ),
    (
        errors.RuntimeTooOldError,
        {"address": "ws://h:1", "version": "0.1.0", "needed": "0.2.0"},
        (...,),
        "the runtime at ws://h:1 is 0.1.0, and 0.2.0 or newer is needed: update it, or use an "
        "older openai-codex",
    ),
    (
        errors.AddressInUseError,
        {"address": "unix:/a", "pid": 12},
        (...,),
        "somebody listens at unix:/a already, process 12: attach to it with connect=, stop it, or "
        "choose another address",
    ),
    (
        errors.AddressInUseError,
        {"address": "unix:/a", "pid": None},
        (...,),
        "somebody listens at unix:/a already: attach to it with connect=, stop it, or "
        "choose another address",
    ),
    (
        errors.JsonRpcError,
        {"code": 7, "message": "no", "data": {"a": 1}},
        (7, "no", {"a": 1}),
        "no (code 7)",
    ),
    (
        errors.InvalidReplyError,
        {"method": "model/list", "problems": "lacks data"},
        ("model/list", "lacks data"),
        "the runtime's reply to model/list lacks data; use the runtime that belongs to this "
        "package",
    ),
    (
        errors.RequestTimeoutError,
        LATE_FACTS,
        ("model/list", 2.5),
        "no reply to model/list within 2.5 s (last message from the runtime: turn/started; "
        "process alive; skipped a line that is no message: 'Welcome!')",
    ),
    (errors.HandlerTimeoutError, {"seconds": 2.5}, (2.5,), "took longer than 2.5 s"),
    (
        errors.TurnTimeoutError,
        {**TURN, "idle": True},
        ("t1", 5.0),
        "turn t1 sent no event for 5 s (last error: no route; last event: error; process alive)",
    ),
    (
        errors.ModelUnreachableError,
        {**TURN, "retries": 2},
        ("t1", 5.0),
        "turn t1 did not reach the model provider for 5 s, 2 retries: no route. Check the network, "
        "a proxy and the provider's address; connect_timeout= waits longer",
    ),
    (
        errors.BudgetExceededError,
        {
            "budget": Budget(tokens=10),
            "limit": "tokens",
            "scope": "turn",
            "spent": Spend(input_tokens=12),
            "result": RESULT,
        },
        (...,),
        "the turn spent 12 tokens of its budget of 10: the turn was stopped",
    ),
    (
        errors.BudgetExceededError,
        {
            "budget": Budget(model_calls=1),
            "limit": "model_calls",
            "scope": "thread",
            "spent": Spend(model_calls=2),
            "result": None,
        },
        (...,),
        "the thread spent 2 model calls of its budget of 1: no turn was started",
    ),
    (
        errors.UnknownPriceError,
        {"model": "m-1"},
        (...,),
        "no price is known for the model m-1, so usd= cannot hold: give prices= that know it, or "
        "limit tokens=",
    ),
    (
        errors.UnknownPriceError,
        {"model": None},
        (...,),
        "no price is known for the model of this thread, so usd= cannot hold: give prices= that "
        "know it, or limit tokens=",
    ),
    (
        errors.ThreadBusyError,
        {"thread_id": "th", "turn_id": "t1", "seconds": 2.5},
        ("th", "t1"),
        "thread th is still busy after 2.5 s: turn t1 runs in it. Wait for that with "
        'busy="wait", steer it, or use another thread',
    ),
    (
        errors.TurnLostError,
        {"turn_id": "t1", "reason": "the thread is idle", "result": RESULT},
        ("t1", "the thread is idle"),
        "turn t1 will report nothing more (the thread is idle), and its end was not reported: "
        "resume the thread to go on",
    ),
    (
        errors.ToolSwitchError,
        {"tool": "shell", "reason": "it has none"},
        ("shell", "it has none"),
        "cannot switch shell: it has none",
    ),
    (
        errors.NotARepositoryError,
        {"folder": "/f", "base": "main"},
        ("/f", "main"),
        "/f is in no git repository, so it has no changes since 'main': review it with "
        "instructions=, or start the thread in a repository",
    ),
    (
        errors.QueuedTurnGoneError,
        {"queued_id": "q1"},
        ("q1",),
        "message q1 was deleted from the queue before its turn began",
    ),
    (
        errors.ThreadLostError,
        {"thread_id": "th", "reason": "it was ephemeral"},
        ("th", "it was ephemeral"),
        "thread th went with its runtime, since it was ephemeral: start another thread",
    ),
    (
        errors.StreamOverflowError,
        {"limit": 10},
        (10,),
        "unread events passed 10 bytes and were dropped: read the stream faster, use run() "
        "without on_event, or raise AppServerConfig.max_unread_bytes",
    ),
    (
        errors.MessageTooLargeError,
        {"limit": 10, "size": 20},
        (10, 20),
        "a message of 20 bytes passed the limit of 10 and was skipped: ask for less or raise "
        "AppServerConfig.max_message_bytes",
    ),
    (
        errors.ToolArgumentsError,
        {"tool": "add", "problems": PROBLEMS},
        ("add", PROBLEMS),
        "The arguments of the tool 'add' are not valid:\n- day: must be a date\nCorrect them and "
        "call the tool again.",
    ),
    (
        errors.OutputSchemaError,
        {"path": "Bill.lines[]", "problem": "is a set", "advice": "use a list"},
        ("Bill.lines[]", "is a set", "use a list"),
        "Bill.lines[] is a set: use a list",
    ),
    (
        errors.OutputValidationError,
        {"text": '{"day": 1}', "problems": PROBLEMS, "is_repairable": False},
        ('{"day": 1}', PROBLEMS),
        'the answer does not fit the output type:\n- day: must be a date\nanswer: {"day": 1}',
    ),
]


@pytest.mark.parametrize(("kind", "facts", "args", "text"), MADE)
def test_an_error_holds_the_facts_that_it_is_made_of_and_tells_them(
    kind: type[errors.CodexError], facts: dict[str, Any], args: tuple[Any, ...], text: str
) -> None:
    error = kind(**facts)
    assert str(error) == text
    assert repr(error) == f"{kind.__name__}({text!r})"
    held = {name: fact for name, fact in facts.items() if fact not in TOLD_ALONE}
    assert {name: getattr(error, name) for name in held} == held
    assert error.args == tuple(text if each is ... else each for each in args)
    twin = pickle.loads(pickle.dumps(error))
    assert (str(twin), twin.args, vars(twin)) == (text, error.args, vars(error))


def test_every_error_with_facts_of_its_own_is_made_above() -> None:
    of_others = {"StartupRefusedError", "StartupTimeoutError", "TurnFailedError"}  # made below
    of_others.add("MissingExtraError")
    made = {kind.__name__ for kind, *_ in MADE} | of_others
    assert {name for name in PARENTS if "__init__" in vars(getattr(errors, name))} == made


def test_what_the_facts_of_an_error_are_without_any() -> None:
    end = errors.TransportClosedError()
    assert str(end) == "the connection to the codex runtime is closed"
    assert (end.exit_code, end.signal, end.stderr_tail) == (None, None, "")
    late = TurnTimeoutError(turn_id="t", seconds=1, idle=True, last_event=None, alive=True)
    assert (late.result, late.last_error) == (None, None)
    vain = errors.ModelUnreachableError(turn_id="t", seconds=1, last_event=None, alive=True)
    assert (vain.idle, vain.retries, vain.provider, vain.url) == (False, 0, None, None)
    assert "0 retries: no cause." in str(vain)
    answer = errors.OutputValidationError("x", PROBLEMS)
    assert (answer.is_repairable, answer.result) == (True, None)
    reply = errors.JsonRpcError(7, "no")
    assert (reply.data, reply.method) == (None, None)
    reply.method = "model/list"
    assert str(reply) == "model/list: no (code 7)"
    kept = errors.ConnectionLostError("gone")
    assert (kept.thread_id, kept.resumable, kept.result) == (None, True, None)


def test_a_start_that_failed_tells_what_the_runtime_answered_or_did() -> None:
    refusal = errors.InvalidRequestError(-32600, "too old", {"a": 1})
    refused = errors.StartupRefusedError(refusal, stderr_tail="why")
    assert str(refused) == (
        "the codex runtime did not come up: too old; last lines of its stderr:\nwhy"
    )
    assert (refused.code, refused.data, refused.method) == (-32600, {"a": 1}, "initialize")
    assert (refused.exit_code, refused.signal, refused.stderr_tail) == (None, None, "why")
    late = RequestTimeoutError(**LATE_FACTS)
    silent = StartupTimeoutError(timeout=late, stderr_tail="why")
    assert str(silent) == (
        f"the codex runtime did not come up: {late}; last lines of its stderr:\nwhy"
    )
    assert {name: getattr(silent, name) for name in LATE_FACTS} == LATE_FACTS
    assert (silent.exit_code, silent.signal, silent.stderr_tail) == (None, None, "why")
    for error in (refused, silent):
        assert error.args == (error.message,)
        assert vars(pickle.loads(pickle.dumps(error))) == vars(error)


def test_a_failed_turn_has_its_result_and_what_the_runtime_told_of_it() -> None:
    turn = {
        "id": "t1",
        "status": "failed",
        "items": [],
        "error": {"message": "busy", "codexErrorInfo": "serverOverloaded"},
    }
    collector = TurnCollector("t1")
    collector.feed(Notification.from_wire("turn/completed", {"threadId": "th", "turn": turn}, 0))
    result: Any = collector.result()
    error = errors.OverloadedError("busy", result=result)
    assert error.result is result
    assert error.error is result.error
    assert error.error is not None
    assert error.info == error.error.codex_error_info == "serverOverloaded"
    assert errors.TurnFailedError("no", result=RESULT).info is None


def test_an_extra_that_is_missing_is_named() -> None:
    error = errors.MissingExtraError("cost", "usd=")
    assert error.extra == "cost"
    assert str(error) == "usd= needs the extra [cost]: pip install 'openai-codex[cost]'"


@pytest.mark.parametrize(
    ("limit", "budget", "spent", "text"),
    [
        ("usd", {"usd": 1}, Spend(usd=Decimal("1.25")), "spent 1.25 US dollars of its budget of 1"),
        (
            "usd",
            {"usd": 1},
            Spend(usd=None, unpriced=("a", "b")),
            "spent an unknown amount of money, at a, b",
        ),
        (
            "tokens",
            {"tokens": 5},
            Spend(usd=None, input_tokens=9),
            "spent 9 tokens of its budget of 5",
        ),
        (
            "output_tokens",
            {"output_tokens": 5},
            Spend(output_tokens=9),
            "spent 9 output tokens of its budget of 5",
        ),
        (
            "seconds",
            {"seconds": 2},
            Spend(seconds=2.345),
            "spent 2.3 seconds of its budget of 2.0",
        ),
    ],
)
def test_what_is_spent_of_a_budget_is_told_in_its_unit(
    limit: str, budget: dict[str, Any], spent: Spend, text: str
) -> None:
    assert errors.spent_text(limit, "turn", Budget(**budget), spent) == f"the turn {text}"


@pytest.mark.parametrize(
    ("error", "is_retryable"),
    [
        (errors.ServerBusyError(-32001, "busy"), True),
        (errors.JsonRpcError(-32001, "busy"), True),
        (errors.JsonRpcError(7, "busy", {"a": {"codexErrorInfo": "serverOverloaded"}}), True),
        (errors.JsonRpcError(7, "busy", "server_overloaded"), True),
        (errors.JsonRpcError(7, "no", {"a": "overloaded"}), False),
        (errors.InvalidParamsError(-32602, "no"), False),
        (errors.RetryLimitExceededError(-32001, "busy"), False),
        (errors.OverloadedError("busy", result=RESULT), True),
        (errors.TurnFailedError("no", result=RESULT), False),
        (errors.TransportClosedError(), False),
        (ValueError("no"), False),
    ],
)
def test_overload_alone_is_worth_another_attempt(error: Exception, is_retryable: bool) -> None:
    assert errors.is_retryable_error(error) is is_retryable


@pytest.mark.parametrize("code", [-32100, -32099, -32050, -32000, -31999])
def test_the_codes_of_servers_are_those_of_json_rpc(code: int) -> None:
    error = errors.map_jsonrpc_error(code, "odd")
    assert isinstance(error, errors.CodexRpcError) is (-32099 <= code <= -32000)


@pytest.mark.parametrize("message", ["Retry limit reached", "TOO MANY failed attempts: 5"])
def test_a_service_that_was_tried_often_enough_is_told_from_one_that_is_busy(message: str) -> None:
    assert type(errors.map_jsonrpc_error(-32001, message)) is errors.RetryLimitExceededError
    assert type(errors.map_jsonrpc_error(-32600, message)) is errors.InvalidRequestError


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
