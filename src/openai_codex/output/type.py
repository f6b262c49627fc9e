"""A Python type as the form of an answer: its schema for the service, and reading the answer.

Knows nothing of turns: whoever runs one sends `schema` and passes the answer's text to `validate`.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_origin, overload

from .._schema.problems import Problem, problems_of
from ..errors import OutputSchemaError, OutputValidationError
from .dialect import Schema, strict_schema
from .limits import check_limits
from .nulls import without_filler

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["OutputType"]

_FUNCTION = ("is a function and not a type", "pass the type that the answer must have")
_NO_TYPES: Mapping[type, tuple[str, str]] = {
    dict: ("is a dict and not a type", "pass a JSON Schema as output_schema="),
    str: (
        "has no JSON Schema (it is text and not a type)",
        "pass the type itself and not its name",
    ),
    list: ("is a list and not a type", "write list[...] with the type of the items"),
    tuple: ("is a tuple and not a type", "write a union: A | B"),
    functools.partial: _FUNCTION,
    BuiltinFunctionType: _FUNCTION,
    FunctionType: _FUNCTION,
    MethodType: _FUNCTION,
}

T = TypeVar("T")
S = TypeVar("S")

# A whole answer in a Markdown fence of either kind, with any word behind it.
_FENCE = re.compile(
    r"\s*(`{3,}|~{3,})(?:[\w.+-]*[ \t\r]*\n|[\w.+-]+[ \t]+|)(.*?)\s*\1\s*", re.DOTALL
)


class OutputType(Generic[T]):
    """A type that an answer must have; make it with `OutputType.of`, and keep it for reuse.

    `schema` is what `turn/start.outputSchema` takes, in the service's strict dialect; it is the
    same object each time and must not be changed.
    """

    def __init__(self, type_: Any) -> None:
        self.name = _type_name(type_)
        self._adapter: TypeAdapter[T] = _adapter(type_, self.name)
        self._source = _source_schema(self._adapter, self.name)
        self.schema: Schema
        self.schema, self._wrapped = strict_schema(self._source, name=self.name)
        check_limits(self.schema, name=self.name)

    @overload
    @classmethod
    def of(cls, type_: OutputType[S]) -> OutputType[S]: ...

    @overload
    @classmethod
    def of(cls, type_: type[S]) -> OutputType[S]: ...

    @overload
    @classmethod
    def of(cls, type_: Any) -> OutputType[Any]: ...

    @classmethod
    def of(cls, type_: Any) -> OutputType[Any]:
        """Return the output type of a Python type; raises OutputSchemaError when it has none.

        Takes Pydantic models, dataclasses, TypedDicts (before Python 3.12 those of
        typing_extensions), enums, Literal, plain types, and lists and unions of these.
        """
        return type_ if isinstance(type_, OutputType) else OutputType(type_)

    def validate(self, text: str) -> T:
        """Return the value that the text of an answer holds; raises OutputValidationError.

        The value is checked against the Python type with all of its constraints. A Markdown code
        fence around the whole answer is ignored.
        """
        from pydantic import ValidationError
        from pydantic_core import from_json

        bare = text.removeprefix("\ufeff")
        fence = _FENCE.fullmatch(bare)
        try:
            answer = from_json(fence[2] if fence else bare)
        except (ValueError, TypeError) as error:  # a TypeError for a lone surrogate
            why = f"not JSON: {error}" if isinstance(error, ValueError) else "not text in Unicode"
            problem = Problem("", why if bare.strip() else "the answer is empty")
            raise OutputValidationError(text, (problem,)) from None
        value = without_filler(self._source, self._unwrapped(answer))
        try:
            return self._adapter.validate_json(json.dumps(value))
        except ValidationError as error:
            raise OutputValidationError(text, problems_of(error)) from None
        except Exception as error:  # a mistake in a validator of the type's own
            why = f"the validation of {self.name} itself failed: {type(error).__name__}: {error}"
            raise OutputValidationError(text, (Problem("", why),), is_repairable=False) from error

    def __repr__(self) -> str:
        return f"OutputType.of({self.name})"

    def _unwrapped(self, answer: Any) -> Any:
        """Take the value out of the wrapper; an answer that came without it is taken as it is."""
        inside = self._wrapped and isinstance(answer, dict) and set(answer) == {"value"}
        return answer["value"] if inside else answer


def _adapter(type_: Any, name: str) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    from .._schema.generator import NO_SCHEMA, completed

    _check_is_type(type_, name)
    try:
        return completed(TypeAdapter(type_))
    except NO_SCHEMA as error:
        raise _unknown(name, error) from error


def _check_is_type(type_: Any, name: str) -> None:
    """Refuse values that are taken for types by mistake, and say what was meant."""
    for kind, (problem, advice) in _NO_TYPES.items():
        if isinstance(type_, kind):
            raise OutputSchemaError(name, problem, advice)


def _source_schema(adapter: TypeAdapter[Any], name: str) -> Schema:
    from .._schema.generator import NO_SCHEMA, json_schema

    try:
        return json_schema(adapter)
    except NO_SCHEMA as error:
        raise _unknown(name, error) from error


def _unknown(name: str, error: Exception) -> OutputSchemaError:
    from .._schema.generator import reason

    return OutputSchemaError(
        name,
        f"has no JSON Schema ({reason(error)})",
        "use Pydantic models, dataclasses, TypedDicts, enums and plain types",
    )


def _type_name(type_: Any) -> str:
    plain = isinstance(type_, type) and get_origin(type_) is None
    return type_.__name__ if plain else _shown(type_).replace("typing.", "")


def _shown(type_: Any) -> str:
    return type_ if isinstance(type_, str) else repr(type_)
