"""Overload is tried again, whatever says that it is overload; nothing else is."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_codex import retry
from openai_codex._turns.collector import TurnCollector
from openai_codex.errors import (
    CodexError,
    CodexRpcError,
    InvalidParamsError,
    JsonRpcError,
    OverloadedError,
    RetryLimitExceededError,
    ServerBusyError,
    TransportClosedError,
    UsageLimitError,
)
from openai_codex.retry import Restart, async_retry_on_overload, backoff, retry_on_overload

RESULT = TurnCollector("t1").result()
BUSY = ServerBusyError(-32001, "Server overloaded; retry later.")
Run = Callable[..., Any]


def run_async(op: Callable[[], Any], **options: Any) -> Any:
    async def awaited() -> Any:
        return op()

    return asyncio.run(async_retry_on_overload(awaited, **options))


FACES = pytest.mark.parametrize("run", [retry_on_overload, run_async], ids=["sync", "async"])


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the delays that were asked for, none of which is waited for."""
    delays: list[float] = []

    async def sleep(seconds: float) -> None:
        delays.append(seconds)

    monkeypatch.setattr(time, "sleep", delays.append)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    return delays


class Op:
    """An operation that fails in the given ways, one after the other, then works."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return "done"


@pytest.mark.parametrize(
    "error",
    [
        BUSY,
        JsonRpcError(-32001, "Server overloaded; retry later."),
        CodexRpcError(-32603, "upstream", {"codexErrorInfo": "serverOverloaded"}),
        CodexRpcError(-32603, "upstream", {"error": {"codex_error_info": "server_overloaded"}}),
        OverloadedError("the service is overloaded", result=RESULT),
    ],
)
@FACES
def test_overload_is_tried_again(run: Run, error: Exception, slept: list[float]) -> None:
    op = Op(error, error)
    assert run(op) == "done"
    assert op.calls == 3
    assert len(slept) == 2


@pytest.mark.parametrize(
    "error",
    [
        InvalidParamsError(-32602, "wrong", {"codexErrorInfo": "badRequest"}),
        CodexRpcError(-32603, "wrong", ["serverUnloaded"]),
        RetryLimitExceededError(-32001, "still overloaded"),
        UsageLimitError("the limit is reached", result=RESULT),
        TransportClosedError(),
        KeyError("theirs"),
    ],
)
@FACES
def test_anything_else_comes_out_at_once(run: Run, error: Exception, slept: list[float]) -> None:
    op = Op(error)
    with pytest.raises(type(error)) as caught:
        run(op)
    assert caught.value is error
    assert (op.calls, slept) == (1, [])


@FACES
def test_the_last_refusal_is_the_cause_of_the_limit(run: Run, slept: list[float]) -> None:
    data = {"codexErrorInfo": "serverOverloaded"}
    op = Op(*[CodexRpcError(-32603, "busy", data) for _ in range(9)])
    with pytest.raises(RetryLimitExceededError, match="busy") as caught:
        run(op, max_attempts=4)
    assert op.calls == 4
    assert len(slept) == 3
    assert (caught.value.code, caught.value.data) == (-32603, data)
    assert type(caught.value.__cause__) is CodexRpcError


@FACES
def test_a_turn_that_stays_overloaded_keeps_its_own_error(run: Run, slept: list[float]) -> None:
    error = OverloadedError("overloaded", result=RESULT)
    with pytest.raises(OverloadedError) as caught:
        run(Op(error, error), max_attempts=2)
    assert caught.value is error


@FACES
def test_one_attempt_means_no_delay_and_none_is_refused(run: Run, slept: list[float]) -> None:
    with pytest.raises(RetryLimitExceededError):
        run(Op(BUSY), max_attempts=1)
    assert slept == []
    with pytest.raises(ValueError, match="max_attempts must be at least 1"):
        run(Op(), max_attempts=0)


@FACES
def test_delays_double_up_to_their_maximum(run: Run, slept: list[float]) -> None:
    run(
        Op(*[BUSY] * 4),
        max_attempts=5,
        initial_delay_s=0.5,
        max_delay_s=1.5,
        jitter_ratio=0.0,
    )
    assert slept == [0.5, 1.0, 1.5, 1.5]


@given(
    attempts=st.integers(0, 12),
    initial=st.floats(0.0, 10.0),
    maximum=st.floats(0.0, 10.0),
    jitter=st.floats(0.0, 2.0),
)
def test_every_delay_is_within_its_bounds(
    attempts: int, initial: float, maximum: float, jitter: float
) -> None:
    delays = list(backoff(attempts=attempts, initial=initial, maximum=maximum, jitter=jitter))
    assert len(delays) == attempts
    most = max(initial, maximum) * (1 + jitter) + 1e-9
    assert all(0.0 <= delay <= most for delay in delays)


@pytest.mark.parametrize(
    ("options", "bounds"),
    [
        ({}, (0.8, 1.2)),
        ({"jitter": 0.5}, (0.5, 1.5)),
    ],
)
def test_a_delay_is_off_by_its_jitter_to_both_sides(
    options: dict[str, Any], bounds: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    doubling = [0.25, 0.5, 1.0, 2.0, 2.0]
    for take in (min, max):
        monkeypatch.setattr("random.uniform", lambda low, high, take=take: take(low, high))
        wanted = [delay * take(bounds) for delay in doubling]
        assert list(backoff(attempts=5, **options)) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"initial_delay_s": -1}, "initial_delay_s must be at least 0"),
        ({"max_delay_s": -1}, "max_delay_s must be at least 0"),
        ({"jitter_ratio": -0.1}, "jitter_ratio must be at least 0"),
        ({"max_attempts": 0}, "max_attempts must be at least 1"),
    ],
)
@FACES
def test_an_option_that_could_never_work_is_refused_by_name_before_the_first_attempt(
    run: Run, options: dict[str, Any], text: str
) -> None:
    op = Op()
    with pytest.raises(ValueError, match=f"^{text}"):
        run(op, **options)
    assert op.calls == 0


def test_both_apis_take_the_same_options() -> None:
    options = dict(inspect.signature(retry_on_overload).parameters)
    twins = dict(inspect.signature(async_retry_on_overload).parameters)
    assert [(p.name, p.default, p.kind) for p in options.values()] == [
        (p.name, p.default, p.kind) for p in twins.values()
    ]
    assert [(p.name, p.default) for p in options.values()][1:] == [
        *(("max_attempts", 3), ("initial_delay_s", 0.25)),
        *(("max_delay_s", 2.0), ("jitter_ratio", 0.2)),
    ]


def test_a_keyboard_interrupt_is_never_retried() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retry_on_overload(interrupted)
    assert not retry.is_retryable_error(KeyboardInterrupt())
    assert not retry.is_retryable_error(CodexError("other"))


@pytest.mark.parametrize(
    ("bounds", "kind", "name"),
    [
        ({"limit": 0}, ValueError, "limit"),
        ({"limit": 1.5}, TypeError, "limit"),
        ({"within": "60"}, TypeError, "within"),
        ({"within": -1}, ValueError, "within"),
    ],
)
def test_a_restart_that_could_never_hold_is_refused(
    bounds: dict[str, Any], kind: type[Exception], name: str
) -> None:
    with pytest.raises(kind, match=rf"^{name} must"):
        Restart(**bounds)


def test_the_span_of_restarts_is_seconds_or_a_timedelta() -> None:
    assert Restart(within=timedelta(minutes=2)) == Restart(limit=5, within=120.0)
    assert Restart() == Restart(limit=5, within=60.0)
    assert Restart(limit=1).limit == 1
