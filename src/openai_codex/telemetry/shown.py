"""What is shown of a span, and where it stands in time. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from .._safe_text import one_line
from . import names

__all__ = ["Row", "Shown", "end_of", "rows_of"]


class Shown(Protocol):
    """A `TraceSpan`, which imports what shows it and not the other way round."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def kind(self) -> str:
        """What it is."""
        ...

    @property
    def start(self) -> float:
        """When it began."""
        ...

    @property
    def end(self) -> float | None:
        """When it ended."""

    @property
    def error(self) -> str | None:
        """Why it failed."""

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Its attributes."""
        ...

    @property
    def children(self) -> Sequence[Shown]:
        """What is below it."""
        ...


class Row:
    """One line of a waterfall: a label, a time, a note, a bar from `left` to `right` (0 to 1)."""

    def __init__(self, span: Shown, depth: int, first: float, latest: float) -> None:
        whole = max(latest - first, 1e-9)
        end = span.end if span.end is not None else latest
        self.depth = depth
        self.kind = span.kind
        self.label = one_line(span.name)
        self.error = one_line(span.error) if span.error is not None else None
        self.left = min(1.0, max(0.0, (span.start - first) / whole))
        self.right = min(1.0, max(self.left, (end - first) / whole))
        self.time = _seconds(end - span.start) + ("" if span.end is not None else " …")
        self.note = ", ".join(_notes(span))


def rows_of(spans: Sequence[Shown]) -> Iterator[Row]:
    """Yield a row for each span, tree by tree; each tree has its own scale of time."""
    for root in spans:
        first, latest = root.start, end_of([root])
        yield from _rows(root, 0, first, latest)


def end_of(spans: Sequence[Shown]) -> float:
    """Return the last moment that spans know of: of one that runs, the last of its children."""
    ends = [span.end if span.end is not None else span.start for span in spans]
    ends += [end_of(span.children) for span in spans if span.children]
    return max(ends, default=0.0)


def _rows(span: Shown, depth: int, first: float, latest: float) -> Iterator[Row]:
    yield Row(span, depth, first, latest)
    for child in span.children:
        yield from _rows(child, depth + 1, first, latest)


def _seconds(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.2f} s" if seconds < 100 else f"{seconds:,.0f} s"


def _notes(span: Shown) -> Iterator[str]:
    attributes = span.attributes
    if names.EXECUTABLE in attributes:
        yield one_line(attributes[names.EXECUTABLE])
    if names.EXIT_CODE in attributes:
        yield f"exit {one_line(attributes[names.EXIT_CODE])}"
    if names.INPUT_TOKENS in attributes:
        given, said = attributes[names.INPUT_TOKENS], attributes.get(names.OUTPUT_TOKENS, 0)
        yield f"{given:,} + {said:,} tokens"
    if names.APPROVAL_DECISION in attributes:
        yield one_line(attributes[names.APPROVAL_DECISION])
    if span.error is not None:
        yield one_line(span.error)
