"""A Python function as a tool of the model: `Tool`, and the decorator `tool`.

Says what the tool is and turns arguments into a call and results into an answer. It does not run
the function: whoever binds a call decides where it runs and for how long.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import MethodType
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from .._checks import check_callable, check_count, check_flag, check_kind, checked_seconds
from .._schema.callers import local_types, may_be_in_a_hint
from ..errors import ToolArgumentsError, ToolDefinitionError
from .docstring import Docstring, parse_docstring
from .names import check_namespace, check_tool_name
from .parameters import Parameter, plain_function, read_parameters, underlying
from .result import MAX_RESULT_CHARS, failure, render

if TYPE_CHECKING:
    from datetime import timedelta

    from .arguments import ArgumentModel
    from .context import ToolContext

__all__ = ["BoundCall", "Tool", "tool"]

P = ParamSpec("P")
R = TypeVar("R")
Q = ParamSpec("Q")
S = TypeVar("S")

MAX_ERROR_CHARS = 2_000
MAX_GROUPS = 8  # of errors in each other

logger = logging.getLogger("openai_codex.tools")


@dataclass(frozen=True, slots=True)
class BoundCall:
    """A function with validated arguments; call it to run it.

    An async function gives an awaitable; so may a plain one that passes a coroutine on.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __call__(self) -> Any:
        """Run the function."""
        return self.function(*self.args, **self.kwargs)


