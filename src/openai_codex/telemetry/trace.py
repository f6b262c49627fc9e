"""Spans as data: a tree for each turn, to read, to print and to export. Needs no OpenTelemetry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .._safe_text import shown_safely
from .chrome import chrome_events
from .waterfall import html_waterfall, rich_waterfall, text_waterfall

__all__ = ["Trace", "TraceSpan"]


@shown_safely
@dataclass(frozen=True, slots=True)
class TraceSpan:
    """One span: what went on from `start` to `end`, in unix seconds, and what went on within it.

    name        as OpenTelemetry gets it: `invoke_agent codex`, `execute_tool exec_command`
    kind        "turn", "agent", "command", "patch", "mcp", "tool", "builtin" or "approval"
    end         None while it runs
    error       the error.type of what failed, was interrupted or declined, else None
    attributes  by their OpenTelemetry names, such as "gen_ai.usage.input_tokens"
    children    the spans below it, in the order in which they began
    dropped     how many more there were than are kept
    """

    name: str
    kind: str
    start: float
    end: float | None = None
    error: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    children: tuple[TraceSpan, ...] = ()
    dropped: int = 0

    @property
    def seconds(self) -> float | None:
        """How long it took, or None while it runs."""
        return None if self.end is None else self.end - self.start

    def walk(self) -> Iterator[TraceSpan]:
        """Yield it and all spans below it, each before its children."""
        yield self
        for child in self.children:
            yield from child.walk()

    def to_dict(self) -> dict[str, Any]:
        """Return it, with its children, as what JSON can hold."""
        return {
            "name": self.name,
            "kind": self.kind,
            "start": self.start,
            "end": self.end,
            "error": self.error,
            "attributes": {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in self.attributes.items()
            },
            "children": [child.to_dict() for child in self.children],
            "dropped": self.dropped,
        }


@dataclass(frozen=True, slots=True)
class Trace:
    """What turns did, as spans: `spans` are the turns. `print` it for a waterfall.

    It is a copy: what happens after it was taken is not in it.
    """

    spans: tuple[TraceSpan, ...] = ()

    def __str__(self) -> str:
        return text_waterfall(self.spans)

    def __repr__(self) -> str:
        return f"<Trace of {len(self.spans)} turns, {sum(1 for _ in self.walk())} spans>"

    def __rich__(self) -> Any:
        return rich_waterfall(self.spans)

    def _repr_html_(self) -> str:
        return html_waterfall(self.spans)

    def __iter__(self) -> Iterator[TraceSpan]:
        return iter(self.spans)

    def __len__(self) -> int:
        return len(self.spans)

    def walk(self) -> Iterator[TraceSpan]:
        """Yield every span, each before its children."""
        for span in self.spans:
            yield from span.walk()

    def to_dict(self) -> list[dict[str, Any]]:
        """Return the spans as what JSON can hold."""
        return [span.to_dict() for span in self.spans]

    def to_chrome(self) -> dict[str, Any]:
        """Return it in the trace event format: write it as JSON, open it in Perfetto or Chrome."""
        return {"traceEvents": chrome_events(self.spans), "displayTimeUnit": "ms"}
