"""A wrong option of a step or script fails where it is written, and is told what is allowed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openai_codex.testing import (
    ScriptedModel,
    ScriptError,
    add_file,
    delay,
    edit_file,
    fail,
    fake,
    hold,
    offline_config,
    run_command,
    say,
    think,
    update_plan,
    usage,
    view_image,
)


def untyped(value: object) -> Any:
    """Hide a type from the checker: wrong types are the point here."""
    return value


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.mark.parametrize(
    ("route", "error", "told"),
    [
        ({"kind": "bogus"}, ValueError, "kind must be one of 'turn', 'subagent', 'compaction'"),
        ({"agent": "sub"}, ValueError, "agent must be '/root' or a path such as '/root/sub'"),
        ({"thread": 7}, TypeError, "thread must be a thread's id, such as thread.id; got 7"),
    ],
)
def test_a_route_that_no_turn_can_take_is_refused(
    model: ScriptedModel, route: dict[str, Any], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=re.escape(told)):
        model.script(say("x"), **route)


@pytest.mark.parametrize("agent", [None, "/root", "/root/sub"])
def test_agents_that_there_are_can_be_scripted(model: ScriptedModel, agent: str | None) -> None:
    kind = "subagent" if agent == "/root/sub" else "turn"
    assert model.script(say("x"), agent=agent).route.kind == kind


@pytest.mark.parametrize(
    ("wrong", "error", "told"),
    [
        (lambda: say(untyped(None)), TypeError, "text must be a string, got None"),
        (lambda: say("x", phase="end"), ValueError, "phase must be one of 'commentary', "),
        (lambda: say("x", chunks=-1), ValueError, "chunks must be at least 0, got -1"),
        (lambda: say("x", pace=-1), ValueError, "pace must be at least 0"),
        (lambda: say(deltas="abc"), TypeError, "deltas must be a list of strings; got 'abc'"),
        (
            lambda: say(deltas=untyped([None])),
            TypeError,
            "deltas are strings, delay(...) and hold(...)",
        ),
        (lambda: think(untyped(None)), TypeError, "summary must be a string"),
        (lambda: run_command(untyped(["ls"])), TypeError, "cmd must be a string, got ['ls']"),
        (lambda: add_file("a", untyped(None)), TypeError, "text must be a string"),
        (lambda: edit_file("a", "b", untyped(None)), TypeError, "new must be a string"),
        (lambda: view_image(untyped(Path("a.png"))), TypeError, "path must be a string"),
        (
            lambda: update_plan([("a", "done")]),
            ValueError,
            "the status of a step must be one of 'pending', 'in_progress', 'completed'",
        ),
        (lambda: usage(input=-1), ValueError, "input must be at least 0"),
        (lambda: delay(untyped("1")), TypeError, "seconds must be a number of seconds"),
        (lambda: hold(untyped("gate")), TypeError, "gate = Gate(), then hold(gate); got 'gate'"),
        (lambda: fail(status=200), ValueError, "status must be an HTTP error, 400 to 599; got 200"),
    ],
)
def test_a_wrong_option_is_told_what_is_allowed(
    wrong: Callable[[], object], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=re.escape(told)):
        wrong()


def test_a_script_and_a_default_of_no_steps_are_refused(model: ScriptedModel) -> None:
    with pytest.raises(ScriptError, match="a script is made of steps"):
        model.script()
    with pytest.raises(ScriptError, match="a default is made of steps"):
        model.default()


def test_a_step_of_the_fake_is_told_from_one_of_the_model(model: ScriptedModel) -> None:
    with pytest.raises(ScriptError, match=r"not from openai_codex\.testing\.fake"):
        model.script(fake.say("x"))  # type: ignore[arg-type]


def test_requests_are_counted_from_one(model: ScriptedModel) -> None:
    with pytest.raises(ValueError, match="n must be at least 1"):
        model.wait_for_request(0)


def test_settings_name_the_one_that_is_wrong() -> None:
    with pytest.raises(TypeError, match=r"must be a ScriptedModel, or codex_endpoint; got 'http"):
        offline_config("http://127.0.0.1:1")  # type: ignore[arg-type]
    with (
        ScriptedModel() as model,
        pytest.raises(TypeError, match=r"features\.apps: TOML has no value for None; leave it out"),
    ):
        offline_config(model, features={"apps": None})


@pytest.mark.parametrize("wrong", [math.nan, -1, True, "5"])
def test_a_wait_for_a_request_takes_a_number_of_seconds_and_a_count(
    model: ScriptedModel, wrong: Any
) -> None:
    with pytest.raises((TypeError, ValueError), match="timeout must be"):
        model.wait_for_request(timeout=wrong)
    with pytest.raises((TypeError, ValueError), match="n must be"):
        model.wait_for_request(wrong, timeout=0)
