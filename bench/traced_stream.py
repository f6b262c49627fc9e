"""Row 19: CPU per event of a streamed turn with telemetry off, kept as a tree, and sent on.

Spans go to a batch processor whose exporter throws them away.
"""

from __future__ import annotations

from typing import Any

from row import Figures, Goal, Medians, Row, Side, main, ratio
from subject import TURNS, Stopwatch, fake, least, streamed

BODIES = ("sample", "mix:24000")
EVENTS, SPANS = 23_532, 315  # of the second body


def _provider() -> Any:
    """Return a provider that does all the work of one but the export."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

    class Nowhere(SpanExporter):
        def export(self, spans: Any) -> SpanExportResult:
            return SpanExportResult.SUCCESS

    made = TracerProvider()
    made.add_span_processor(BatchSpanProcessor(Nowhere()))
    return made


def _stream(telemetry: Any) -> Figures:
    from openai_codex import Codex

    with Codex(fake(*BODIES), telemetry=telemetry) as codex:
        return streamed(codex)


def off() -> Figures:
    """Stream with telemetry off."""
    from openai_codex import Telemetry

    return _stream(Telemetry.off())


def tree() -> Figures:
    """Stream with the tree alone, which is the default."""
    from openai_codex import Telemetry

    return _stream(Telemetry())


def sent() -> Figures:
    """Stream with the spans sent to OpenTelemetry."""
    from openai_codex import Telemetry

    return _stream(Telemetry(tracer_provider=_provider()))


def sdk() -> Figures:
    """Make as many spans of that size with the SDK alone, and count them per event."""
    from opentelemetry.trace import set_span_in_context

    tracer = _provider().get_tracer("bench")
    root = tracer.start_span("root")
    context = set_span_in_context(root)
    at_first = {f"name.{number}": "some text" for number in range(8)}
    at_last = {f"last.{number}": number for number in range(3)}

    def look() -> Figures:
        watch = Stopwatch()
        for _ in range(SPANS):
            span = tracer.start_span("span", context=context, attributes=at_first, start_time=1)
            span.set_attributes(at_last)
            span.end(end_time=2)
        return {"cpu": watch.cpu / EVENTS * 1e6}

    look()
    return least([look() for _ in range(TURNS)])


def _ours(medians: Medians) -> float:
    return medians["sent.cpu"] / (medians["off.cpu"] + medians["sdk.cpu"])


ROW = Row(
    number=19,
    title="turn.stream() with telemetry: CPU per event, mix, payloads decoded",
    how="fake runtime, recorded lines; the least of five turns in each process; spans go to a "
    "batch processor of the OpenTelemetry SDK whose exporter throws them away",
    sides={"off": Side(off), "tree": Side(tree), "sent": Side(sent), "sdk": Side(sdk)},
    goals=[
        Goal("as a tree, of off", ratio("tree.cpu", "off.cpu"), 1.10),
        Goal("sent to OpenTelemetry, of off", ratio("sent.cpu", "off.cpu"), 1.10),
        Goal("sent, of off and the SDK's own spans", _ours, 1.10),
    ],
    units={"cpu": "us/event", "events": ""},
    repetitions=9,
)

if __name__ == "__main__":
    main(ROW)
