"""Waterfalls: a line for each span, with a bar for its time; text, with `rich`, in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from .shown import Row, Shown, rows_of

__all__ = ["html_waterfall", "rich_waterfall", "text_waterfall"]

BAR = 30
"""Characters of the bar of a whole turn."""

MOST_ROWS = 500
"""Spans that are drawn; the data has all."""

_LABEL = 38
_EMPTY = "no turns yet"
_COLORS = {"turn": "#4c78a8", "agent": "#72b7b2", "approval": "#eeca3b", "tool": "#54a24b"}
_OTHER, _FAILED = "#9d755d", "#e45756"
_STYLES = {"turn": "blue", "agent": "cyan", "approval": "yellow", "tool": "green"}


def text_waterfall(spans: Sequence[Shown]) -> str:
    """Return plain text, without colours."""
    rows, more = _some(spans)
    lines = [f"{_label(row):<{_LABEL}} {_bar(row)} {row.time:>9}  {row.note}" for row in rows]
    return "\n".join(line.rstrip() for line in [*lines, *more]) or _EMPTY


def rich_waterfall(spans: Sequence[Shown]) -> Any:
    """Return the same for `rich`, with colours."""
    from rich.text import Text

    rows, more = _some(spans)
    text = Text(no_wrap=True)
    for row in rows:
        style = "red" if row.error is not None else _STYLES.get(row.kind, "")
        text.append(f"{_label(row):<{_LABEL}} ")
        text.append(_bar(row), style=style)
        text.append(f" {row.time:>9}  {row.note}\n")
    text.append("\n".join(more) or ("" if rows else _EMPTY))
    return text


def html_waterfall(spans: Sequence[Shown]) -> str:
    """Return a table for a notebook; it has no script and fetches nothing."""
    rows, more = _some(spans)
    if not rows:
        return f"<p>{_EMPTY}</p>"
    lines = "".join(map(_html_row, rows))
    note = "".join(f"<p>{escape(line)}</p>" for line in more)
    return f'<table style="border-collapse:collapse;width:100%">{lines}</table>{note}'


def _some(spans: Sequence[Shown]) -> tuple[list[Row], list[str]]:
    rows = list(rows_of(spans))
    more = len(rows) - MOST_ROWS
    return rows[:MOST_ROWS], [f"… {more} more spans"] if more > 0 else []


def _label(row: Row) -> str:
    text = "  " * min(row.depth, 8) + row.label
    return text if len(text) <= _LABEL else f"{text[: _LABEL - 1]}…"


def _bar(row: Row) -> str:
    left = min(int(row.left * BAR), BAR - 1)
    width = max(1, round(row.right * BAR) - left)
    return f"{' ' * left}{'█' * width}{' ' * (BAR - left - width)}"


def _html_row(row: Row) -> str:
    color = _FAILED if row.error is not None else _COLORS.get(row.kind, _OTHER)
    width = max(0.3, 100 * (row.right - row.left))
    bar = (
        f'<div style="margin-left:{100 * row.left:.2f}%;width:{width:.2f}%;'
        f'background:{color};height:.8em"></div>'
    )
    cell = "padding:1px 6px;text-align:left;white-space:nowrap"
    return (
        f'<tr><td style="{cell};padding-left:{6 + 14 * row.depth}px">{escape(row.label)}</td>'
        f'<td style="width:50%">{bar}</td>'
        f'<td style="{cell}">{escape(row.time)}</td><td style="{cell}">{escape(row.note)}</td></tr>'
    )
