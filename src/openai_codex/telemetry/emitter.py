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

_AGENTS = frozenset({"turn", "agent"})
_CLIENT, _INTERNAL = trace.SpanKind.CLIENT, trace.SpanKind.INTERNAL
_EMPTY = contexts.Context()


class Emitter:
    """Begins and ends OpenTelemetry's spans for ours."""

    def __init__(self, settings: Telemetry) -> None:
        self._settings = settings
        self._attributes = dict(settings.attributes)
        self._provider: Any = None
        # None while no provider was found; one may be set at any time.
        self.tracer: Any = None
        self.meters: Meters | None = None

    # --- who listens -----------------------------------------------------------------------------

    def look(self) -> None:
        """Look which providers are set by now: where a turn begins, not for each of its spans."""
        self.meters = meters_of(self._settings.meter_provider, self.meters)
        provider = self._settings.tracer_provider or trace.get_tracer_provider()
        if isinstance(provider, trace.ProxyTracerProvider):
            self._provider = self.tracer = None
        elif provider is not self._provider:
            self.tracer = provider.get_tracer("openai_codex", __version__)
            self._provider = provider

    @property
    def is_heard(self) -> bool:
        """Whether a provider was found when somebody looked last."""
        return self.tracer is not None or self.meters is not None

    # --- spans -----------------------------------------------------------------------------------

    def begin(self, node: Node) -> None:
        """Begin a span; one whose parent was not begun is left out.

        One that is over by now is begun with all that it comes to, which is half the work. Not one
        with something below it: a quick approval becomes an event of a span that has not ended.
        """
        tracer, context = self.tracer, self._context_for(node)
        if tracer is None or context is None:
            return
        if node.kind == "approval":
            node.handle = LazySpan(lambda: self._start(tracer, node, context))
            return
        is_whole = node.is_final and not node.children and not node.dropped
        node.handle = self._start(tracer, node, context)
        if is_whole:
            self._close(node, node.handle)

    def end(self, node: Node) -> None:
        """End a span and measure it."""
        if self.meters is not None:
            self.meters.ended(node)
        span = node.handle
        if span is None or node.end is None or node.is_told:
            return
        if isinstance(span, LazySpan):
            if node.end - node.start < QUICK and self._became_event(node, span):
                return
            span.begin()
        began = node.sent or {}
        late = {k: each for k, each in node.attributes.items() if began.get(k) != each}
        if late:
            span.set_attributes(late)
        self._close(node, span)

    def _start(self, tracer: trace.Tracer, node: Node, context: contexts.Context) -> trace.Span:
        node.sent = attributes = {**node.attributes, **self._attributes}
        return tracer.start_span(
            node.name,
            context=context,
            kind=_CLIENT if node.kind in _AGENTS else _INTERNAL,
            attributes=attributes,
            start_time=node.start,
        )

    def _close(self, node: Node, span: trace.Span) -> None:
        if node.error is not None:
            span.set_status(trace.Status(trace.StatusCode.ERROR, node.message))
        span.end(end_time=node.end)
        # What hangs below it may still begin; the rest of it is not kept for that.
        node.handle = trace.NonRecordingSpan(span.get_span_context())
        node.scope = node.sent = None
        node.is_told = True

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
        parent = node.parent
        if parent is not None:
            if parent.scope is None and parent.handle is not None:
                parent.scope = trace.set_span_in_context(parent.handle, _EMPTY)
            return parent.scope
        caller, node.context = node.context, None
        return _EMPTY if caller is None else caller.run(contexts.get_current)

    def _became_event(self, node: Node, span: LazySpan) -> bool:
        """Make an event of what nobody has looked at; returns whether it is one."""
        parent = node.parent.handle if node.parent is not None else None
        if parent is None or not span.stand_for(trace.NonRecordingSpan(parent.get_span_context())):
            return False
        parent.add_event(f"codex.{node.kind}", dict(node.attributes), timestamp=node.start)
        node.handle, node.is_told = parent, True
        return True


def _below(parent: trace.SpanContext) -> contexts.Context:
    return trace.set_span_in_context(trace.NonRecordingSpan(parent))


def _remote(origin: Mapping[str, str] | None) -> trace.SpanContext | None:
    """Return the span that a trace context names."""
    found = _CONTEXT.fullmatch((origin or {}).get("traceparent", ""))
    if found is None:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in found.groups())
    return trace.SpanContext(trace_id, span_id, True, trace.TraceFlags(flags))
