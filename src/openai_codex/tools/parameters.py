"""The parameters of a function as a tool sees them: what the model fills in, and what is injected.

Reads signatures and type hints. Builds no models and validates nothing.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, get_args, get_type_hints

from .context import ToolContext
from .errors import ToolDefinitionError

__all__ = ["REQUIRED", "Parameter", "plain_function", "read_parameters", "underlying"]

REQUIRED = inspect.Parameter.empty

_NO_JSON_FORM: Mapping[Any, str] = {
    inspect.Parameter.VAR_POSITIONAL: (
        "*{0} has no place in a JSON object: take a list, {0}: list[str]"
    ),
    inspect.Parameter.VAR_KEYWORD: (
        "**{0} has no place in a JSON object: take a dictionary, {0}: dict[str, str]"
    ),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """Describe one parameter; `default` is `REQUIRED` where there is none."""

    name: str
    annotation: Any
    default: Any
    positional: bool

    @property
    def is_context(self) -> bool:
        """Tell whether the call's `ToolContext` goes here."""
        return ToolContext in (self.annotation, *get_args(self.annotation))


def read_parameters(
    function: Callable[..., Any], *, names: Mapping[str, Any]
) -> tuple[Parameter, ...]:
    """Return the function's parameters with their hints resolved.

    `names` are names visible where the function was written. Raises ToolDefinitionError.
    """
    parameters = _signature(function).parameters.values()
    for parameter in parameters:
        _check(parameter)
    hints = _hints(function, parameters, names)
    return tuple(
        Parameter(
            name=parameter.name,
            annotation=hints[parameter.name],
            default=parameter.default,
            positional=parameter.kind is parameter.POSITIONAL_ONLY,
        )
        for parameter in parameters
    )


def underlying(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what runs when this is called, from under partial() and a callable object."""
    while isinstance(function, functools.partial):
        function = function.func
    return function if inspect.isroutine(function) else type(function).__call__


def plain_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function as it was written, from under wraps() too."""
    written: Callable[..., Any] = inspect.unwrap(underlying(function))
    return written


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(function)
    except (ValueError, NameError) as error:
        raise ToolDefinitionError(f"it has no readable signature: {error}") from error


def _check(parameter: inspect.Parameter) -> None:
    problem = _NO_JSON_FORM.get(parameter.kind)
    if problem:
        raise ToolDefinitionError(problem.format(parameter.name))
    if parameter.annotation is parameter.empty:
        raise ToolDefinitionError(
            f"parameter {parameter.name!r} has no type hint, and the model needs one: "
            f"write for example {parameter.name}: str"
        )
    if type(parameter.default).__name__ == "FieldInfo":
        raise ToolDefinitionError(
            f"parameter {parameter.name!r} has Field(...) as its default: "
            f"write {parameter.name}: Annotated[..., Field(...)] = default"
        )


def _hints(
    function: Callable[..., Any], parameters: Any, names: Mapping[str, Any]
) -> dict[str, Any]:
    """Resolve the hints of the parameters; the return type's hint need not resolve."""
    written = SimpleNamespace(__annotations__={p.name: p.annotation for p in parameters})
    namespace = getattr(plain_function(function), "__globals__", {})
    try:
        return get_type_hints(written, namespace, dict(names), include_extras=True)
    except (NameError, TypeError, SyntaxError, AttributeError) as error:
        raise ToolDefinitionError(
            f"the type hints cannot be read: {error}; import the types at run time "
            "(not under TYPE_CHECKING) and define them at module level"
        ) from error
