"""What to make of an object that its model refuses: as much of the model as fits. Must never raise for an object.

A runtime newer (or older) than this package may send what the schema of the pinned one does not allow. Losing the whole
message over one field would lose a turn or a thread; so the field stays raw and the rest is typed.
"""

from __future__ import annotations

import logging
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeGuard, TypeVar, cast

from pydantic import AliasChoices, BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

M = TypeVar("M")

_log = logging.getLogger("openai_codex.wire")
_told: set[str] = set()


def build_leniently(model: type[M], raw: Any, error: ValidationError) -> M:
    """Type what validates and keep the rest raw. An object only: anything else raises `error` again."""
    if not isinstance(raw, Mapping) or not _has_fields(model):
        raise error
    _tell_once(model, error)
    return cast("M", _construct(model, raw))


def _has_fields(kind: Any) -> TypeGuard[type[BaseModel]]:
    """Tell a model from the rest; a union is one in name only, without a validator of its own."""
    return (
        isinstance(kind, type)
        and issubclass(kind, BaseModel)
        and kind.__pydantic_validator__ is not None
    )


def _tell_once(model: type, error: ValidationError) -> None:
    if model.__name__ in _told:
        return
    _told.add(model.__name__)
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"]))
    _log.warning(
        "%s from the runtime does not fit its model: %s: %s (%d in all); decoding leniently",
        *(model.__name__, where, first["msg"], error.error_count()),
    )


def _construct(model: type[BaseModel], raw: Mapping[str, Any]) -> BaseModel:
    """Fill the instance field by field, without the validation of the whole."""
    values: dict[str, Any] = {}
    sent: set[str] = set()
    rest = dict(raw)
    for name, field in model.model_fields.items():
        key = next((key for key in (*_aliases(field), name) if key in rest), None)
        if key is None:
            values[name] = (
                None if field.is_required() else field.get_default(call_default_factory=True)
            )
        else:
            values[name] = _typed(field.annotation, rest.pop(key))
            sent.add(name)
    return _instance(model, values, sent, rest)


def _aliases(field: FieldInfo) -> list[str]:
    alias = field.validation_alias
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
    return [choice for choice in choices if isinstance(choice, str)]


def _instance(
    model: type[BaseModel], values: dict[str, Any], sent: set[str], rest: dict[str, Any]
) -> BaseModel:
    instance = model.__new__(model)
    object.__setattr__(instance, "__dict__", values)
    object.__setattr__(instance, "__pydantic_fields_set__", sent)
    object.__setattr__(instance, "__pydantic_extra__", rest)
    object.__setattr__(instance, "__pydantic_private__", None)
    return instance


def _typed(annotation: Any, value: Any) -> Any:
    """The value as its annotation says, or as near as it comes."""
    try:
        return TypeAdapter(annotation).validate_python(value)
    except ValidationError:
        return _descended(annotation, value)


def _descended(annotation: Any, value: Any) -> Any:
    """Look for the parts of a refused value that do fit."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        solid = [argument for argument in arguments if argument is not types.NoneType]
        return _descended(solid[0], value) if len(solid) == 1 else value
    if origin is list and isinstance(value, list):
        return [_typed(arguments[0], item) for item in value]
    if origin is dict and isinstance(value, dict):
        return {key: _typed(arguments[1], item) for key, item in value.items()}
    if isinstance(value, Mapping) and _has_fields(annotation):
        return _construct(annotation, value)
    return value
