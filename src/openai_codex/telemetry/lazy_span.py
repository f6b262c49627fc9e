"""A span that begins when somebody looks: for what is mostly too short to be one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opentelemetry import trace

from .._locks import signal_lock

__all__ = ["LazySpan"]


class LazySpan(trace.Span):
    """Stands for a span, and begins it with its first use: a child of it, an attribute, its end."""

    def __init__(self, start: Callable[[], trace.Span]) -> None:
        self._start = start
        self._span: trace.Span | None = None
        # A handler's thread and the one that ends spans may both be the first to look.
        self._starting = signal_lock()

    def begin(self) -> None:
        """Begin it, unless it is there."""
        _ = self._real

    def stand_for(self, other: trace.Span) -> bool:
        """Stand for another span from now on, unless somebody has looked; returns whether it does.

        It is never begun then: whoever looks later finds the other one, and none is left open.
        """
        with self._starting:
            if self._span is None:
                self._span = other
            return self._span is other

    @property
    def _real(self) -> trace.Span:
        with self._starting:
            if self._span is None:
                self._span = self._start()
            return self._span

    def end(self, end_time: int | None = None) -> None:
        """See `Span.end`."""
        self._real.end(end_time)

    def get_span_context(self) -> trace.SpanContext:
        """See `Span.get_span_context`."""
        return self._real.get_span_context()

    def set_attributes(self, attributes: Any) -> None:
        """See `Span.set_attributes`."""
        self._real.set_attributes(attributes)

    def set_attribute(self, key: str, value: Any) -> None:
        """See `Span.set_attribute`."""
        self._real.set_attribute(key, value)

    def add_event(self, name: str, attributes: Any = None, timestamp: int | None = None) -> None:
        """See `Span.add_event`."""
        self._real.add_event(name, attributes, timestamp)

    def update_name(self, name: str) -> None:
        """See `Span.update_name`."""
        self._real.update_name(name)

    def is_recording(self) -> bool:
        """See `Span.is_recording`."""
        return self._real.is_recording()

    def set_status(self, status: Any, description: str | None = None) -> None:
        """See `Span.set_status`."""
        self._real.set_status(status, description)

    def record_exception(
        self,
        exception: BaseException,
        attributes: Any = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """See `Span.record_exception`."""
        self._real.record_exception(exception, attributes, timestamp, escaped)
