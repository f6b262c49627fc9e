"""What a turn is told: text, images, skills, mentions, an outside message; and their wire form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

if TYPE_CHECKING:
    from .types import FunctionCallOutputContentItem, JsonObject

__all__ = [
    "ExternalMessage",
    "ImageInput",
    "Input",
    "InputItem",
    "LocalImageInput",
    "MentionInput",
    "RunInput",
    "SkillInput",
    "TextInput",
    "run_input",
    "steer_input",
]


@dataclass(slots=True)
class TextInput:
    """Say something."""

    text: str

    def to_wire(self) -> dict[str, Any]:
        """Return the protocol's `text` input."""
        return {"type": "text", "text": self.text}


@dataclass(slots=True)
class ImageInput:
    """Show an image by its `data:` URL; this runtime refuses remote URLs."""

    url: str

    def to_wire(self) -> dict[str, Any]:
        """Return the protocol's `image` input."""
        return {"type": "image", "url": self.url}


@dataclass(slots=True)
class LocalImageInput:
    """Show an image file; a relative path counts from the runtime's working directory."""

    path: str

    def to_wire(self) -> dict[str, Any]:
        """Return the protocol's `localImage` input."""
        return {"type": "localImage", "path": str(self.path)}


@dataclass(slots=True)
class SkillInput:
    """Hand over a skill by its name and the path of its SKILL.md."""

    name: str
    path: str

    def to_wire(self) -> dict[str, Any]:
        """Return the protocol's `skill` input."""
        return {"type": "skill", "name": self.name, "path": str(self.path)}


@dataclass(slots=True)
class MentionInput:
    """Mention something that has a path."""

    name: str
    path: str

    def to_wire(self) -> dict[str, Any]:
        """Return the protocol's `mention` input."""
        return {"type": "mention", "name": self.name, "path": str(self.path)}


@dataclass(slots=True)
class ExternalMessage:
    """Start a turn with what an outside tool brought, instead of with a user's words.

    `content` is text, or content items as the Responses API knows them.
    """

    tool_name: str
    content: str | Sequence[JsonObject | FunctionCallOutputContentItem]
    namespace: str | None = None

    def __post_init__(self) -> None:
        _check_message(self.tool_name, self.content)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from .schemas import dataclass_schema, external_message_kinds

        return dataclass_schema(
            cls, handler, external_message_kinds(), defaults={"namespace": None}
        )

    def to_wire(self) -> dict[str, Any]:
        """Return the protocol's `toolOutput`."""
        text = isinstance(self.content, str)
        output = self.content if text else [_plain(item) for item in self.content]
        wire: dict[str, Any] = {"name": self.tool_name, "output": output}
        if self.namespace is not None:
            wire["namespace"] = self.namespace
        return wire


def _check_message(tool_name: object, content: object) -> None:
    if not isinstance(tool_name, str) or not tool_name.strip():
        raise ValueError("ExternalMessage.tool_name must not be blank")
    if not isinstance(content, (str, Sequence)):
        kind = type(content).__name__
        raise TypeError(f"ExternalMessage.content must be text or a list of items, got {kind}")


InputItem = Union[TextInput, ImageInput, LocalImageInput, SkillInput, MentionInput]  # noqa: UP007
Input = Union[list[InputItem], InputItem]  # noqa: UP007
RunInput = Union[Input, str, ExternalMessage]  # noqa: UP007

_ITEMS = (TextInput, ImageInput, LocalImageInput, SkillInput, MentionInput)


def run_input(given: RunInput) -> dict[str, Any]:
    """Return the members of turn/start that carry `given`; raises TypeError for anything else."""
    if isinstance(given, ExternalMessage):
        return {"input": [], "toolOutput": given.to_wire()}
    return {"input": steer_input(given)}


def steer_input(given: Input | str) -> list[dict[str, Any]]:
    """Return the protocol's list of inputs; raises TypeError for what is no input item."""
    if isinstance(given, str):
        return [TextInput(given).to_wire()]
    items = given if isinstance(given, (list, tuple)) else [given]
    return [_item(item) for item in items]


def _item(item: object) -> dict[str, Any]:
    if isinstance(item, str):
        return TextInput(item).to_wire()
    if isinstance(item, _ITEMS):
        return item.to_wire()
    if isinstance(item, ExternalMessage):
        raise TypeError("an ExternalMessage is a turn by itself: pass it alone to run() or turn()")
    names = ", ".join(kind.__name__ for kind in _ITEMS)
    raise TypeError(f"expected str or one of {names}, got {type(item).__name__}")


def _plain(item: Any) -> Any:
    if hasattr(item, "model_dump"):
        return item.model_dump(by_alias=True, exclude_unset=True)
    return item
