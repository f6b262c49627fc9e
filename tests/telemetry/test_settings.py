"""What `Telemetry` takes and refuses, and the settings that it makes of it for the runtime."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from openai_codex import AppServerConfig, Codex, Telemetry
from openai_codex.telemetry.settings import CONTENT_VARIABLE

BASE = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"content": "yes"}, TypeError),
        ({"runtime": "some"}, ValueError),
        ({"attributes": [1]}, TypeError),
        ({"attributes": {"a": [1]}}, TypeError),
        ({"attributes": {1: "a"}}, TypeError),
        ({"endpoint": 4318}, TypeError),
        ({"endpoint": "localhost:4318"}, ValueError),
        ({"endpoint": "http://user:word@localhost:4318"}, ValueError),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        Telemetry(**options)


def test_a_client_takes_nothing_else() -> None:
    with pytest.raises(TypeError, match="telemetry"):
        Codex(telemetry="on")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "variable", "wanted"),
    [
        (None, "", False),
        (None, "no_content", False),
        (None, "event_only", False),
        (None, "SPAN_ONLY", True),
        (None, "span_and_event", True),
        (True, "no_content", True),
        (False, "span_only", False),
    ],
)
def test_content_is_asked_for_by_argument_or_variable(
    monkeypatch: pytest.MonkeyPatch, content: bool | None, variable: str, wanted: bool
) -> None:
    monkeypatch.setenv(CONTENT_VARIABLE, variable)
    assert Telemetry(content=content)._wants_content is wanted
    assert not Telemetry.off()._wants_content


def test_the_runtime_exports_where_it_is_told_to() -> None:
    logs, traces = Telemetry(runtime="all", endpoint="http://c:4318/")._overrides({})
    assert logs == 'otel.exporter={otlp-http={endpoint="http://c:4318/v1/logs",protocol="binary"}}'
    assert traces.startswith('otel.trace_exporter={otlp-http={endpoint="http://c:4318/v1/traces"')
    assert Telemetry()._overrides({BASE: "http://c:4318"}) == ()
    (only,) = Telemetry(runtime="logs")._overrides(
        {BASE: "http://c:4318", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}
    )
    assert only == 'otel.exporter={otlp-http={endpoint="http://c:4318/v1/logs",protocol="json"}}'
    own = {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://d/logs"}
    (only,) = Telemetry(runtime="logs")._overrides(own)
    assert '"http://d/logs"' in only


def test_the_runtime_exports_nowhere_unasked() -> None:
    with pytest.raises(ValueError, match=BASE):
        Telemetry(runtime="all")._overrides({})
    with pytest.raises(ValueError, match="HTTP alone"):
        Telemetry(runtime="all")._overrides({BASE: "x", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})
    with pytest.raises(ValueError, match="no password"):
        Telemetry(runtime="all")._overrides({BASE: "http://a:b@c"})
    config = AppServerConfig(launch_args_override=("codex", "app-server"))
    with pytest.raises(ValueError, match="launch_args_override"):
        Codex(config, telemetry=Telemetry(runtime="all", endpoint="http://c:4318"))


PROGRAM = """
import json, sys
{before}
from openai_codex import Codex
from openai_codex.testing import ScriptedModel, offline_config, run_command, say
with ScriptedModel() as model:
    model.script(run_command("true"), say("done"))
    with Codex(offline_config(model)) as codex:
        codex.thread_start().run("hi")
        spans = len(list(codex.trace().walk()))
{after}
"""


def run(before: str, after: str) -> Any:
    """Return what a program prints as JSON."""
    code = PROGRAM.format(before=before, after=after)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_without_a_provider_nothing_of_opentelemetry_is_imported() -> None:
    loaded = "[name for name in sys.modules if name.startswith('opentelemetry')]"
    assert run("", f"print(json.dumps([{loaded}, spans]))") == [[], 2]


def test_with_a_provider_of_the_program_it_is_on_by_default() -> None:
    before = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
kept = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(kept))
trace.set_tracer_provider(provider)
"""
    after = "print(json.dumps([span.name for span in kept.get_finished_spans()]))"
    assert run(before, after) == ["execute_tool exec_command", "invoke_agent codex"]


def test_the_api_alone_begins_no_span_and_harms_none() -> None:
    assert run("import opentelemetry.trace, opentelemetry.metrics", "print(spans)") == 2
