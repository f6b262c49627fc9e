"""Steps make responses by one rule, and what cannot be played is refused when it is written."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex.testing import (
    Gate,
    ModelRequest,
    ScriptError,
    Step,
    cut,
    delay,
    fail,
    hold,
    malformed,
    parallel,
    run_command,
    say,
    silence,
    think,
    tool_search,
    usage,
    web_search,
)
from openai_codex.testing.model.script import flat, responses

LS = run_command("ls")
OK = say("ok")
HM = think("hm")
SPENT = usage(input=7)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], []),
        ([OK], [(OK,)]),
        ([HM, LS, SPENT, OK], [(HM, LS), (SPENT, OK)]),
        ([OK, LS, OK], [(OK, LS), (OK,)]),
        ([OK, OK], [(OK, OK)]),
        ([LS, LS], [(LS,), (LS,)]),
        ([parallel(LS, LS), OK], [(LS, LS), (OK,)]),
        ([HM, [OK, LS], OK], [(HM, OK, LS), (OK,)]),
        ([[OK], OK], [(OK,), (OK,)]),
        ([OK, cut(), OK], [(OK, cut()), (OK,)]),
        ([fail(status=500), OK], [(fail(status=500),), (OK,)]),
        ([web_search("x"), OK], [(web_search("x"), OK)]),
        ([tool_search("x"), OK], [(tool_search("x"),), (OK,)]),
        ([malformed()], [(malformed(),)]),
    ],
)
def test_steps_make_responses(steps: list[Step], expected: list[tuple[Step, ...]]) -> None:
    assert responses(steps) == expected


def test_a_callable_ends_its_response() -> None:
    def answer(request: ModelRequest) -> Step:
        return OK

    assert responses([HM, answer, OK]) == [(HM, answer), (OK,)]


@pytest.mark.parametrize("stop", [silence(), cut(), fail(code="x")])
def test_nothing_can_follow_the_end_of_a_response(stop: Step) -> None:
    with pytest.raises(ScriptError, match="nothing can follow"):
        flat([stop, OK])


def test_an_http_failure_stands_alone() -> None:
    with pytest.raises(ScriptError, match="must be a response of its own"):
        responses([OK, fail(status=500)])


@pytest.mark.parametrize("trailing", [SPENT, delay(1), hold(Gate())])
def test_a_trailing_attribute_has_nothing_to_belong_to(trailing: Step) -> None:
    with pytest.raises(ScriptError, match="put it before the step it belongs to"):
        responses([LS, trailing])


def test_a_fail_needs_a_status_or_a_code() -> None:
    with pytest.raises(ValueError, match="status= "):
        fail()


@pytest.mark.parametrize(
    ("step", "pieces"),
    [
        (say("two words"), ("two ", "words")),
        (say(""), ()),
        (say("abcd", chunks=2), ("ab", "cd")),
        (say("abcd", chunks=0), ()),
        (say("ab", chunks=9), ("a", "b")),
        (say(deltas=["x", delay(0.1), "y"]), ("x", delay(0.1), "y")),
        (say("ab", chunks=1, pace=0.5), (delay(0.5), "ab")),
    ],
)
def test_a_say_streams_in_pieces(step: Step, pieces: tuple[object, ...]) -> None:
    assert getattr(step, "deltas") == pieces  # noqa: B009 - a Step is a union


def test_a_long_say_streams_in_at_most_32_pieces_that_make_the_text() -> None:
    text = "word " * 1000
    pieces = say(text).deltas
    assert len(pieces) == 32
    assert "".join(piece for piece in pieces if isinstance(piece, str)) == text


def test_deltas_alone_make_the_text() -> None:
    assert say(deltas=["Hel", hold(Gate()), "lo"]).text == "Hello"


@pytest.mark.parametrize("step", ["Hello", None, 3, b"x"])
def test_what_is_no_step_is_refused(step: Any) -> None:
    with pytest.raises(ScriptError, match="is not a step; a text is written say"):
        flat([step])
