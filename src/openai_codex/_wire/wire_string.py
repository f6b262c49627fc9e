"""Strings that the schema gives a name to. A plain `str` to type checkers; at run time one that answers to `.root`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema
    from typing_extensions import Self


class WireString(str):
    """A named string."""

    __slots__ = ()

    def __new__(cls, value: str = "", *, root: str | None = None) -> Self:
        """Take the string, or `root=` as where such a string was a root model."""
        return super().__new__(cls, value if root is None else root)

    @classmethod
    def model_validate(cls, value: str) -> Self:
        """Return the string under its name; there for code that takes named strings and models alike."""
        if not isinstance(value, str):
            raise TypeError(f"{cls.__name__} takes a str, not {type(value).__name__}")
        return cls(value)

    @property
    def root(self) -> str:
        """The string itself; there for code written when this was a root model."""
        return self

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        # `str.__new__` and not the class: a call that stays in C costs half, and paths are in most items.
        name_it = partial(str.__new__, cls)
        return core_schema.no_info_after_validator_function(name_it, core_schema.str_schema())
