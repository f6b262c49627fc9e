"""What OpenTelemetry gets, through the real runtime and over OTLP/HTTP."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from openai_codex import (
    ApprovalMode,
    AsyncCodex,
    Handlers,
    Sandbox,
    Telemetry,
    TransportClosedError,
    TurnFailedError,
    tool,
)
from openai_codex.testing import (
    Gate,
    ScriptedModel,
    add_file,
    call_mcp,
    call_tool,
    fail,
    hold,
    offline_config,
    run_command,
    say,
    spawn_agent,
    usage,
)
from tests.budgets.conftest import AGENTS
from tests.telemetry.aio import at_once, eventually
from tests.telemetry.receiver import Received, Receiver

SERVER = str(Path(__file__).parent.parent / "mcp_server.py")
INPUT, OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
SECRET = "sk-proj-" + "a1B2" * 12


class Counted(SpanProcessor):
    """Counts what began and what ended."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.ended: list[str] = []

    def on_start(self, span: Span, parent_context: Any = None) -> None:
        self.began.append(span.name)

    def on_end(self, span: ReadableSpan) -> None:
        self.ended.append(span.name)


@dataclass
class Otel:
    """A receiver, and a provider that exports to it."""

    receiver: Receiver
    provider: TracerProvider
    counted: Counted

    def telemetry(self, **options: Any) -> Telemetry:
        return Telemetry(tracer_provider=self.provider, **options)

    def spans(self) -> list[Received]:
        assert self.provider.force_flush()
        return self.receiver.spans

    @property
    def tracer(self) -> trace.Tracer:
        return self.provider.get_tracer("tests")


@pytest.fixture
def otel() -> Iterator[Otel]:
    with Receiver() as receiver:
        provider, counted = TracerProvider(), Counted()
        exporter = OTLPSpanExporter(endpoint=f"{receiver.endpoint}/v1/traces")
        provider.add_span_processor(BatchSpanProcessor(exporter))
        provider.add_span_processor(counted)
        yield Otel(receiver, provider, counted)
        provider.shutdown()


def tree(spans: list[Received]) -> dict[str, str]:
    """Return of which span each is a child, by their names."""
    names = {span.span_id: span.name for span in spans}
    return {span.name: names.get(span.parent_id, "") for span in spans}


@pytest.mark.parametrize("runtime", ["off", "all"])
async def test_a_turn_is_one_trace_from_its_caller_to_the_model(
    model: ScriptedModel, tmp_path: Path, otel: Otel, runtime: Any
) -> None:
    @tool
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        with otel.tracer.start_as_current_span("inside the tool"):
            return a + b

    def approve(asked: object) -> bool:
        with otel.tracer.start_as_current_span("inside the handler"):
            return True

    model.script(
        run_command("exit 3"),
        add_file("a.txt", "x"),
        call_tool("add", {"a": 1, "b": 2}),
        call_mcp("m", "look", {"ok": False}),
        usage(input=70, output=3, cached=20, reasoning=1),
        say("done"),
    )
    telemetry = otel.telemetry(
        runtime=runtime, endpoint=otel.receiver.endpoint, attributes={"app.team": "blue"}
    )
    config = offline_config(model, cwd=str(tmp_path))
    async with AsyncCodex(config, handlers=Handlers(approve=approve), telemetry=telemetry) as codex:
        thread = await codex.thread_start(
            cwd=tmp_path,
            sandbox=Sandbox.read_only,
            approval_mode=ApprovalMode.ask,
            tools=[add],
            config={"mcp_servers": {"m": {"command": sys.executable, "args": [SERVER]}}},
        )
        with otel.tracer.start_as_current_span("caller") as caller:
            result = await thread.run("hi")
        ours = [span for span in otel.spans() if span.service != "codex-app-server"]
        trace_id = f"{caller.get_span_context().trace_id:032x}"
    assert tree(ours) == {
        "caller": "",
        "invoke_agent codex": "caller",
        "execute_tool exec_command": "invoke_agent codex",
        "execute_tool apply_patch": "invoke_agent codex",
        "approval file_change": "execute_tool apply_patch",
        "inside the handler": "approval file_change",
        "execute_tool add": "invoke_agent codex",
        "inside the tool": "execute_tool add",
        "execute_tool look": "invoke_agent codex",
    }
    assert {span.trace_id for span in ours} == {trace_id}
    turn = next(span for span in ours if span.name == "invoke_agent codex")
    assert result.spent is not None
    assert turn.attributes[INPUT] == result.spent.input_tokens
    assert turn.attributes[OUTPUT] == result.spent.output_tokens
    assert turn.attributes["gen_ai.response.finish_reasons"] == ("stop",)
    failed = {span.name for span in ours if span.is_error}
    assert failed == {"execute_tool exec_command", "execute_tool look"}
    assert all(span.attributes["app.team"] == "blue" for span in ours if "gen_ai" in str(span))
    assert all(turn.start <= span.start <= span.end <= turn.end for span in ours[2:])
    assert otel.counted.began.count("invoke_agent codex") == 1
    assert sorted(otel.counted.began) == sorted(otel.counted.ended)
    if runtime == "all":
        assert_the_runtimes_spans_hang_below(otel, turn, model)
    assert "hi" not in [span.attributes.get("gen_ai.input.messages") for span in ours]


