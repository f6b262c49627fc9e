"""See what a turn did: on the console, in a collector that speaks OTLP, and without either.

Needs `pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http`.
"""

from __future__ import annotations

import asyncio
import sys

from collector import Collector
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    ConsoleSpanExporter,
    SimpleSpanProcessor,
)

from openai_codex import AppServerConfig, AsyncCodex, Telemetry, tool


def shown(span: ReadableSpan) -> str:
    attributes = span.attributes or {}
    return f"span: {span.name} {attributes.get('gen_ai.usage.input_tokens', '')}".rstrip() + "\n"


async def main(config: AppServerConfig | None = None) -> None:
    with Collector() as collector:
        # As any program sets up OpenTelemetry: to the console, and over OTLP.
        provider = TracerProvider()
        exporter = OTLPSpanExporter(endpoint=f"{collector.endpoint}/v1/traces")
        provider.add_span_processor(BatchSpanProcessor(exporter))
        provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(formatter=shown)))
        tracer = provider.get_tracer("shop")

        @tool
        def stock(item: str) -> int:
            """Look up how many of an item are left."""
            with tracer.start_as_current_span("SELECT stock"):  # below the tool's own span
                return 3

        # A provider that is set for the whole program is found without `telemetry=`.
        async with AsyncCodex(config, telemetry=Telemetry(tracer_provider=provider)) as codex:
            thread = await codex.thread_start(tools=[stock])
            with tracer.start_as_current_span("GET /advice"):
                turn = await thread.turn("How many teapots are left?")
                print((await turn.run()).final_response)
            print(turn.trace)  # the same as data, without OpenTelemetry

        provider.shutdown()
        print("in the collector:")
        collector.show()


if __name__ == "__main__":
    if sys.argv[1:] == ["--offline"]:  # no network and no account: a scripted model answers
        from offline import offline

        with offline() as config:
            asyncio.run(main(config))
    else:
        asyncio.run(main())
