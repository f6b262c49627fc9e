"""The program that a command runs, as far as its first word tells: `pytest` of `pytest -q`.

A look at words, for a label; what a command may do is judged by `rules`.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["program_of"]

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=\S*\s+")
_WORD = re.compile(r"[^\s;|&<>()'\"`$]+")


def program_of(item: dict[str, Any]) -> str | None:
    """Return the name of the first program of a commandExecution item, or None."""
    actions = item.get("commandActions")
    first = actions[0] if isinstance(actions, list) and actions else None
    inner = first.get("command") if isinstance(first, dict) else None
    command = inner if isinstance(inner, str) else item.get("command")
    if not isinstance(command, str):
        return None
    text = command.lstrip()[:1000]
    while "=" in text and (assignment := _ASSIGNMENT.match(text)) is not None:
        text = text[assignment.end() :]
    word = _WORD.match(text)
    return word.group().replace("\\", "/").rpartition("/")[2] or None if word else None
