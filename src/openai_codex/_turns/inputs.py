"""What a turn is told: text, images, skills, mentions, an outside message; and their wire form."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union, cast

from .._checks import check_kind, check_path, check_text
from .._safe_text import shown_safely
from .options import check_file

if TYPE_CHECKING:
    from ..types import FunctionCallOutputContentItem, JsonObject

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


@shown_safely
@dataclass(slots=True)
class TextInput:
    """Text that the user says."""

    text: str

    def __post_init__(self) -> None:
        check_text(**{"TextInput.text": self.text})

    def to_wire(self) -> dict[str, Any]:
        """Return the protocol's `text` input."""
        return {"type": "text", "text": self.text}


@shown_safely
@dataclass(slots=True)
class ImageInput:
    """An image by its `data:` URL; this runtime refuses remote URLs."""

    url: str

    def __post_init__(self) -> None:
        _check_url(self.url)

    def to_wire(self) -> dict[str, Any]:
        """Return the protocol's `image` input."""
        return {"type": "image", "url": self.url}


@shown_safely
@dataclass(slots=True)
class LocalImageInput:
    """An image file; a relative path counts from the runtime's working directory."""

    path: str | os.PathLike[str]

    def __post_init__(self) -> None:
        _check_path("LocalImageInput.path", self.path)

    def to_wire(self) -> dict[str, Any]:
        """Return the protocol's `localImage` input."""
        return {"type": "localImage", "path": os.fspath(self.path)}


@shown_safely
@dataclass(slots=True)
class SkillInput:
    """A skill by its name and the path of its SKILL.md."""

    name: str
    path: str | os.PathLike[str]

    def __post_init__(self) -> None:
        check_text(**{"SkillInput.name": self.name})
        _check_path("SkillInput.path", self.path)

    def to_wire(self) -> dict[str, Any]:
        """Return the protocol's `skill` input."""
        return {"type": "skill", "name": self.name, "path": os.fspath(self.path)}


@shown_safely
@dataclass(slots=True)
class MentionInput:
    """A mention of something that has a path: a file, an app, a plugin."""

    name: str
    path: str | os.PathLike[str]

    def __post_init__(self) -> None:
        check_text(**{"MentionInput.name": self.name})
        _check_path("MentionInput.path", self.path)

    def to_wire(self) -> dict[str, Any]:
        """Return the protocol's `mention` input."""
        return {"type": "mention", "name": self.name, "path": os.fspath(self.path)}


@shown_safely
@dataclass(slots=True)
class ExternalMessage:
    """A turn that starts with what an outside tool brought, instead of with a user's words.

    `content` is text, or content items as the Responses API knows them: `{"type": "input_text",
    "text": ...}`, `{"type": "input_image", "image_url": ...}`.
    """

    tool_name: str
    content: str | Sequence[JsonObject | FunctionCallOutputContentItem]
    namespace: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.tool_name, str) or not self.tool_name.strip():
            raise ValueError("ExternalMessage.tool_name must not be blank")
        check_kind("ExternalMessage.namespace", self.namespace, str)
        _check_content(self.content)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from .._schema.dataclasses import dataclass_schema, external_message_kinds

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


def _check_url(url: object) -> None:
    if isinstance(url, (bytes, bytearray, memoryview)):
        raise TypeError(
            "ImageInput.url must be a data: URL, got bytes: write "
            "'data:image/png;base64,' + base64.b64encode(image).decode()"
        )
    if not isinstance(url, str):
        kind = type(url).__name__
        hint = "for a file write LocalImageInput(path)"
        raise TypeError(f"ImageInput.url must be a str, got {kind}: {hint}")
    scheme, colon, _ = url.partition(":")
    # One letter before a colon is a drive of Windows, and so a file. A file's URL would go to the
    # service as it is, which cannot read it, with this turn and every later one.
    is_file = len(scheme) == 1 or scheme.lower() == "file"
    if not colon or not scheme.isascii() or not scheme.isalnum() or is_file:
        shown = repr(url) if len(url) <= _SHOWN else f"{url[:_SHOWN]!r}…"
        raise ValueError(
            f"ImageInput.url must be a data: URL, got {shown}: for a file write "
            "LocalImageInput(path)"
        )


