"""What was said in a turn, as the conventions write messages; kept where content is asked for."""

from __future__ import annotations

from typing import Any

from . import names
from .items import as_json

__all__ = ["Content"]


class Content:
    """The messages of one turn."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}
        self._said: dict[str, str] = {}

    def feed(self, item: dict[str, Any]) -> None:
        """Take an item of the turn, as it begins or ends; the later one counts."""
        ident = str(item.get("id"))
        if item.get("type") == "userMessage":
            parts = item.get("content")
            texts = [part.get("text") for part in parts or () if isinstance(part, dict)]
            self._given[ident] = "\n".join(text for text in texts if isinstance(text, str))
        elif item.get("type") == "agentMessage":
            self._said[ident] = str(item.get("text") or "")

    def attributes(self, reason: str) -> dict[str, str]:
        """Return the attributes of the turn's span; `reason` says why it ended."""
        given = [_message("user", text) for text in self._given.values()]
        said = [
            {**_message("assistant", text), "finish_reason": reason} for text in self._said.values()
        ]
        return {names.INPUT_MESSAGES: as_json(given), names.OUTPUT_MESSAGES: as_json(said)}


def _message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}
