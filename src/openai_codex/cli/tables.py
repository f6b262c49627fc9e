"""Tables in plain text that fit the terminal: the last column takes what is left."""

from __future__ import annotations

import time
from collections.abc import Sequence

from .._safe_text import one_line
from ..display.columns import cut, padded, width_of

__all__ = ["amount", "table", "when"]


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Return the lines of a table, its head first; cells may be untrusted."""
    cells = [[one_line(cell) for cell in row] for row in rows]
    columns = list(zip(heads, *cells, strict=True)) if cells else [(head,) for head in heads]
    widths = [max(map(width_of, column)) for column in columns[:-1]]
    return [_row(row, widths, width) for row in [list(heads), *cells]]


def _row(cells: Sequence[str], widths: Sequence[int], width: int) -> str:
    *front, last = cells
    text = "".join(f"{padded(cell, size)}  " for cell, size in zip(front, widths, strict=True))
    return cut(text + last, width).rstrip()


def when(seconds: float | None) -> str:
    """Return a time of day here, from unix seconds."""
    return "" if seconds is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def amount(count: int | None) -> str:
    """Return a count in few characters: 950, 12.3k, 4.5M."""
    if count is None:
        return ""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:.1f}{unit}"
    return str(count)
