"""Ask a function of the test for its steps, and say where it failed when it did.

What is shown goes to the runtime and into reports, so secrets are taken out of it.
"""

from __future__ import annotations

import inspect
import os
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .problems import ScriptError
from .script import Response, flat

if TYPE_CHECKING:
    from types import TracebackType

    from .request import ModelRequest

INNERMOST = 8  # frames that are shown of a failure


def answered(response: Response, request: ModelRequest) -> Response:
    """Put what functions return in their place; raises `ScriptError` for one that failed."""
    return flat([_asked(step, request) if callable(step) else step for step in response])


def _asked(function: Callable[[ModelRequest], Any], request: ModelRequest) -> Response:
    try:
        answer = function(request)
    except BaseException as error:  # the test's own code; pytest.fail() is no Exception
        raise ScriptError(_failure(function, error, request)) from error
    try:
        return _checked(answer)
    except ScriptError as error:
        said = f"{_called(function)} at {_defined(function)} must return steps: {error}"
        raise ScriptError(_without_secrets(f"{said}\nit was asked by {request!r}")) from error


def _checked(answer: Any) -> Response:
    if inspect.iscoroutine(answer):
        answer.close()
        raise ScriptError("it is async; write a plain function")
    if answer is None:
        raise ScriptError("it returned None; is a `return` missing?")
    response = flat([answer])
    if any(callable(step) for step in response):
        raise ScriptError(f"it returned a function: {response!r}")
    return response


def _failure(function: Callable[..., Any], error: BaseException, request: ModelRequest) -> str:
    inside = error.__traceback__ and error.__traceback__.tb_next  # without the frame of this module
    if inside is None:
        where, why = _defined(function), "it is called with one argument, the request"
    else:
        where, why = _place(inside), _trace(error, inside)
    said = f"{_called(function)} failed at {where}: {error!r}"
    return _without_secrets(f"{said}\n{why}\nit was asked by {request!r}")


def _trace(error: BaseException, inside: TracebackType) -> str:
    lines = traceback.format_exception(type(error), error, inside, limit=-INNERMOST)
    return "".join(lines).rstrip("\n")


def _place(trace: TracebackType) -> str:
    """Return where it was raised, or the last line of the test's own file that led there."""
    frames = traceback.extract_tb(trace)
    own = [frame for frame in frames if frame.filename == frames[0].filename][-1]
    return f"{own.filename}:{own.lineno}"


def _called(function: Callable[..., Any]) -> str:
    return f"the script's function {getattr(function, '__name__', repr(function))}"


def _defined(function: Callable[..., Any]) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else "an unknown line"


def _without_secrets(text: str) -> str:
    from ..recording.secrets import hide, secret_values

    hidden: str = hide(text, secret_values(os.environ))
    return hidden
