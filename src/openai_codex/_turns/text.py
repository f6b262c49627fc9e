"""What the agent says in a turn, piece by piece: pure, one event in, one piece of text out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .notification import Notification

__all__ = ["SpokenText"]


class SpokenText:
    """The text of a turn's messages, in order, with `separator` between two of them.

    Of a separator that the message before ends with, only the rest is added. Where pieces may be
    missing, because the turn was joined in its middle or its connection was lost, a message waits
    until it is complete, and what was not said of it follows then: no text is lost.
    """

    def __init__(self, *, separator: str, is_joined: bool = False) -> None:
        self._separator = separator
        self._item_id: Any = None
        self._said_of_it = 0  # characters
        self._tail = ""
        self._may_lack_pieces = is_joined

    def feed(self, event: Notification) -> str:
        """Return what an event adds to the text, "" for nothing."""
        step = _STEPS.get(event.method)
        return step(self, event.params) if step is not None else ""

    def _lose(self, params: dict[str, Any]) -> str:
        self._may_lack_pieces = True
        return ""

    def _start(self, params: dict[str, Any]) -> str:
        """Begin a message, all pieces of which will come."""
        if _message(params) is not None:
            self._may_lack_pieces = False
        return ""

    def _take_piece(self, params: dict[str, Any]) -> str:
        if self._may_lack_pieces:
            return ""
        return self._said(params.get("itemId"), params.get("delta"))

    def _complete(self, params: dict[str, Any]) -> str:
        """Return what was not said of a message: all of one that came without pieces."""
        message = _message(params)
        text = message.get("text") if message is not None else None
        if message is None or not isinstance(text, str):
            return ""
        # Mostly all was said, piece by piece; a model that does not stream sends the whole alone.
        if message.get("id") == self._item_id:
            text = text[self._said_of_it :] if self._may_lack_pieces else ""
        return self._said(message.get("id"), text)

    def _said(self, item_id: Any, text: Any) -> str:
        if not isinstance(text, str) or not text:
            return ""
        between = self._between() if self._tail and item_id != self._item_id else ""
        self._said_of_it = len(text) + (self._said_of_it if item_id == self._item_id else 0)
        self._item_id = item_id
        # No more than a separator can overlap with: the text itself may be long, and is not kept.
        self._tail = (self._tail + between + text)[-max(len(self._separator), 1) :]
        return between + text

    def _between(self) -> str:
        cuts = range(len(self._separator), -1, -1)
        there = next(cut for cut in cuts if self._tail.endswith(self._separator[:cut]))
        return self._separator[there:]


def _message(params: dict[str, Any]) -> dict[str, Any] | None:
    """Return the message that an event of an item is about, None for another item."""
    item = params.get("item")
    return item if isinstance(item, dict) and item.get("type") == "agentMessage" else None


_STEPS = {
    "connection/reconnected": SpokenText._lose,
    "item/agentMessage/delta": SpokenText._take_piece,
    "item/completed": SpokenText._complete,
    "item/started": SpokenText._start,
}