def assert_the_runtimes_spans_hang_below(otel: Otel, turn: Received, model: Any) -> None:
    """The runtime's span of our request is a child of our turn, and goes on to the model."""
    theirs = [span for span in otel.receiver.spans if span.trace_id == turn.trace_id]
    below = [span for span in theirs if span.parent_id == turn.span_id]
    assert any(span.name == "turn/start" for span in below)
    assert len(theirs) > 30
    carried = {request.headers.get("traceparent", "").split("-")[1] for request in model.requests}
    assert carried == {turn.trace_id}


async def test_a_quick_approval_is_an_event_and_a_slow_one_a_span(
    model: ScriptedModel, tmp_path: Path, otel: Otel
) -> None:
    gate = threading.Event()

    def approve(asked: Any) -> bool:
        if "b.txt" in str(asked.params) + asked.summary:
            gate.wait(0.05)  # longer than what counts as quick
        return True

    model.script(add_file("a.txt", "x"), add_file("b.txt", "x"), say("done"))
    async with AsyncCodex(
        offline_config(model, cwd=str(tmp_path)),
        handlers=Handlers(approve=approve),
        telemetry=otel.telemetry(),
    ) as codex:
        thread = await codex.thread_start(
            cwd=tmp_path, sandbox=Sandbox.read_only, approval_mode=ApprovalMode.ask
        )
        await thread.run("hi")
    spans = otel.spans()
    approvals = [span for span in spans if span.name == "approval file_change"]
    patches = [span for span in spans if span.name == "execute_tool apply_patch"]
    quick = [span.events for span in patches if span.events]
    assert len(approvals) + len(quick) == 2
    assert len(approvals) >= 1
    assert approvals[-1].attributes["codex.approval.decision"] == "accept"
    assert approvals[-1].attributes["codex.approval.waited_ms"] >= 10
    assert all(events == ("codex.approval",) for events in quick)


async def test_a_sub_agent_hangs_below_the_turn_that_started_it(
    model: ScriptedModel, otel: Otel
) -> None:
    model.script(
        usage(input=4300, output=10),
        spawn_agent("helper", "look around"),
        usage(input=0, output=0, omit=True),
        say("parent done"),
    )
    model.script(
        run_command("true"), usage(input=50, output=7), say("child done"), agent="/root/helper"
    )
    config = offline_config(model, model_name=AGENTS)
    async with AsyncCodex(config, telemetry=otel.telemetry()) as codex:
        thread = await codex.thread_start(sandbox=Sandbox.full_access)
        turn = await thread.turn("go")
        await turn.run()
        await eventually(lambda: "invoke_agent helper" in otel.counted.ended)
        spans, spent = otel.spans(), turn.spent
    assert tree(spans) == {
        "invoke_agent codex": "",
        "invoke_agent helper": "invoke_agent codex",
        "execute_tool exec_command": "invoke_agent helper",
    }
    assert len({span.trace_id for span in spans}) == 1
    agents = [span.attributes for span in spans if span.name.startswith("invoke_agent")]
    assert sum(each[INPUT] for each in agents) == spent.input_tokens