class Tool(Generic[P, R]):
    """A function that is offered to the model; calling the tool calls the function.

    `name`, `description`, `timeout` (seconds, None for no limit), `namespace`, `defer_loading` and
    `is_async` are plain attributes. The schema is built when first needed, so that type hints may
    name types defined further down.
    """

    __name__: str

    def __init__(
        self,
        function: Callable[P, R],
        *,
        name: str | None = None,
        description: str | None = None,
        timeout: float | timedelta | None = None,
        namespace: str | None = None,
        defer_loading: bool = False,
        max_result_chars: int = MAX_RESULT_CHARS,
        on_error: Callable[[BaseException], Any] | None = None,
        names: dict[str, Any] | None = None,
    ) -> None:
        function = _without_tool(function)
        _checked(function)
        functools.update_wrapper(self, function)
        self.function = function
        self.name = name if name is not None else _name_of(function)
        self.timeout = timeout
        self.namespace = namespace
        self.defer_loading = defer_loading
        self.max_result_chars = max_result_chars
        self.on_error = on_error
        self.is_async = inspect.iscoroutinefunction(underlying(function))
        self._names = names or {}
        self.description = description if description is not None else self._docstring.description
        with _naming(self.name):
            self.timeout = _checked_options(vars(self))
        check_tool_name(self.name, namespaced=namespace is not None)
        if namespace is not None:
            check_namespace(namespace, description="")

    @staticmethod
    def of(function: Tool[Q, S] | Callable[Q, S]) -> Tool[Q, S]:
        """Return the tool itself, or make one of a function."""
        return function if isinstance(function, Tool) else Tool(function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function as it was written: nothing is validated or rendered."""
        return self.function(*args, **kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Tool[..., R]:
        """Bind to an instance, as a method does."""
        if instance is None:
            return self
        return self.replace(MethodType(self.function, instance))

    def __repr__(self) -> str:
        return f"<Tool {self.name!r} of {plain_function(self.function).__qualname__}>"

    def replace(self, function: Callable[..., R]) -> Tool[..., R]:
        """Return a tool with the same options for another function."""
        return Tool(
            function,
            name=self.name,
            description=self.description,
            timeout=self.timeout,
            namespace=self.namespace,
            defer_loading=self.defer_loading,
            max_result_chars=self.max_result_chars,
            on_error=self.on_error,
            names=self._names,
        )

    @property
    def input_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the arguments for the model; raises ToolDefinitionError."""
        return self._arguments.schema

    @property
    def wants_context(self) -> bool:
        """Tell whether a parameter takes the call's `ToolContext`."""
        return any(parameter.is_context for parameter in self._parameters)

    def spec(self) -> dict[str, Any]:
        """Return the entry for `thread/start.dynamicTools`, without the namespace around it."""
        spec = {
            "type": "function",
            "name": self.name,
            "description": self.description,
            "inputSchema": self.input_schema,
        }
        return {**spec, "deferLoading": True} if self.defer_loading else spec

    def bind(self, arguments: object, *, context: ToolContext | None = None) -> BoundCall:
        """Validate the arguments of one call; raises ToolArgumentsError with text for the model."""
        values = self._arguments.validate(arguments, tool=self.name)
        values.update((p.name, context) for p in self._parameters if p.is_context)
        args = tuple(values.pop(p.name, p.default) for p in self._parameters if p.positional)
        return BoundCall(self.function, args, values)

    def render(self, result: Any) -> dict[str, Any]:
        """Return the answer to `item/tool/call` for what the function returned."""
        return render(result, limit=self.max_result_chars)

    def render_error(self, error: BaseException) -> dict[str, Any]:
        """Return the answer for a call that raised: type and message for the model, no traceback.

        `on_error=` may say it differently, with anything that a tool may return; None leaves it so.
        It is not asked about arguments that are not valid: the model must read what is wrong.
        """
        if isinstance(error, ToolArgumentsError):
            return failure(str(error))
        custom = self._ask_on_error(error)
        if custom is not None:
            return {**self.render(custom), "success": False}
        text = "\n".join(_told(error))
        return failure(text if len(text) <= MAX_ERROR_CHARS else f"{text[:MAX_ERROR_CHARS]}…")

    def render_timeout(self) -> dict[str, Any]:
        """Return the answer for a call that passed the tool's timeout."""
        limit = "in time" if self.timeout is None else f"within {self.timeout:g} seconds"
        return self.render_error(TimeoutError(f"the tool {self.name!r} did not finish {limit}"))

    def _ask_on_error(self, error: BaseException) -> Any:
        if self.on_error is None:
            return None
        try:
            return self.on_error(error)
        except Exception:
            logger.exception(
                "on_error of tool %r raised; the model gets the plain error", self.name
            )
            return None

    @functools.cached_property
    def _docstring(self) -> Docstring:
        # Read late: for a class method without one, getdoc() asks the class for the method, which
        # binds this tool again.
        return _docstring_of(self.function)

    @functools.cached_property
    def _parameters(self) -> tuple[Parameter, ...]:
        with _naming(self.name):
            # A plain function that is given to a thread may name local types of its giver.
            return read_parameters(self.function, names={**local_types(), **self._names})

    @functools.cached_property
    def _arguments(self) -> ArgumentModel:
        from .arguments import ArgumentModel

        seen = [parameter for parameter in self._parameters if not parameter.is_context]
        with _naming(self.name):
            return ArgumentModel(seen, descriptions=self._docstring.parameters, names=self._names)


@overload
def tool(function: Callable[P, R], /) -> Tool[P, R]: ...


@overload
def tool(
    *,
    name: str | None = None,
    description: str | None = None,
    timeout: float | timedelta | None = None,
    namespace: str | None = None,
    defer_loading: bool = False,
    max_result_chars: int = MAX_RESULT_CHARS,
    on_error: Callable[[BaseException], Any] | None = None,
) -> Callable[[Callable[P, R]], Tool[P, R]]: ...


def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    timeout: float | timedelta | None = None,
    namespace: str | None = None,
    defer_loading: bool = False,
    max_result_chars: int = MAX_RESULT_CHARS,
    on_error: Callable[[BaseException], Any] | None = None,
) -> Any:
    """Make a tool of a function, sync or async; it can still be called as before.

    The name, the description and the arguments' schema come from the function: its name, its
    docstring (Google, NumPy or reST) and its type hints. `timeout` is in seconds. `defer_loading`
    needs a `namespace`: the model finds such a tool by searching. `on_error(exception)` chooses
    what the model reads when the function raises. Raises ToolDefinitionError.
    """
    if isinstance(function, str):
        raise ToolDefinitionError(f"to name a tool, write @tool(name={function!r})")
    make = functools.partial(
        Tool,
        name=name,
        description=description,
        timeout=timeout,
        namespace=namespace,
        defer_loading=defer_loading,
        max_result_chars=max_result_chars,
        on_error=on_error,
        names=_names_visible_to_caller(),
    )
    return make if function is None else make(function)


