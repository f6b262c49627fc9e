"""Spans and metrics of OpenTelemetry. The one module that imports it, when somebody has already."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from opentelemetry import context as contexts
from opentelemetry import trace

from .._version import __version__
from . import names
from .lazy_span import LazySpan
from .meters import Meters, meters_of
from .nodes import Node

if TYPE_CHECKING:
    from decimal import Decimal

    from .._core.account import Usage
    from .settings import Telemetry

__all__ = ["Emitter"]

_CONTEXT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")

QUICK = 10_000_000
"""Nanoseconds: an approval that took less is an event of what it is about, not a span."""

_CLIENT = frozenset({"turn", "agent"})
_EMPTY = contexts.Context()


class Emitter:
    """Begins and ends OpenTelemetry's spans for ours."""

    def __init__(self, settings: Telemetry) -> None:
        self._settings = settings
        self._provider: Any = None
        self._tracer: Any = None
        self._meters: Meters | None = None

    # --- who listens -----------------------------------------------------------------------------

    @property
    def tracer(self) -> Any:
        """The tracer, None while no provider is set; one may be set at any time."""
        provider = self._settings.tracer_provider or trace.get_tracer_provider()
        if isinstance(provider, trace.ProxyTracerProvider):
            return None
        if provider is not self._provider:
            self._tracer = provider.get_tracer("openai_codex", __version__)
            self._provider = provider
        return self._tracer

    @property
    def meters(self) -> Meters | None:
        """The instruments, None while no provider is set."""
        self._meters = meters_of(self._settings.meter_provider, self._meters)
        return self._meters

    @property
    def is_heard(self) -> bool:
        """Whether a provider was found when somebody looked last."""
        return self._tracer is not None or self._meters is not None

    # --- spans -----------------------------------------------------------------------------------

    def begin(self, node: Node, attributes: dict[str, Any]) -> None:
        """Begin a span; one whose parent was not begun is left out."""
        tracer = self.tracer
        context = self._context_for(node)
        if tracer is None or context is None:
            return
        kind = trace.SpanKind.CLIENT if node.kind in _CLIENT else trace.SpanKind.INTERNAL
        attributes.update(self._settings.attributes)
        node.sent = attributes

        def start() -> Any:
            return tracer.start_span(
                node.name,
                context=context,
                kind=kind,
                attributes=attributes,
                start_time=node.start,
            )

        node.handle = LazySpan(start) if node.kind == "approval" else start()

    def end(self, node: Node, attributes: dict[str, Any]) -> None:
        """End a span and measure it."""
        meters = self.meters
        if meters is not None:
            meters.ended(node, attributes)
        span = node.handle
        if span is None or node.end is None:
            return
        if isinstance(span, LazySpan) and not span.is_begun and node.end - node.start < QUICK:
            self._add_event(node, attributes)
            return
        sent = node.sent
        span.set_attributes({k: each for k, each in attributes.items() if sent.get(k) != each})
        node.sent = {}
        if node.error is not None:
            span.set_status(trace.Status(trace.StatusCode.ERROR, node.message))
        span.end(end_time=node.end)
        # What hangs below it may still begin; the rest of it is not kept for that.
        node.handle = trace.NonRecordingSpan(span.get_span_context())

    def measure_response(self, usage: Usage, usd: Decimal | None, model: str | None) -> None:
        """Measure what a model response used."""
        if self.meters is not None:
            self.meters.responded(usage, usd, model)

    @contextlib.contextmanager
    def within(
        self,
        title: str,
        *,
        attributes: Mapping[str, str],
        origin: Mapping[str, str] | None,
        is_near: bool,
    ) -> Iterator[Callable[[str | None], None]]:
        """Let the block run within a span; it calls what it gets with its error.type, or None.

        `origin` names the span that it works for, its parent if that `is_near`, or else a link.
        """
        tracer = self.tracer
        if tracer is None:
            yield lambda error: None
            return
        wanted = {names.OPERATION: "invoke_workflow", **attributes, **self._settings.attributes}
        here = trace.get_current_span().get_span_context()
        away = None if here.is_valid else _remote(origin)
        span = tracer.start_span(
            f"invoke_workflow {title}",
            context=_below(away) if is_near and away is not None else None,
            attributes=wanted,
            links=[trace.Link(away)] if away is not None and not is_near else None,
        )

        def end(error: str | None) -> None:
            if error is not None:
                span.set_attribute(names.ERROR_TYPE, error)
                span.set_status(trace.Status(trace.StatusCode.ERROR))

        with trace.use_span(
            span, end_on_exit=True, record_exception=False, set_status_on_exception=False
        ):
            yield end

    # --- contexts --------------------------------------------------------------------------------

    def enter(self, span: Any) -> None:
        """Make a span the current one, for the rest of this task's or thread's context."""
        contexts.attach(trace.set_span_in_context(span))

    def carrier(self, span: Any) -> dict[str, str] | None:
        """Return the trace context of a span, or else of this task or thread; None for none."""
        found = (trace.get_current_span() if span is None else span).get_span_context()
        if not found.is_valid:
            return None
        # Of the flags only the one for sampling: the runtime takes a parent with others for none.
        sampled = found.trace_flags & trace.TraceFlags.SAMPLED
        carrier = {"traceparent": f"00-{found.trace_id:032x}-{found.span_id:016x}-{sampled:02x}"}
        if found.trace_state:
            carrier["tracestate"] = found.trace_state.to_header()
        return carrier

    def _context_for(self, node: Node) -> Any:
        if node.parent is not None:
            handle = node.parent.handle
            return None if handle is None else trace.set_span_in_context(handle, _EMPTY)
        if node.context is None:
            return _EMPTY  # a turn that nobody here started
        return node.context.run(contexts.get_current)

    def _add_event(self, node: Node, attributes: dict[str, Any]) -> None:
        parent = node.parent.handle if node.parent is not None else None
        if parent is not None:
            parent.add_event(f"codex.{node.kind}", attributes, timestamp=node.start)
        node.handle = parent


def _below(parent: trace.SpanContext) -> contexts.Context:
    return trace.set_span_in_context(trace.NonRecordingSpan(parent))


def _remote(origin: Mapping[str, str] | None) -> trace.SpanContext | None:
    """Return the span that a trace context names."""
    found = _CONTEXT.fullmatch((origin or {}).get("traceparent", ""))
    if found is None:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in found.groups())
    return trace.SpanContext(trace_id, span_id, True, trace.TraceFlags(flags))