async def test_what_the_runtime_begins_for_a_caller_hangs_below_it(
    model: ScriptedModel, otel: Otel
) -> None:
    reached = call_tool("update_goal", {"status": "complete"}), say("reached")
    model.script(*reached, kind="goal")
    model.script(say("alone"))
    async with AsyncCodex(offline_config(model), telemetry=otel.telemetry()) as codex:
        thread = await codex.thread_start(sandbox=Sandbox.full_access)
        with otel.tracer.start_as_current_span("asks for a command"):
            await thread.shell_command("exit 3")
        with otel.tracer.start_as_current_span("has a goal"):
            await thread.run_goal("Get there.")
        await thread.run("alone")
    spans = {span.span_id: span for span in otel.spans()}
    turns = [span for span in spans.values() if span.name == "invoke_agent codex"]
    parents = [spans[turn.parent_id].name if turn.parent_id else "" for turn in turns]
    assert parents == ["asks for a command", "has a goal", ""]
    assert sorted(otel.counted.began) == sorted(otel.counted.ended)


@pytest.mark.parametrize("content", [False, True])
async def test_content_is_told_only_where_it_is_asked_for_and_redacted(
    model: ScriptedModel, otel: Otel, content: bool, tmp_path: Path
) -> None:
    model.script(run_command(f"echo OPENAI_API_KEY={SECRET}"), say(f"It is {SECRET}, dear"))
    async with AsyncCodex(
        offline_config(model), telemetry=otel.telemetry(content=content)
    ) as codex:
        thread = await codex.thread_start(sandbox=Sandbox.full_access)
        await thread.run(f"keep the key {SECRET} quiet")
        kept = json.dumps(codex.trace().to_dict())
    otel.spans()
    told = otel.receiver.text
    assert SECRET not in told + kept
    assert ("quiet" in told) is ("dear" in told) is ("echo " in told) is content
    assert ("quiet" in kept) is content


async def test_a_turn_that_fails_and_one_whose_runtime_dies_have_a_status(
    model: ScriptedModel, otel: Otel
) -> None:
    model.script(fail(code="context_length_exceeded"))
    model.script(hold(Gate()), say("done"))
    async with AsyncCodex(offline_config(model), telemetry=otel.telemetry()) as codex:
        thread = await codex.thread_start()
        with pytest.raises(TurnFailedError):
            await thread.run("too much")
        turn = await thread.turn("stay")
    with pytest.raises(TransportClosedError):
        await turn.run()
    spans = otel.spans()
    assert [(span.attributes["error.type"], span.is_error) for span in spans] == [
        ("contextWindowExceeded", True),
        ("ClientClosedError", True),
    ]
    assert otel.counted.began == otel.counted.ended


async def test_a_turn_that_nobody_reads_is_sent(model: ScriptedModel, otel: Otel) -> None:
    model.script(say("done"))
    async with AsyncCodex(offline_config(model), telemetry=otel.telemetry()) as codex:
        with otel.tracer.start_as_current_span("caller"):
            await (await codex.thread_start()).turn("hi")
        await eventually(lambda: "invoke_agent codex" in otel.counted.ended)
        assert tree(otel.spans()) == {"caller": "", "invoke_agent codex": "caller"}


async def test_a_span_processor_that_fails_or_waits_harms_no_turn(model: ScriptedModel) -> None:
    gate = threading.Event()

    class Evil(SpanProcessor):
        def on_end(self, span: ReadableSpan) -> None:
            gate.wait(20)  # as an exporter whose collector does not answer
            raise ValueError("no")

    provider = TracerProvider()
    provider.add_span_processor(Evil())
    model.script(run_command("true"), say("done"))
    telemetry = Telemetry(tracer_provider=provider)
    async with AsyncCodex(offline_config(model), telemetry=telemetry) as codex:
        thread = await codex.thread_start(sandbox=Sandbox.full_access)
        seen = []
        turn = await thread.turn("hi")
        async for event in turn.stream():
            seen.append(event.method)
            if event.method == "turn/completed":
                gate.set()
        assert seen[-1] == "turn/completed"


