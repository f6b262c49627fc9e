"""A wrong option of the fake fails where it is written, and is told what is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from openai_codex.testing import say as model_say
from openai_codex.testing.fake import (
    FakeAppServer,
    at_byte,
    at_event,
    complete,
    deltas,
    event,
    faults,
    on,
    pause,
    reply,
    say,
    turn,
    usage,
)


def untyped(value: object) -> Any:
    """Hide a type from the checker: wrong types are the point here."""
    return value


OTHER = untyped(model_say("x"))


@pytest.mark.parametrize(
    ("wrong", "error", "told"),
    [
        (lambda: say(untyped(None)), TypeError, "text must be a string"),
        (lambda: say("x", phase="end"), ValueError, "phase must be one of 'commentary', "),
        (lambda: say("x", deltas=-1), ValueError, "deltas must be at least 0"),
        (lambda: deltas(-1, 1), ValueError, "count must be at least 0"),
        (lambda: usage(output=-1), ValueError, "output must be at least 0"),
        (lambda: event(untyped(None)), TypeError, "method must be a string"),
        (lambda: reply(times=0), ValueError, "times must be at least 1"),
        (lambda: complete(status="done"), ValueError, "'completed', 'interrupted', 'failed'"),
        (lambda: pause(untyped(2)), TypeError, "got 2: seconds are pause(seconds=)"),
        (lambda: pause(seconds=-1), ValueError, "seconds must be at least 0"),
        (lambda: at_event(0, say("x")), ValueError, "count must be at least 1"),
        (lambda: at_event(1, OTHER), TypeError, "steps of openai_codex.testing.fake"),
        (lambda: turn(OTHER), TypeError, "steps of openai_codex.testing.fake"),
        (lambda: turn(times=0), ValueError, "times must be at least 1"),
        (lambda: on("model/list", nth=0), ValueError, "nth must be at least 1"),
        (lambda: on(untyped(None)), TypeError, "method must be a string"),
        (lambda: at_byte(-1), ValueError, "count must be at least 0"),
        (lambda: turn().in_spawns(), ValueError, "such as in_spawns(1)"),
        (lambda: turn().in_spawns(0), ValueError, "the number of a spawn must be at least 1"),
        (lambda: faults.die(signal="SIGNOT"), ValueError, "'SIGTERM'"),
        (lambda: faults.reorder(0), ValueError, "count must be at least 1"),
        (lambda: faults.delay(-1), ValueError, "seconds must be at least 0"),
        (lambda: faults.error(untyped("x"), "no"), TypeError, "code must be a number"),
        (lambda: faults.huge_line(10), ValueError, "size must be at least 61"),
        (lambda: faults.flood(-1), ValueError, "count must be at least 0"),
        (lambda: FakeAppServer(untyped(turn())), TypeError, "write FakeAppServer([...])"),
    ],
)
def test_a_wrong_option_is_told_what_is_allowed(
    wrong: Callable[[], object], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=re.escape(told)):
        wrong()


def test_a_kind_of_record_that_there_is_not_is_refused_at_once() -> None:
    with (
        FakeAppServer() as server,
        pytest.raises(ValueError, match=r"kind must be one of 'answered', .*; got 'pausd'"),
    ):
        server.wait_for("gate", kind="pausd")  # type: ignore[arg-type]
