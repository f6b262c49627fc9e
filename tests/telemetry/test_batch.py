"""A batch as one trace: the run, its tasks, their turns; a link where a task runs far away."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = """
import json, sys

from pathlib import Path
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from openai_codex import Telemetry
from openai_codex.batch import Task, run_batch
from openai_codex.telemetry.workflow import count_restart, trace_context, workflow
from openai_codex.testing import ScriptedModel, offline_config, say

kept, reader = InMemorySpanExporter(), InMemoryMetricReader()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(kept))
trace.set_tracer_provider(provider)
metrics.set_meter_provider(MeterProvider([reader]))
{work}
spans = [
    {{
        "name": span.name,
        "id": span.context.span_id,
        "parent": span.parent.span_id if span.parent else None,
        "links": [link.context.span_id for link in span.links],
        "error": span.attributes.get("error.type"),
        "trace": span.context.trace_id,
    }}
    for span in kept.get_finished_spans()
]
print(json.dumps(spans))
"""

BATCH = """
with ScriptedModel() as model:
    model.default(say("done"))
    tasks = [Task("a", "do a"), Task("b", "do b")]
    with provider.get_tracer("t").start_as_current_span("caller"):
        list(run_batch(tasks, Path(sys.argv[1]), config=offline_config(model)))
"""

LINKED = """
mine = {"attributes": {}, "settings": Telemetry()}
with workflow("batch", **mine):
    origin = trace_context(Telemetry())
with workflow("task", **mine, origin={**origin, "machine": "another"}) as work:
    work.error = "budget"
with workflow("task", **mine, origin={"traceparent": "no", "machine": origin["machine"]}):
    pass
try:
    with workflow("task", **mine):
        raise ValueError("no")
except ValueError:
    pass
count_restart(Telemetry())
found = reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
assert [metric.name for metric in found] == ["codex.runtime.restarts"]
"""


def spans_of(work: str, *given: str) -> list[dict[str, Any]]:
    """Return the spans of a program that has set up OpenTelemetry."""
    code = PROGRAM.format(work=work)
    command = [sys.executable, "-c", code, *given]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_batch_is_one_trace(tmp_path: Path) -> None:
    spans = spans_of(BATCH, str(tmp_path / "batch"))
    names = {span["id"]: span["name"] for span in spans}
    tree = sorted((span["name"], names.get(span["parent"])) for span in spans)
    assert tree == [
        ("caller", None),
        ("invoke_agent codex", "invoke_workflow task"),
        ("invoke_agent codex", "invoke_workflow task"),
        ("invoke_workflow batch", "caller"),
        ("invoke_workflow task", "invoke_workflow batch"),
        ("invoke_workflow task", "invoke_workflow batch"),
    ]
    assert len({span["trace"] for span in spans}) == 1


def test_work_elsewhere_has_a_link_and_not_a_parent() -> None:
    batch, linked, unlinked, failed = spans_of(LINKED)
    assert (linked["parent"], linked["links"]) == (None, [batch["id"]])
    assert linked["trace"] != batch["trace"]
    assert unlinked["links"] == []
    assert [span["error"] for span in (linked, unlinked, failed)] == ["budget", None, "ValueError"]


def test_without_opentelemetry_a_workflow_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "from openai_codex.telemetry.workflow import count_restart, trace_context, workflow\n"
        "from openai_codex import Telemetry\n"
        "import sys\n"
        "with workflow('batch', attributes={}, settings=Telemetry()) as work: work.error = 'x'\n"
        "count_restart(Telemetry())\n"
        "assert trace_context(Telemetry()) is None\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
