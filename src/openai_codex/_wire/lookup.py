"""Find a wire class by its name. Must not import a model before it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import new_class
from typing import Any

from openai_codex._wire.index import ALIASES, MODULES
from openai_codex._wire.loading import load_module


@cache
def model_class(name: str) -> Any:
    """Return the wire class of this name, loading what it needs; raises `KeyError` for no such name."""
    shape = ALIASES.get(name, name)
    found = getattr(load_module(f"openai_codex._wire.models.{MODULES[shape]}"), shape)
    return _or_none(name, found) if name.startswith("Nullable") else found


def _or_none(name: str, model: Any) -> Any:
    """Return the union that the schema spells `NullableX`: code may validate with it, and give it None."""
    from openai_codex._wire.union import WireUnion

    home = {"__module__": model.__module__}
    return new_class(
        name, (WireUnion,), {"members": (model, type(None))}, lambda body: body.update(home)
    )


@cache
def validator(name: str) -> Callable[[Any], Any]:
    """Return what builds the class of this name; it raises ValueError, which pydantic's error is, where that fails."""
    model = model_class(name)
    built = getattr(model, "__pydantic_validator__", None)  # a union has none
    validate: Callable[[Any], Any] = (
        model.model_validate if built is None else built.validate_python
    )
    return validate


@cache
def json_validator(name: str) -> Callable[[bytes], Any]:
    """Return what builds the class of this name from JSON: to parse first would take longer."""
    model = model_class(name)
    built = getattr(model, "__pydantic_validator__", None)
    validate: Callable[[bytes], Any] = (
        model.model_validate_json if built is None else built.validate_json
    )
    return validate
