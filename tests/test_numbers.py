"""Options in seconds and counts outside the client: one check, before anything is done."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from openai_codex import Rules
from openai_codex.batch import Task, run_batch
from openai_codex.retry import backoff, retry_on_overload
from openai_codex.testing import (
    Gate,
    LoginIssuer,
    delay,
    replay,
    run_command,
    say,
    usage,
    wait_agent,
    write_stdin,
)

Called = Callable[[Any], object]

WRONG_SECONDS = [math.nan, -1, -(10**400), timedelta(seconds=-1), True, "5", Fraction(1, 2)]
ENDLESS = [math.inf, 10**400, 1e18, timedelta.max]
WRONG_COUNTS = [math.nan, math.inf, 1.5, -1, True, "5", timedelta(seconds=5)]


def _passes(gate: Gate, **options: Any) -> None:
    """Wait for a gate that is reached a little later."""
    threading.Timer(0.05, gate.hold).start()
    try:
        gate.wait_reached(**options)
    finally:
        gate.open()


def _replayed(patience: Any, folder: Path = Path("/nowhere")) -> None:
    with replay(folder / "no.jsonl", patience=patience):
        pass


def _paused(max_pause: Any) -> object:
    return run_batch([], out="never-written", max_pause=max_pause)


SECONDS: dict[str, Called] = {
    "timeout of a task": lambda given: Task("a", "x", timeout=given),
    "command_timeout": lambda given: Task("a", "x", command_timeout=given),
    "max_pause": _paused,
    "seconds": delay,
    "pace": lambda given: say("x", pace=given),
    "timeout of a gate": lambda given: _passes(Gate(), timeout=given),
    "timeout of a login": lambda given: LoginIssuer().wait_for_request("GET /", timeout=given),
    "patience": _replayed,
    "initial_delay_s": lambda given: retry_on_overload(lambda: 1, initial_delay_s=given),
    "initial": lambda given: list(backoff(attempts=2, initial=given)),
    "maximum": lambda given: list(backoff(attempts=2, maximum=given)),
}
WAITED = ("timeout of a login", "patience")
"""Those that would wait for ever where there is no limit."""

COUNTS: dict[str, Called] = {
    "times": lambda given: Gate().wait_reached(times=given, timeout=0),
    "chunks": lambda given: say("x", chunks=given),
    "input": lambda given: usage(input=given),
    "cache_write": lambda given: usage(cache_write=given),
    "yield_time_ms": lambda given: run_command("x", yield_time_ms=given),
    "max_output_tokens": lambda given: run_command("x", max_output_tokens=given),
    "session_id": lambda given: write_stdin(given, "x"),
    "timeout_ms": lambda given: wait_agent(timeout_ms=given),
    "audit_size": lambda given: Rules(audit_size=given),
    "attempts": lambda given: backoff(attempts=given),
    "concurrency": lambda given: run_batch([], out="never-written", concurrency=given),
}


@pytest.mark.parametrize("name", SECONDS)
@pytest.mark.parametrize("wrong", WRONG_SECONDS, ids=repr)
def test_what_is_no_number_of_seconds_is_refused_by_name(name: str, wrong: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=f"{name.partition(' ')[0]} must be"):
        SECONDS[name](wrong)


@pytest.mark.parametrize("name", [name for name in SECONDS if name not in WAITED])
@pytest.mark.parametrize("endless", ENDLESS, ids=["inf", "int", "float", "timedelta"])
def test_infinity_and_more_than_can_be_waited_are_taken(name: str, endless: Any) -> None:
    SECONDS[name](endless)


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("wrong", WRONG_COUNTS, ids=repr)
def test_what_is_no_count_is_refused_by_name(name: str, wrong: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=f"{name} must be"):
        COUNTS[name](wrong)


def test_more_than_a_log_can_hold_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="audit_size must be at most"):
        Rules(audit_size=10**400)


def test_a_number_of_thousands_of_digits_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="seconds must be at least 0 seconds, got a number of"):
        delay(-(10**5000))


@pytest.mark.parametrize("jitter", [math.nan, -1, "5"])
def test_a_jitter_that_is_none_is_refused_by_name(jitter: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="jitter must be"):
        backoff(attempts=1, jitter=jitter)


@pytest.mark.parametrize("jitter", [math.inf, 10**400])
def test_delays_stay_numbers_whatever_the_jitter(jitter: Any) -> None:
    assert all(0 <= wait < 2**31 for wait in backoff(attempts=20, jitter=jitter))


def test_a_time_limit_of_a_task_is_kept_as_it_was_given() -> None:
    assert Task("a", "x", timeout=600).digest() != Task("a", "x", timeout=600.0).digest()
    assert Task("a", "x", timeout=timedelta(minutes=10)).timeout == 600.0
    assert Task("a", "x", timeout=math.inf).timeout is None
