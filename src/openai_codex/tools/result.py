"""What a tool returned, as the content items that answer `item/tool/call`.

Knows nothing of how the tool was called. Never raises on a value: what cannot be sent becomes an
error that the model reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._safe_text import shown_safely
from ..errors import ToolResultError
from .media import Media

__all__ = ["MAX_RESULT_CHARS", "ToolResult", "failure", "render"]

# Far more than a model can read, and little enough to travel. The runtime cuts the text again for
# the model, to about 48,000 characters.
MAX_RESULT_CHARS = 10_000_000

NOTHING_RETURNED = "success"


@shown_safely
@dataclass(frozen=True, slots=True)
class ToolResult:
    """Content together with whether the call succeeded.

    `content` is anything that a tool may return. With `success=False` the call shows as failed, and
    the model still reads the content.
    """

    content: Any
    success: bool = True


def render(value: Any, *, limit: int = MAX_RESULT_CHARS) -> dict[str, Any]:
    """Return the answer to `item/tool/call` for what a tool returned; text past `limit` is cut."""
    content, success = value, True
    while isinstance(content, ToolResult):
        content, success = content.content, success and content.success
    try:
        items = _items(content)
    except ToolResultError as error:
        return failure(f"{type(error).__name__}: {error}")
    except RecursionError:
        problem = "Circular reference: it contains itself, or is nested too deeply"
        return failure(f"ToolResultError: the tool returned {_type_name(content)} ({problem})")
    return {"contentItems": _within(items, limit), "success": success}


def failure(text: str) -> dict[str, Any]:
    """Return an answer that tells the model that the call failed, and why."""
    return {"contentItems": [_text(text)], "success": False}


def _items(content: Any) -> list[dict[str, str]]:
    if isinstance(content, Media):
        return [content.to_wire()]
    if _has_media(content):
        return [item for part in content for item in _items(part)]
    return [_text(_as_text(content))]


def _has_media(part: Any) -> bool:
    """Tell whether this is media, or a list that holds some at any depth."""
    if isinstance(part, (list, tuple)):
        return any(map(_has_media, part))
    return isinstance(part, Media)


def _as_text(content: Any) -> str:
    """Return text as it is, nothing as "success", and everything else as JSON."""
    if content is None:
        return NOTHING_RETURNED
    # str.__str__ gives the text of a member of a string enum, not the member's name.
    return str.__str__(content) if isinstance(content, str) else _json(content)


def _json(content: Any) -> str:
    from pydantic_core import PydanticSerializationError, to_json

    strangers: list[object] = []

    def note(stranger: object) -> object:
        strangers.append(stranger)
        raise TypeError

    try:
        try:
            return to_json(content, fallback=note, bytes_mode="base64").decode()
        except PydanticSerializationError:
            if strangers:
                raise
            # Most likely a lone surrogate: it must not cost the whole result.
            return to_json(_sendable(content), fallback=note, bytes_mode="base64").decode()
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        if strangers and isinstance(strangers[0], Media):
            raise ToolResultError(_misplaced(strangers[0], content)) from error
        found = f"{_type_name(strangers[0])}: it has no JSON form" if strangers else str(error)
        raise ToolResultError(
            f"the tool returned {_type_name(content)}, which cannot be sent ({found}); "
            "it must return text, JSON values, models, dataclasses, ToolImage or ToolResult"
        ) from error


def _misplaced(media: Media, content: Any) -> str:
    kind = _type_name(media)
    return (
        f"the tool returned {_type_name(content)} with {kind} inside, which cannot be sent; "
        f"it must return {kind} by itself or as a part of a list: ['text', {kind}(...)]"
    )


def _type_name(value: object) -> str:
    return type(value).__qualname__


def _text(text: str) -> dict[str, str]:
    return {"type": "inputText", "text": _sendable_text(text)}


def _sendable_text(text: str) -> str:
    """Return the text with two surrogates of a pair joined, and a replacement for a lone one."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _sendable(value: Any) -> Any:
    """Return a value whose texts, at any depth, can be sent as UTF-8."""
    from pydantic_core import to_jsonable_python

    if isinstance(value, str):
        return _sendable_text(value)
    if isinstance(value, dict):
        return {_sendable(key): _sendable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_sendable(item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return _sendable(to_jsonable_python(value, bytes_mode="base64"))


def _within(items: list[dict[str, str]], limit: int) -> list[dict[str, str]]:
    """Cut the text that is past the limit, all items taken together, and say so in its place."""
    left = limit
    kept: list[dict[str, str]] = []
    for item in items:
        text = item.get("text", "")
        if len(text) > left:
            item = _text(
                f"{text[:left]}\n[cut: {len(text)} characters, the first {left} are shown]"
            )
        left -= min(left, len(text))
        kept.append(item)
    return kept
