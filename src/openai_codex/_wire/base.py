"""The classes that all generated models are made of. Must not know a single message."""

from __future__ import annotations

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
    """An object on the wire: snake_case here, camelCase there, and both are taken. Unknown fields are kept."""

    model_config = ConfigDict(
        alias_generator=camel_alias,
        populate_by_name=True,
        extra="allow",
        protected_namespaces=(),
    )


class WireVariant(WireModel):
    """One member of a union."""

    # The field that tells it from its siblings; None where the name of its only field does.
    wire_tag: ClassVar[str | None] = "type"

    if not TYPE_CHECKING:

        def __init__(self, /, **fields: Any) -> None:
            super().__init__(**fields)
            if self.wire_tag in type(self).model_fields:
                # The tag has a default, and goes on the wire all the same.
                self.__pydantic_fields_set__.add(self.wire_tag)

        # Only for construction by hand: decoding goes past it.
        __init__.__pydantic_base_init__ = True

    @property
    def root(self) -> Self:
        """The variant itself; there for code written when unions were root models."""
        return self


class UnknownVariant(WireVariant):
    """What no known variant of its union could take, kept as it came. Its fields are attributes too."""

    @property
    def raw(self) -> dict[str, Any]:
        """The object as it was sent."""
        return self.__pydantic_extra__ or {}

    if not TYPE_CHECKING:

        @property
        def type(self) -> str | None:
            return self.raw.get(self.wire_tag) if self.wire_tag else next(iter(self.raw), None)

    else:
        type: str


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
