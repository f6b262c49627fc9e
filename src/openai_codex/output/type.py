"""A Python type as the form of an answer: its schema for the service, and reading the answer.

Knows nothing of turns: whoever runs one sends `schema` and passes the answer's text to `validate`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_origin, overload

from .._schema.problems import Problem, problems_of
from .dialect import Schema, strict_schema
from .errors import OutputSchemaError, OutputValidationError
from .limits import check_limits
from .nulls import without_filler

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["OutputType"]

T = TypeVar("T")
S = TypeVar("S")

_FENCE = re.compile(r"\s*```(?:json)?[ \t]*\n(.*?)\n?[ \t]*```\s*", re.DOTALL | re.IGNORECASE)


class OutputType(Generic[T]):
    """Hold a type that an answer must have; make it with `OutputType.of`, and keep it for reuse.

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

        Takes Pydantic models, dataclasses, TypedDicts, enums, Literal, plain types, and lists and
        unions of these.
        """
        return type_ if isinstance(type_, OutputType) else OutputType(type_)

    def validate(self, text: str) -> T:
        """Return the value that the text of an answer holds; raises OutputValidationError.

        The value is checked against the Python type with all of its constraints. A Markdown code
        fence around the whole answer is ignored.
        """
        from pydantic import ValidationError
        from pydantic_core import from_json

        fence = _FENCE.fullmatch(text)
        try:
            answer = from_json(fence[1] if fence else text)
        except ValueError as error:
            problem = Problem("", f"not JSON: {error}" if text.strip() else "the answer is empty")
            raise OutputValidationError(text, (problem,)) from None
        value = without_filler(self._source, self._unwrapped(answer))
        try:
            return self._adapter.validate_json(json.dumps(value))
        except ValidationError as error:
            raise OutputValidationError(text, problems_of(error)) from None

    def __repr__(self) -> str:
        return f"OutputType.of({self.name})"

    def _unwrapped(self, answer: Any) -> Any:
        """Take the value out of the wrapper; an answer that came without it is taken as it is."""
        inside = self._wrapped and isinstance(answer, dict) and set(answer) == {"value"}
        return answer["value"] if inside else answer


def _adapter(type_: Any, name: str) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticUserError

    if isinstance(type_, dict):
        raise OutputSchemaError(
            name, "is a dict and not a type", "pass a JSON Schema as output_schema="
        )
    try:
        return TypeAdapter(type_)
    except (PydanticUserError, NameError, TypeError) as error:
        raise _unknown(name, error) from error


def _source_schema(adapter: TypeAdapter[Any], name: str) -> Schema:
    from pydantic.errors import PydanticUserError

    from .._schema.generator import json_schema

    try:
        return json_schema(adapter)
    except (PydanticUserError, NameError) as error:
        raise _unknown(name, error) from error


def _unknown(name: str, error: Exception) -> OutputSchemaError:
    return OutputSchemaError(
        name,
        f"has no JSON Schema ({str(error).splitlines()[0]})",
        "use Pydantic models, dataclasses, TypedDicts, enums and plain types",
    )


def _type_name(type_: Any) -> str:
    plain = isinstance(type_, type) and get_origin(type_) is None
    return type_.__name__ if plain else str(type_).replace("typing.", "")
