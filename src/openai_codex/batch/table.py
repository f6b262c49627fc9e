"""Results as a table, in a notebook and in plain text. What others wrote is shown safely."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from .._safe_text import one_line
from ..display.columns import cut, padded, width_of
from .result import TaskResult

__all__ = ["ResultTable"]

HEADS = ("task", "outcome", "tokens", "seconds", "answer or reason")
SHOWN_TEXT = 200
SHOWN_ID = 40
WIDTH = 100


class ResultTable:
    """Results as a table: a notebook shows it as HTML, `print` as text."""

    def __init__(self, results: Iterable[TaskResult]) -> None:
        self._rows = [_row(result) for result in results]

    def __len__(self) -> int:
        return len(self._rows)

    def __str__(self) -> str:
        rows = [HEADS, *self._rows]
        widths = [max(width_of(row[n]) for row in rows) for n in range(len(HEADS) - 1)]
        return "\n".join(_line(row, widths) for row in rows)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} results>"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in HEADS)
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in self._rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(result: TaskResult) -> tuple[str, ...]:
    text = (result.answer or "") if result.ok else result.why
    return (
        one_line(result.id, most=SHOWN_ID),
        result.outcome.value,
        f"{result.spent.tokens:,}",
        f"{result.spent.seconds:.1f}",
        one_line(text, most=SHOWN_TEXT),
    )


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = [padded(cell, width) for cell, width in zip(row, widths, strict=False)]
    return cut("  ".join([*cells, row[-1]]), WIDTH).rstrip()
