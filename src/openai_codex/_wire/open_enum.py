"""Enums that take a value they do not know. Must not import pydantic: an enum is plain Python."""

from __future__ import annotations

from enum import Enum, EnumMeta
from typing import TYPE_CHECKING, Any

from openai_codex._wire.rooted import RootClass, RootValue

if TYPE_CHECKING:
    from typing_extensions import Self


class _OpenEnumType(EnumMeta):
    """Lets `SomeEnum(root="value")` mean `SomeEnum("value")`, as where such an enum was a root model."""

    if not TYPE_CHECKING:

        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            if "root" in kwargs:
                args = (*args, kwargs.pop("root"))
            return super().__call__(*args, **kwargs)


class OpenEnum(RootClass, RootValue, str, Enum, metaclass=_OpenEnumType):
    """A string with known values. An unknown one is a member too, equal to its string."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        # Not remembered: what the server may send has no bound. Equal strings are equal members.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member

    @classmethod
    def model_validate(cls, obj: Any, **_: Any) -> Self:
        """Return the member for a string; there for code that takes enums and models alike."""
        return cls(obj)

    @property
    def is_known(self) -> bool:
        """Say whether the schema of the pinned runtime lists this value."""
        return self._name_ in type(self).__members__

    # A plain string in text, in every Python: the enum module changed its mind about this twice.
    __str__ = str.__str__
    __format__ = str.__format__  # type: ignore[assignment]
