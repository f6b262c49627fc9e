"""Distributions of OpenTelemetry, as programs use them: nothing of ours knows them.

They lie beside the environment (`scripts/setup`), since their plugins would load in every test.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from openai_codex.testing import run_command, say
from tests.cli.conftest import make_place
from tests.cli.processes import COMMAND, SECONDS
from tests.conftest import SharedModel
from tests.telemetry.receiver import Receiver

DISTRIBUTIONS = Path(sys.prefix, "distributions")

LOGFIRE = """
import json

import logfire
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from openai_codex import Codex, Sandbox, tool
from openai_codex.testing import ScriptedModel, call_tool, offline_config, run_command, say

kept, reader = InMemorySpanExporter(), InMemoryMetricReader()
logfire.configure(
    send_to_logfire=False,
    console=False,
    additional_span_processors=[SimpleSpanProcessor(kept)],
    metrics=logfire.MetricsOptions(additional_readers=[reader]),
)


@tool
def stock(item: str) -> int:
    "Look up how many of an item are left."
    with logfire.span("counted by hand"):
        return 3


with ScriptedModel() as model:
    model.script(run_command("false"), call_tool("stock", {"item": "tea"}), say("Done"))
    with Codex(offline_config(model)) as codex, logfire.span("the caller's"):
        thread = codex.thread_start(sandbox=Sandbox.full_access, tools=[stock])
        assert thread.run("Go").final_response == "Done"

spans = kept.get_finished_spans()
names = {span.context.span_id: span.name for span in spans}
tree = {span.name: names.get(span.parent and span.parent.span_id) for span in spans}
failed = [span.attributes["error.type"] for span in spans if "error.type" in span.attributes]
metrics = [
    metric.name
    for resource in reader.get_metrics_data().resource_metrics
    for scope in resource.scope_metrics
    for metric in scope.metrics
]
print(json.dumps({"tree": tree, "failed": failed, "metrics": metrics}))
"""


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a program that has the distributions."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    path = os.pathsep.join(filter(None, [str(DISTRIBUTIONS), os.environ.get("PYTHONPATH")]))
    return {**kept, **more, "PYTHONPATH": path}


def test_logfire_has_the_spans_and_metrics_of_a_turn_in_its_own_tree(tmp_path: Path) -> None:
    program = tmp_path / "program.py"  # a file: Logfire reads the source of its callers
    program.write_text(LOGFIRE)
    done = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env=environment(LOGFIRE_SEND_TO_LOGFIRE="false"),
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert told["tree"] == {
        "the caller's": None,
        "invoke_agent codex": "the caller's",
        "execute_tool exec_command": "invoke_agent codex",
        "execute_tool stock": "invoke_agent codex",
        "counted by hand": "execute_tool stock",
    }
    assert told["failed"] == ["exit_code_1"]
    assert {"gen_ai.client.token.usage", "gen_ai.invoke_agent.duration"} <= {*told["metrics"]}


@pytest.mark.parametrize("is_set_up", [True, False], ids=["instrumented", "alone"])
def test_a_command_under_opentelemetry_instrument_exports_its_turn(
    model: SharedModel, tmp_path: Path, is_set_up: bool
) -> None:
    model.script(run_command("true"), say("Done"))
    with Receiver() as receiver:
        env = environment(
            **make_place(model, tmp_path).env,
            OTEL_TRACES_EXPORTER="otlp",
            OTEL_METRICS_EXPORTER="none",
            OTEL_LOGS_EXPORTER="none",
            OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
            OTEL_EXPORTER_OTLP_ENDPOINT=receiver.endpoint,
        )
        around = [sys.executable, str(DISTRIBUTIONS / "bin/opentelemetry-instrument")]
        done = subprocess.run(
            [*(around if is_set_up else []), *COMMAND, "run", "--sandbox", "full-access", "Go"],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            cwd=tmp_path / "work",
            env=env,
        )
        assert (done.returncode, done.stdout) == (0, "Done\n"), done.stderr
        told = sorted(span.name for span in receiver.spans)
    assert told == (["execute_tool exec_command", "invoke_agent codex"] if is_set_up else [])
