"""Functions of a script: what they return is checked, and where they fail is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openai_codex.testing import ModelRequest, ScriptError, say
from openai_codex.testing.model.answering import answered

SECRET = "hunter2-but-longer"


def request() -> ModelRequest:
    return ModelRequest({}, {})


def failure(*steps: Any) -> str:
    with pytest.raises(ScriptError) as raised:
        answered(steps, request())
    return str(raised.value)


def line_of(text: str) -> int:
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.strip() == text)


def test_what_a_function_returns_takes_its_place() -> None:
    steps = answered((say("a"), lambda request: [say("b"), say(request.thread_id)]), request())
    assert steps == (say("a"), say("b"), say(""))


def test_a_failure_names_file_line_and_error_and_shows_the_way_there() -> None:
    def broken(request: ModelRequest) -> Any:
        return looks_up(request)

    def looks_up(request: ModelRequest) -> Any:
        return request.body["price"]

    told = failure(broken)
    line = line_of('return request.body["price"]')
    assert told.startswith(
        f"the script's function broken failed at {__file__}:{line}: KeyError('price')\n"
    )
    assert f'File "{__file__}", line {line}, in looks_up' in told
    assert "in broken" in told
    assert "in _asked" not in told


def test_a_failure_in_a_library_is_placed_in_the_test() -> None:
    def broken(request: ModelRequest) -> Any:
        return Path("/not/there").read_text()

    told = failure(broken).splitlines()
    line = line_of('return Path("/not/there").read_text()')
    assert f"{__file__}:{line}" in told[0]
    assert any("pathlib" in line for line in told)


def test_a_failure_keeps_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", SECRET)

    def broken(request: ModelRequest) -> Any:
        raise LookupError(f"{SECRET} and sk-proj-abcdefghij0123456789")

    told = failure(broken)
    assert "LookupError" in told
    assert SECRET not in told
    assert "abcdefghij" not in told


def test_what_is_no_exception_is_shown_too() -> None:
    def broken(request: ModelRequest) -> Any:
        pytest.fail("not what I asked")

    assert "not what I asked" in failure(broken)


def test_a_function_without_the_request_is_told_how_it_is_called() -> None:
    def needs_nothing() -> Any:
        return say("x")

    told = failure(needs_nothing)
    assert f"{__file__}:{line_of('def needs_nothing() -> Any:')}" in told
    assert "it is called with one argument, the request" in told


async def later(request: ModelRequest) -> Any:
    return say("x")


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (lambda request: None, "it returned None; is a `return` missing?"),
        (lambda request: "Hello", "a text is written say('Hello')"),
        (lambda request: [say("x"), print], "it returned a function"),
        (later, "it is async; write a plain function"),
    ],
)
def test_what_is_no_step_is_refused_and_the_function_named(function: Any, told: str) -> None:
    text = failure(function)
    assert f"the script's function {function.__name__} at {__file__}:" in text
    assert told in text