def _check_path(name: str, path: object) -> None:
    if path is None:
        raise TypeError(f"{name} must be a str or a PathLike, got NoneType")
    if path == "":
        raise ValueError(f"{name} must not be empty")
    check_path(name, path)


def _check_content(content: object) -> None:
    is_list = isinstance(content, Sequence) and not isinstance(content, (bytes, bytearray))
    if not is_list:
        kind = type(content).__name__
        raise TypeError(f"ExternalMessage.content must be text or a list of items, got {kind}")
    if isinstance(content, str):
        return
    for index, item in enumerate(cast("Sequence[object]", content)):
        _check_content_item(f"ExternalMessage.content[{index}]", item)


def _check_content_item(where: str, item: object) -> None:
    if hasattr(item, "model_dump"):
        return
    if not isinstance(item, Mapping):
        hint = '{"type": "input_text", "text": ...}'
        raise TypeError(f"{where} must be {hint} or another item, got {type(item).__name__}")
    kind = item.get("type")
    if not isinstance(kind, str):
        raise ValueError(f"{where} must have a type, such as 'input_text' or 'input_image'")
    field = _CONTENT_FIELDS.get(kind)
    if field is not None and not isinstance(item.get(field), str):
        raise ValueError(f"{where} is of type {kind!r} and must have {field!r}, a string")


# Of a wrong URL: an image that was given as bytes of base64 would fill the whole error.
_SHOWN = 80
# What an item of each known type must have.
_CONTENT_FIELDS = {"input_text": "text", "input_image": "image_url"}

InputItem = Union[TextInput, ImageInput, LocalImageInput, SkillInput, MentionInput]  # noqa: UP007
Input = Union[Sequence[Union[InputItem, str]], InputItem]  # noqa: UP007
RunInput = Union[Input, str, ExternalMessage]  # noqa: UP007

_ITEMS = (TextInput, ImageInput, LocalImageInput, SkillInput, MentionInput)


def run_input(given: RunInput, *, folder: str | None = None) -> dict[str, Any]:
    """Return the members of turn/start that carry `given`; raises TypeError for anything else.

    `folder` is where the runtime runs: a file that is not there raises FileNotFoundError. None
    means that it has files of its own.
    """
    if isinstance(given, ExternalMessage):
        return {"input": [], "toolOutput": given.to_wire()}
    return {"input": steer_input(given, folder=folder)}


def steer_input(given: Input | str, *, folder: str | None = None) -> list[dict[str, Any]]:
    """Return the protocol's list of inputs; raises TypeError for what is no input item."""
    if isinstance(given, str):
        return [{"type": "text", "text": given}]
    is_many = isinstance(given, Sequence) and not isinstance(given, (bytes, bytearray))
    items = cast("Sequence[object]", given if is_many else [given])
    return [_item(item, folder) for item in items]


def _item(item: object, folder: str | None) -> dict[str, Any]:
    if isinstance(item, str):
        return {"type": "text", "text": item}
    if isinstance(item, _ITEMS):
        if folder is not None and isinstance(item, (LocalImageInput, SkillInput)):
            check_file(f"{type(item).__name__}.path", item.path, base=folder)
        return item.to_wire()
    if isinstance(item, ExternalMessage):
        raise TypeError("an ExternalMessage is a turn by itself: pass it alone to run() or turn()")
    names = ", ".join(kind.__name__ for kind in _ITEMS)
    raise TypeError(f"expected str or one of {names}, got {type(item).__name__}")


def _plain(item: Any) -> Any:
    if hasattr(item, "model_dump"):
        return item.model_dump(by_alias=True, exclude_unset=True)
    return item
