"""The parameters of a function as a tool sees them: what the model fills in, and what is injected.

Reads signatures and type hints. Builds no models and validates nothing.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from ..errors import ToolDefinitionError
from .context import ToolContext
from .hints import UNIONS, meant

__all__ = ["REQUIRED", "Parameter", "plain_function", "read_parameters", "underlying"]

REQUIRED = inspect.Parameter.empty

_WRAP_IT = "write a function with type hints that calls it"

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
    """One parameter; `default` is `REQUIRED` where there is none."""

    name: str
    annotation: Any
    default: Any
    positional: bool

    @property
    def is_context(self) -> bool:
        """Tell whether the call's `ToolContext` goes here."""
        return _is_context(self.annotation)


def read_parameters(
    function: Callable[..., Any], *, names: Mapping[str, Any]
) -> tuple[Parameter, ...]:
    """Return the function's parameters with their hints resolved.

    `names` are names visible where the function was written. Raises ToolDefinitionError.
    """
    parameters = _signature(function).parameters.values()
    _check_function(function, tuple(parameters))
    for parameter in parameters:
        _check(parameter)
    hints = _hints(function, parameters, names)
    return tuple(
        Parameter(
            name=parameter.name,
            annotation=meant(hints[parameter.name], default=parameter.default),
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
        raise ToolDefinitionError(f"it has no readable signature ({error}): {_WRAP_IT}") from error


def _check_function(function: Callable[..., Any], parameters: Sequence[Any]) -> None:
    """Refuse built-in functions, which have no hints, and methods that miss their instance."""
    written = plain_function(function)
    if parameters and inspect.isroutine(written) and not hasattr(written, "__annotations__"):
        raise ToolDefinitionError(f"it is built in and has no type hints: {_WRAP_IT}")
    if parameters and parameters[0].name in ("self", "cls") and _lacks_hint(parameters[0]):
        name = getattr(written, "__name__", "method")
        raise ToolDefinitionError(
            f"it is a method without its instance: take it from one, instance.{name}"
        )


def _lacks_hint(parameter: inspect.Parameter) -> bool:
    return parameter.annotation is parameter.empty


def _is_context(annotation: Any) -> bool:
    if get_origin(annotation) in (Annotated, *UNIONS):
        return any(map(_is_context, get_args(annotation)))
    return annotation is ToolContext


def _check(parameter: inspect.Parameter) -> None:
    problem = _NO_JSON_FORM.get(parameter.kind)
    if problem:
        raise ToolDefinitionError(problem.format(parameter.name))
    if _lacks_hint(parameter):
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