async def test_off_tells_and_keeps_nothing(model: ScriptedModel) -> None:
    model.script(say("done"))
    async with AsyncCodex(offline_config(model), telemetry=Telemetry.off()) as codex:
        turn = await (await codex.thread_start()).turn("hi")
        await turn.run()
        assert list(turn.trace) == list(codex.trace()) == []


async def test_metrics_have_their_buckets_and_no_ids(model: ScriptedModel, tmp_path: Path) -> None:
    reader = InMemoryMetricReader()
    meters = MeterProvider([reader])
    model.script(
        run_command("exit 3"),
        add_file("a.txt", "x"),
        usage(input=70, output=3),
        say("done"),
    )
    async with AsyncCodex(
        offline_config(model, cwd=str(tmp_path)),
        handlers=Handlers(approve=lambda asked: True),
        prices=lambda name, tier, used: 2,  # type: ignore[arg-type,return-value]
        telemetry=Telemetry(meter_provider=meters),
    ) as codex:
        thread = await codex.thread_start(
            cwd=tmp_path, sandbox=Sandbox.read_only, approval_mode=ApprovalMode.ask
        )
        result = await thread.run("hi")
    found = metrics_of(reader)
    meters.shutdown()
    assert result.spent is not None
    tokens = {point.attributes["gen_ai.token.type"]: point for point in found["client.token.usage"]}
    assert tokens["input"].sum == result.spent.input_tokens
    assert tokens["output"].sum == result.spent.output_tokens
    assert tokens["input"].explicit_bounds[:3] == (1.0, 4.0, 16.0)
    assert tokens["input"].explicit_bounds[-1] == 67108864.0
    (turn,) = found["invoke_agent.duration"]
    assert (turn.count, turn.explicit_bounds[0]) == (1, 0.1)
    assert turn.explicit_bounds[-1] == pytest.approx(409.6)
    assert found["invoke_agent.inference_calls"][0].sum == 3
    assert found["invoke_agent.tool_calls"][0].sum == 2
    assert {point.attributes["gen_ai.tool.name"] for point in found["execute_tool.duration"]} == {
        "exec_command",
        "apply_patch",
    }
    assert found["codex.cost.usd"][0].value == 6
    (approvals,) = found["codex.approvals"]
    assert dict(approvals.attributes) == {
        "codex.approval.kind": "file_change",
        "codex.approval.decision": "accept",
    }
    labels = str([point.attributes for points in found.values() for point in points])
    assert thread.id not in labels
    assert result.id not in labels


def metrics_of(reader: InMemoryMetricReader) -> dict[str, list[Any]]:
    """Return the points of each metric."""
    data = reader.get_metrics_data()
    assert data is not None
    return {
        metric.name.removeprefix("gen_ai."): list(metric.data.data_points)
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


async def test_many_turns_at_once_keep_their_contexts_apart(
    model: ScriptedModel, otel: Otel
) -> None:
    @tool
    def mark(name: str) -> str:
        """Leave a mark."""
        with otel.tracer.start_as_current_span(f"tool {name}"):
            return name

    turns = 8
    async with AsyncCodex(offline_config(model), telemetry=otel.telemetry()) as codex:

        async def run(number: int) -> str:
            with otel.tracer.start_as_current_span(f"caller {number}"):
                thread = await codex.thread_start(ephemeral=True, tools=[mark])
                steps = call_tool("mark", {"name": str(number)}), say("done")
                model.script(*steps, thread=thread.id)
                return (await thread.run(f"turn {number}.")).id

        calls = [lambda number=number: run(number) for number in range(turns)]
        await at_once(calls)
    by_trace: dict[str, set[str]] = {}
    for span in otel.spans():
        by_trace.setdefault(span.trace_id, set()).add(span.name)
    assert len(by_trace) == turns
    for number in range(turns):
        assert {
            f"caller {number}",
            "invoke_agent codex",
            "execute_tool mark",
            f"tool {number}",
        } in by_trace.values()