def _told(error: BaseException, *, depth: int = 0) -> Iterator[str]:
    """Yield the type and the text of an error, and below it those of a group's inner errors."""
    name = type(error).__name__
    try:
        text = f"{name}: {error}".removesuffix(": ")
    except Exception:  # its __str__ is broken too
        text = name
    yield "  " * depth + text
    inner = getattr(error, "exceptions", ())  # of an ExceptionGroup
    if depth < MAX_GROUPS and isinstance(inner, tuple):
        for one in inner:
            if isinstance(one, BaseException):
                yield from _told(one, depth=depth + 1)


def _names_visible_to_caller() -> dict[str, Any]:
    """Return the local types where `tool` is used, for hints that are text and name them.

    Other local values are not kept, so that a tool does not keep them alive.
    """
    frame = sys._getframe(2)
    if frame.f_locals is frame.f_globals:
        return {}
    return {name: value for name, value in frame.f_locals.items() if may_be_in_a_hint(value)}


def _without_tool(function: Callable[P, R]) -> Callable[P, R]:
    written: Callable[P, R] = function.function if isinstance(function, Tool) else function
    return written


def _checked(function: Any) -> None:
    if isinstance(function, (staticmethod, classmethod)):
        raise ToolDefinitionError(f"put @tool below @{type(function).__name__}, not above it")
    if not callable(function) or isinstance(function, type):
        raise ToolDefinitionError(f"a tool is a function, not {function!r}")
    written = underlying(function)
    if inspect.isgeneratorfunction(written) or inspect.isasyncgenfunction(written):
        raise ToolDefinitionError(f"{function!r} yields; a tool returns its result: return a list")


def _checked_options(given: dict[str, Any]) -> float | None:
    """Return the timeout in seconds; raises ToolDefinitionError for any option that is wrong."""
    try:
        for option in ("name", "description", "namespace"):
            check_kind(option, given[option], str)
        check_flag("defer_loading", given["defer_loading"])
        check_count("max_result_chars", given["max_result_chars"], least=1)
        check_callable("on_error", given["on_error"])
        timeout = checked_seconds("timeout", given["timeout"])
    except (TypeError, ValueError) as error:
        raise ToolDefinitionError(str(error)) from error
    if timeout == 0:
        raise ToolDefinitionError("timeout must be above 0 seconds, or None for no limit")
    if inspect.iscoroutinefunction(given["on_error"]):
        raise ToolDefinitionError("on_error must be a plain function, not an async one")
    return timeout


def _name_of(function: Callable[..., Any]) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__name__", None)
    if name is None:
        raise ToolDefinitionError(f"{function!r} has no name of its own: give it one with name=")
    return str(name)


def _docstring_of(function: Callable[..., Any]) -> Docstring:
    try:
        known = inspect.signature(function).parameters
    except (ValueError, NameError, TypeError):  # which is said where the parameters are read
        known = None
    return parse_docstring(inspect.getdoc(plain_function(function)), known=known)


@contextlib.contextmanager
def _naming(tool_name: str) -> Iterator[None]:
    """Put the tool's name before the text of a definition error."""
    try:
        yield
    except ToolDefinitionError as error:
        raise ToolDefinitionError(f"tool {tool_name!r}: {error}") from error.__cause__
