"""Spans in Chrome's trace event format, which Perfetto, Chrome and Speedscope open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .._safe_text import one_line
from .shown import Shown, end_of

__all__ = ["chrome_events"]


def chrome_events(spans: Sequence[Shown]) -> list[dict[str, Any]]:
    """Return an event for each span: a process for each tree, a row for what overlaps."""
    events: list[dict[str, Any]] = []
    for pid, root in enumerate(spans, start=1):
        title = {"name": one_line(f"{root.name} {root.attributes.get('codex.turn.id', '')}")}
        events.append({"ph": "M", "name": "process_name", "pid": pid, "tid": 1, "args": title})
        rows: list[float] = []
        _add(root, pid, rows, events, end_of(spans))
    return events


def _add(
    span: Shown, pid: int, rows: list[float], events: list[dict[str, Any]], latest: float
) -> None:
    end = span.end if span.end is not None else latest
    events.append(
        {
            "ph": "X",
            "name": one_line(span.name),
            "cat": span.kind,
            "ts": round(span.start * 1e6),
            "dur": max(1, round((end - span.start) * 1e6)),
            "pid": pid,
            "tid": _row_for(span, end, rows),
            "args": {name: _value(value) for name, value in span.attributes.items()},
        }
    )
    for child in span.children:
        _add(child, pid, rows, events, latest)


def _row_for(span: Shown, end: float, rows: list[float]) -> int:
    """Return the first row that is free when the span begins: rows show no overlaps."""
    for number, taken_until in enumerate(rows):
        if taken_until <= span.start:
            rows[number] = end
            return number + 1
    rows.append(end)
    return len(rows)


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value)
    return [_value(each) for each in value] if _is_list(value) else value


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, dict))
