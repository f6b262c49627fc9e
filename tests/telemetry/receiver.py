"""An OTLP/HTTP collector of the tests' own, on loopback: keeps spans, metrics and logs as data."""

from __future__ import annotations

import gzip
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

__all__ = ["Received", "Receiver"]

MESSAGES: dict[str, Any] = {
    "/v1/traces": ExportTraceServiceRequest,
    "/v1/metrics": ExportMetricsServiceRequest,
    "/v1/logs": ExportLogsServiceRequest,
}


@dataclass(frozen=True)
class Received:
    """One span: ids are hexadecimal, times are unix nanoseconds."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    service: str
    start: int
    end: int
    attributes: dict[str, Any] = field(default_factory=dict)
    events: tuple[str, ...] = ()
    is_error: bool = False


class Receiver:
    """A collector at `endpoint`."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[dict[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def spans(self) -> list[Received]:
        """All spans that came, the first to begin first."""
        found = [
            _received(span, _attributes(of.get("resource", {}).get("attributes")))
            for path, body in list(self.bodies)
            if path == "/v1/traces"
            for of in body.get("resourceSpans", ())
            for scope in of.get("scopeSpans", ())
            for span in scope.get("spans", ())
        ]
        return sorted(found, key=lambda span: span.start)

    @property
    def text(self) -> str:
        """Everything that came, to search through."""
        return json.dumps([body for _, body in list(self.bodies)])

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers["content-length"]))
                receiver.take(self.path, dict(self.headers.items()), data)
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler

    def take(self, path: str, headers: dict[str, str], data: bytes) -> None:
        """Keep one request."""
        known = {name.lower(): value for name, value in headers.items()}
        if known.get("content-encoding") == "gzip":
            data = gzip.decompress(data)
        if "json" in known.get("content-type", ""):
            body = json.loads(data)
        else:
            message = MESSAGES[path]()
            message.ParseFromString(data)
            body = MessageToDict(message)
        self.headers.append(known)
        self.bodies.append((path, body))


def _received(span: dict[str, Any], resource: dict[str, Any]) -> Received:
    return Received(
        name=span["name"],
        trace_id=_hex(span["traceId"]),
        span_id=_hex(span["spanId"]),
        parent_id=_hex(span.get("parentSpanId", "")),
        service=str(resource.get("service.name")),
        start=int(span["startTimeUnixNano"]),
        end=int(span["endTimeUnixNano"]),
        attributes=_attributes(span.get("attributes")),
        events=tuple(event["name"] for event in span.get("events", ())),
        is_error=span.get("status", {}).get("code") in (2, "STATUS_CODE_ERROR"),
    )


def _hex(ident: str) -> str:
    """Return an id in hexadecimal: JSON has it so, but protobuf's own JSON in base64."""
    if len(ident) in (0, 16, 32) and not ident.endswith("="):
        try:
            bytes.fromhex(ident)
        except ValueError:
            pass
        else:
            return ident
    import base64

    return base64.b64decode(ident).hex()


def _attributes(given: Any) -> dict[str, Any]:
    return {each["key"]: _value(each.get("value", {})) for each in given or ()}


def _value(value: dict[str, Any]) -> Any:
    for kind, each in value.items():
        if kind == "intValue":
            return int(each)
        if kind == "arrayValue":
            return tuple(_value(one) for one in each.get("values", ()))
        return each
    return None
