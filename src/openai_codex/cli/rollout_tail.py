"""The tokens that a stored thread took, from the end of its file: quick however long it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["tokens_of"]

TAIL = 64 * 1024
MARK = b'"token_count"'


def tokens_of(path: str | None) -> dict[str, int] | None:
    """Return the thread's token counts by name, or None where they are not to be found."""
    if path is None:
        return None
    try:
        with Path(path).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL))
            lines = file.read().split(b"\n")
    except OSError:
        return None
    return next(filter(None, map(_counts, reversed(lines))), None)


def _counts(line: bytes) -> dict[str, int] | None:
    if MARK not in line:
        return None
    try:
        payload: Any = json.loads(line)["payload"]
        total = payload["info"]["total_token_usage"]
        return {name: count for name, count in total.items() if isinstance(count, int)}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # another record, or one that is cut off
