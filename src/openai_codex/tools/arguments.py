"""Arguments of a tool: their JSON Schema for the model, and their validation when the model calls.

Imports pydantic: import it late. Calls nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

import pydantic

from .._schema.callers import local_types
from .._schema.generator import NO_SCHEMA, json_schema, reason
from .._schema.problems import Problem, problems_of
from .._schema.words import describe, words_for
from ..errors import ToolArgumentsError, ToolDefinitionError
from .hints import UNIONS
from .parameters import REQUIRED, Parameter

__all__ = ["ArgumentModel"]

# The runtime passes this keyword on to the model and drops the others: those are said in words.
_PASSED_ON = ("minItems",)
_MAPS = ("properties", "$defs", "patternProperties")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_NODES = ("items", "additionalProperties")


class ArgumentModel:
    """What the arguments of a tool must look like."""

    def __init__(
        self,
        parameters: Sequence[Parameter],
        *,
        descriptions: Mapping[str, str],
        names: Mapping[str, Any],
    ) -> None:
        self._parameters = {parameter.name: parameter for parameter in parameters}
        # Fields have neutral names and the parameters' names as aliases, because a parameter may be
        # called `json` or `_id`, and a pydantic field may not.
        self._fields = {name: f"argument_{index}" for index, name in enumerate(self._parameters)}
        fields: dict[str, Any] = {
            self._fields[p.name]: (p.annotation, _field(p, descriptions.get(p.name)))
            for p in parameters
        }
        config = pydantic.ConfigDict(
            extra="forbid",
            protected_namespaces=(),
            # As results are sent: bytes are no text.
            val_json_bytes="base64",
            ser_json_bytes="base64",
        )
        try:
            self._model = pydantic.create_model("Arguments", __config__=config, **fields)
            if not self._model.__pydantic_complete__:
                local = {**local_types(), **names}
                self._model.model_rebuild(force=True, raise_errors=False, _types_namespace=local)
            self.schema = _for_model(json_schema(pydantic.TypeAdapter(self._model)))
        except NO_SCHEMA as error:
            raise ToolDefinitionError(_refusal(parameters, error)) from error

    def validate(self, arguments: object, *, tool: str) -> dict[str, Any]:
        """Return the Python values of the arguments that were given; raises ToolArgumentsError."""
        given = {} if arguments is None else arguments
        if not isinstance(given, dict):
            raise ToolArgumentsError(
                tool, (Problem("", f"expected a JSON object with {self._expected()}"),)
            )
        try:
            model = self._model.model_validate_json(json.dumps(given))
        except pydantic.ValidationError as error:
            problems = problems_of(error, known=self._parameters)
            raise ToolArgumentsError(tool, problems) from None
        return {
            name: getattr(model, field)
            for name, field in self._fields.items()
            if field in model.model_fields_set or self._parameters[name].default is REQUIRED
        }

    def _expected(self) -> str:
        return ", ".join(self._parameters) or "no arguments"


def _refusal(parameters: Sequence[Parameter], error: Exception) -> str:
    """Say which parameter has no JSON Schema."""
    guilty = [repr(parameter.name) for parameter in parameters if not _has_schema(parameter)]
    return f"no JSON Schema for parameter {', '.join(guilty)}: {reason(error)}"


def _has_schema(parameter: Parameter) -> bool:
    try:
        json_schema(pydantic.TypeAdapter(parameter.annotation))
    except NO_SCHEMA:
        return False
    return True


def _field(parameter: Parameter, description: str | None) -> Any:
    """Return the field of a parameter; a description in Annotated wins over the docstring's."""
    options: dict[str, Any] = {"alias": parameter.name}
    text = _annotated_text(parameter.annotation)
    if text or description:
        options["description"] = text or description
    if parameter.default is REQUIRED:
        return pydantic.Field(**options)
    return pydantic.Field(default=parameter.default, **options)


def _annotated_text(annotation: Any) -> str | None:
    members = [member for member in get_args(annotation) if member is not NoneType]
    if get_origin(annotation) in UNIONS and len(members) == 1:
        return _annotated_text(members[0])
    if get_origin(annotation) is not Annotated:
        return None
    for extra in reversed(get_args(annotation)[1:]):
        text = extra if isinstance(extra, str) else getattr(extra, "description", None)
        if text:
            return str(text)
    return None


def _for_model(node: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with all that the runtime drops said in the descriptions."""
    fresh = {key: value for key, value in node.items() if key not in ("title", "discriminator")}
    words = words_for(fresh, keep=_PASSED_ON)
    for key in _MAPS:
        if key in fresh:
            fresh[key] = {name: _for_model(child) for name, child in fresh[key].items()}
    for key in _LISTS:
        if key in fresh:
            fresh[key] = [_for_model(child) for child in fresh[key]]
    for key in _NODES:
        if isinstance(fresh.get(key), dict):
            fresh[key] = _for_model(fresh[key])
    words += _reworded(fresh)
    text = describe(fresh.get("description"), words)
    sendable = {key: value for key, value in fresh.items() if not _is_beyond_json(value)}
    return {**sendable, "description": text} if text else sendable


def _reworded(node: dict[str, Any]) -> list[str]:
    """Take out of a node what the runtime would misread or drop, and return it in words."""
    words = [_spread_tuple(node)] if "prefixItems" in node else []
    return words + _words_for_keys(node.pop("propertyNames", {}))


def _words_for_keys(node: Mapping[str, Any]) -> list[str]:
    """Return in words what the keys of an object may be; the runtime drops the keyword."""
    if "enum" in node:
        return [f"each key is one of: {', '.join(node['enum'])}"]
    return [f"of each key: {words}" for words in words_for(node)]


def _is_beyond_json(value: Any) -> bool:
    """Tell whether a default is infinite or no number, which JSON cannot say."""
    return isinstance(value, float) and not math.isfinite(value)


def _spread_tuple(node: dict[str, Any]) -> str:
    """Make a list of a fixed-length tuple, which the runtime would misread; return it in words."""
    members = node.pop("prefixItems")
    node["items"] = {
        "anyOf": [member for i, member in enumerate(members) if member not in members[:i]]
    }
    return "in this order: " + ", ".join(_kind(member) for member in members)


def _kind(node: Mapping[str, Any]) -> str:
    return str(node.get("type") or node.get("$ref", "value")).rpartition("/")[2]
