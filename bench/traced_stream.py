"""Row 19: CPU per event of a streamed turn with telemetry off, kept as a tree, and sent on.

Twice: at the pace of the real runtime, and as fast as a fake server writes. The spans go to an
exporter that throws them away; what one for OTLP takes is measured beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from row import Figures, Goal, Medians, Row, Side, main, ratio
from subject import TURNS, Stopwatch, beside, fake, least, real_runtime, streamed

BODIES = ("sample", "mix:24000")
EVENTS, SPANS = 23_532, 315  # of the second body
DELTAS, COMMANDS = 64, 2  # of a turn of the real runtime: as many as in the recorded one
LIVE_TURNS = 40


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


# --- on the real runtime -------------------------------------------------------------------------


@contextmanager
def _collected() -> Iterator[Any]:
    """Give telemetry whose spans and metrics go to a collector."""
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    from openai_codex import Telemetry

    with beside("collector.py") as port:
        place = f"http://127.0.0.1:{port}/v1"
        traces = TracerProvider()
        traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{place}/traces")))
        reader = PeriodicExportingMetricReader(OTLPMetricExporter(endpoint=f"{place}/metrics"))
        metrics = MeterProvider(metric_readers=[reader])
        yield Telemetry(tracer_provider=traces, meter_provider=metrics)
        traces.shutdown()
        metrics.shutdown()


def _live(telemetry: Any) -> Figures:
    from openai_codex import ApprovalMode, Codex, CodexConfig, Sandbox

    with (
        real_runtime(DELTAS, commands=COMMANDS) as fields,
        Codex(CodexConfig(**fields), telemetry=telemetry) as codex,
    ):
        thread = codex.thread_start(
            approval_mode=ApprovalMode.deny_all, sandbox=Sandbox.full_access, ephemeral=True
        )

        def look(turns: int) -> int:
            events = sum(
                event.payload is not None
                for _ in range(turns)
                for event in thread.turn("go").stream()
            )
            for provider in (telemetry.tracer_provider, telemetry.meter_provider):
                if provider is not None:  # what is sent at last counts as well
                    provider.force_flush()
            return events

        look(1)
        watch = Stopwatch()
        events = look(LIVE_TURNS)
        return {"cpu": watch.cpu / events * 1e6, "events": events / LIVE_TURNS}


def live_off() -> Figures:
    """Stream turns of the real runtime with telemetry off."""
    from openai_codex import Telemetry

    return _live(Telemetry.off())


def live_sent() -> Figures:
    """Stream turns of the real runtime with the spans sent to OpenTelemetry."""
    from openai_codex import Telemetry

    return _live(Telemetry(tracer_provider=_provider()))


def live_collected() -> Figures:
    """Do the same with spans and metrics sent to a collector, and what its exporter takes."""
    with _collected() as telemetry:
        return _live(telemetry)


def _ours(medians: Medians) -> float:
    return medians["sent.cpu"] / (medians["off.cpu"] + medians["sdk.cpu"])


ROW = Row(
    number=19,
    title="turn.stream() with telemetry: CPU per event, mix, payloads decoded",
    how=f"live: real runtime, in each process {LIVE_TURNS} turns of {COMMANDS} commands and "
    f"{DELTAS} deltas; else: fake runtime, recorded lines, the least of five turns in each "
    "process; spans go to a batch processor of the OpenTelemetry SDK whose exporter throws them "
    "away, but for collected: to an OTLP collector in another process",
    sides={
        "live_off": Side(live_off),
        "live_sent": Side(live_sent),
        "live_collected": Side(live_collected),
        "off": Side(off),
        "tree": Side(tree),
        "sent": Side(sent),
        "sdk": Side(sdk),
    },
    goals=[
        Goal("live: sent to OpenTelemetry, of off", ratio("live_sent.cpu", "live_off.cpu"), 1.10),
        Goal("as a tree, of off", ratio("tree.cpu", "off.cpu"), 1.10),
        Goal("sent to OpenTelemetry, of off", ratio("sent.cpu", "off.cpu"), 1.10),
        Goal("sent, of off and the SDK's own spans", _ours, 1.10),
    ],
    units={"cpu": "us/event", "events": ""},
    repetitions=9,
)

if __name__ == "__main__":
    main(ROW)
