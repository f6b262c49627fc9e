"""A batch whose tasks run in other processes: one trace, at the tests' own OTLP receiver."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from openai_codex import Telemetry
from openai_codex.batch import Task, run_batch
from openai_codex.testing import ScriptedModel, offline_config, say
from tests.telemetry.receiver import Received, Receiver

pytestmark = pytest.mark.timeout(180)
TASKS = [Task("a", "do a"), Task("b", "do b")]


def provider_of(endpoint: str, service: str) -> TracerProvider:
    """Return a provider that exports each span as it ends."""
    provider = TracerProvider(resource=Resource({"service.name": service}))
    exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider


def set_up(endpoint: str) -> None:
    """Set up OpenTelemetry in a worker, as a program's initializer does."""
    from opentelemetry import trace

    trace.set_tracer_provider(provider_of(endpoint, "worker"))


def workers(endpoint: str) -> Executor:
    """Return worker processes that export what they do."""
    return ProcessPoolExecutor(2, get_context("spawn"), set_up, (endpoint,))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


def run(model: ScriptedModel, receiver: Receiver, out: Path, engine: Any, **more: Any) -> None:
    """Run the batch with a provider of its own; the program has none."""
    model.default(say("done"))
    provider = provider_of(receiver.endpoint, "driver")
    told = Telemetry(tracer_provider=provider, attributes={"team": "blue"})
    config = offline_config(model)
    results = list(run_batch(TASKS, out, config=config, engine=engine, telemetry=told, **more))
    assert [result.ok for result in results] == [True, True]
    provider.shutdown()


def tree_of(receiver: Receiver) -> list[tuple[str, str, str | None]]:
    """Return each span with its process and its parent; asserts that all are one trace."""
    spans: list[Received] = receiver.spans
    assert len({span.trace_id for span in spans}) == 1
    assert {span.attributes["team"] for span in spans} == {"blue"}
    names = {span.span_id: span.name for span in spans}
    return sorted((span.service, span.name, names.get(span.parent_id)) for span in spans)


def expected(service: str) -> list[tuple[str, str, str | None]]:
    task = (service, "invoke_workflow task", "invoke_workflow batch")
    turn = (service, "invoke_agent codex", "invoke_workflow task")
    return sorted([("driver", "invoke_workflow batch", None), task, task, turn, turn])


def test_a_batch_tells_the_provider_that_it_is_given(
    model: ScriptedModel, receiver: Receiver, tmp_path: Path
) -> None:
    run(model, receiver, tmp_path / "out", None)
    assert tree_of(receiver) == expected("driver")


def test_tasks_in_worker_processes_are_below_the_batch(
    model: ScriptedModel, receiver: Receiver, tmp_path: Path
) -> None:
    with workers(receiver.endpoint) as executor:
        run(model, receiver, tmp_path / "out", executor)
    assert tree_of(receiver) == expected("worker")


def test_tasks_on_workers_of_dask_are_below_the_batch(
    model: ScriptedModel, receiver: Receiver, tmp_path: Path
) -> None:
    from distributed import Client, LocalCluster

    options: dict[str, Any] = {"dashboard_address": "127.0.0.1:0", "processes": True}
    local = str(tmp_path / "workers")
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=2, local_directory=local, **options
        ) as cluster,
        Client(cluster) as client,
    ):
        client.run(set_up, receiver.endpoint)
        run(model, receiver, tmp_path / "out", client)
    assert tree_of(receiver) == expected("worker")


def test_a_batch_that_is_to_be_silent_is(
    model: ScriptedModel, receiver: Receiver, tmp_path: Path
) -> None:
    model.default(say("done"))
    with workers(receiver.endpoint) as executor:
        batch = run_batch(
            TASKS,
            tmp_path / "out",
            config=offline_config(model),
            engine=executor,
            telemetry=Telemetry.off(),
        )
        assert batch.wait().ok == 2
    assert receiver.spans == []
