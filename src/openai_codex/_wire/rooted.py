"""What a root model can do, for classes and values that are none. Must not import pydantic before it is asked for.

Code for the official package reads `.root`, dumps and validates every type alike; here a union is its variant, an enum
its member and a named string a string. These let them answer the same questions.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from typing_extensions import Self


_adapters: dict[type, TypeAdapter[Any]] = {}


def adapter_of(kind: type) -> TypeAdapter[Any]:
    """The validator of a class, built on first use."""
    from pydantic import TypeAdapter

    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


class RootClass:
    """What can be asked of a class."""

    __slots__ = ()

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Any:
        """Return the value that `obj` is; raises `pydantic.ValidationError`."""
        return adapter_of(cls).validate_python(obj, **options)

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Any:
        """Return the value that a JSON text is; raises `pydantic.ValidationError`."""
        return adapter_of(cls).validate_json(json_data, **options)

    @classmethod
    def model_validate_strings(cls, obj: Any, **options: Any) -> Any:
        """Return the value that a mapping of strings is; raises `pydantic.ValidationError`."""
        return adapter_of(cls).validate_strings(obj, **options)

    @classmethod
    def model_json_schema(cls, by_alias: bool = True, **options: Any) -> dict[str, Any]:
        """Return the JSON Schema of the values."""
        return {"title": cls.__name__} | adapter_of(cls).json_schema(by_alias=by_alias, **options)

    @classmethod
    def model_construct(cls, root: Any) -> Any:
        """Return the value, not validated, able to answer like a root model."""
        return rooted(root)


class RootValue:
    """What can be asked of a value."""

    __slots__ = ()

    @property
    def root(self) -> Self:
        """The value itself; there for code written when this was a root model."""
        return self

    def model_dump(self, *, mode: str = "python", **_: Any) -> Any:
        """Return the value; with `mode="json"` as plain JSON has it. Other options ask about fields."""
        return json.loads(self.model_dump_json()) if mode == "json" else self

    def model_dump_json(self, *, indent: int | None = None, **options: Any) -> str:
        """Return the value as JSON text."""
        from pydantic_core import to_json

        return to_json(self._plain(**options), indent=indent).decode()

    def _plain(self, **_: Any) -> Any:
        return self


class WireString(RootValue, str):
    """A string that the schema gives a name to, or that a union took. A plain `str` to type checkers."""

    __slots__ = ()


class WireInt(RootValue, int):
    """A number that a union took."""

    __slots__ = ()


class WireList(RootValue, list[Any]):
    """A list that a union took."""

    __slots__ = ()

    def model_dump(self, **options: Any) -> Any:
        """Return the list with its models dumped; `options` are theirs."""
        return [
            item.model_dump(**options) if hasattr(item, "model_dump") else item for item in self
        ]

    def _plain(self, **options: Any) -> Any:
        return self.model_dump(**options, mode="json")


_KINDS: dict[Any, Any] = {str: WireString, int: WireInt, list: WireList}


def rooted(value: Any) -> Any:
    """Return a plain value as one that answers like a root model; anything else as it is."""
    kind = _KINDS.get(type(value))
    return value if kind is None else kind(value)
