"""The classes that all generated models are made of. Must not know a single message.

Without `from __future__ import annotations`, here as in the generated modules: pydantic compiles every
annotation that is a string, those of a base class once per subclass.
"""

import json
import re
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from typing_extensions import Self

M = TypeVar("M")


def camel_alias(name: str) -> str:
    """`thread_id` -> `threadId`."""
    if "_" not in name:
        return name
    head, *rest = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in rest)


def snake_alias(name: str) -> str:
    """`threadId` -> `thread_id`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


class WireModel(BaseModel):
    """An object on the wire: snake_case here, camelCase there, and both are taken.

    Unknown fields that the server sends are kept; a field that we may not send is refused.
    """

    model_config = ConfigDict(
        alias_generator=camel_alias,
        populate_by_name=True,
        extra="allow",
        protected_namespaces=(),
    )

    # The field that tells a variant from its siblings. It has a default, and is sent all the same.
    wire_tag: ClassVar[str | None] = None
    # Fields that may be left out and must not be null: None means that they are left out.
    never_null: ClassVar[frozenset[str]] = frozenset()

    def __repr__(self) -> str:
        return self._shown(super().__repr__())

    def __str__(self) -> str:
        from openai_codex._wire.listing import LISTINGS, listed

        return listed(self) if type(self).__name__ in LISTINGS else repr(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values that `json.dumps` takes, named as the attributes are.

        All fields are there, also those that were not sent; unknown ones keep their name of the wire.
        """
        return self.model_dump(mode="json", warnings=False)

    def to_json(self, *, indent: int | None = None) -> str:
        """Return `to_dict()` as JSON: one line of ASCII, unless `indent` is given."""
        return json.dumps(self.to_dict(), indent=indent)

    @staticmethod
    def _shown(text: str) -> str:
        """A repr is logged and printed: what came from the model must not leave its line."""
        from openai_codex._safe_text import visible_repr

        return visible_repr(text)

    if not TYPE_CHECKING:

        def __init__(self, /, **fields: Any) -> None:
            super().__init__(**fields)
            sent = self.__pydantic_fields_set__
            sent.difference_update(name for name in self.never_null if getattr(self, name) is None)
            if self.wire_tag in type(self).model_fields:
                sent.add(self.wire_tag)

        # Pydantic's own mark: this runs when code builds a model, and decoding goes past it.
        __init__.__pydantic_base_init__ = True


class WireVariant(WireModel):
    """One member of a union."""

    wire_tag: ClassVar[str | None] = "type"

    @property
    def root(self) -> "Self":
        """The variant itself; there for code written when unions were root models."""
        return self


class UnknownVariant(WireVariant):
    """What no known variant of its union could take, kept as it came. Its fields are attributes too."""

    @property
    def raw(self) -> dict[str, Any]:
        """The object as it was sent."""
        return self.__pydantic_extra__ or {}

    # Visible to type checkers: where a tag has been compared, what is left is one variant or this.
    def __getattr__(self, name: str) -> Any:
        """Read a field by its name on the wire, or by the name that the model of a known kind has."""
        alias = camel_alias(name)
        if not name.startswith("_") and alias in self.raw:
            return self.raw[alias]
        return super().__getattr__(name)  # type: ignore[misc]  # pydantic hides it from checkers

    if not TYPE_CHECKING:  # to a checker each has a literal of its own, which no known variant has

        @property
        def type(self) -> str | None:
            return self.raw.get(self.wire_tag) if self.wire_tag else next(iter(self.raw), None)


def decode(model: type[M], raw: Any) -> M:
    """Build a model from what the server sent; never raises for an object.

    What does not fit the model is logged once per model and taken leniently: fields that validate are typed, those that
    do not keep their raw value, missing ones are None.
    """
    validator = getattr(model, "__pydantic_validator__", None)
    try:
        if validator is not None:
            return validator.validate_python(raw)  # type: ignore[no-any-return]
        return model.model_validate(raw)  # type: ignore[attr-defined, no-any-return]
    except ValidationError as error:
        from openai_codex._wire.lenient import build_leniently

        return build_leniently(model, raw, error)
