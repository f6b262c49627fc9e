"""Long replies as short tables: what `print` shows of a list of models or of threads.

Their texts come from outside, so each cell is one line that is safe to show.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

__all__ = ["LISTINGS", "listed"]

SHOWN_ROWS = 20
SHOWN_CHARS = 40

Cell = Callable[[Any], object]


def listed(reply: Any) -> str:
    """Return a reply whose `data` is a list as a table, its first rows."""
    noun, columns = LISTINGS[type(reply).__name__]
    data = reply.data if isinstance(reply.data, list) else []
    rows = [[_shown(cell, one) for cell in columns.values()] for one in data[:SHOWN_ROWS]]
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in ([list(columns), *rows] if rows else [])
    ]
    plural = "" if len(data) == 1 else "s"
    rest = [f"... and {len(data) - SHOWN_ROWS} more"] if len(data) > SHOWN_ROWS else []
    more = (
        [f"(there is a next page: next_cursor={reply.next_cursor!r})"] if _has_more(reply) else []
    )
    return "\n".join([f"{type(reply).__name__}: {len(data)} {noun}{plural}", *lines, *rest, *more])


def _has_more(reply: Any) -> bool:
    return isinstance(reply.next_cursor, str)


def _shown(cell: Cell, one: Any) -> str:
    from openai_codex._safe_text import one_line

    try:
        value = cell(one)
    except (AttributeError, TypeError):  # it was not of its typed shape
        value = None
    return one_line("" if value is None else value, most=SHOWN_CHARS)


def _efforts(model: Any) -> str:
    return " ".join(
        f"[{option.reasoning_effort}]"
        if option.reasoning_effort == model.default_reasoning_effort
        else str(option.reasoning_effort)
        for option in model.supported_reasoning_efforts
    )


def _moment(seconds: Any) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


LISTINGS: dict[str, tuple[str, dict[str, Cell]]] = {
    "ModelListResponse": (
        "model",
        {
            "id": lambda model: model.id,
            "name": lambda model: model.display_name,
            "effort": _efforts,
            "default": lambda model: "yes" if model.is_default else "",
        },
    ),
    "ThreadListResponse": (
        "thread",
        {
            "id": lambda thread: thread.id,
            "updated": lambda thread: _moment(thread.updated_at),
            "name": lambda thread: thread.name or thread.preview,
            "cwd": lambda thread: thread.cwd,
        },
    ),
}
"""What to show of which reply: what it lists, and its columns."""
