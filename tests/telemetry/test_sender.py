"""What OpenTelemetry is told of a client's spans: once each, whole, and in order."""

from __future__ import annotations

import contextlib
import contextvars
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider

from openai_codex import Telemetry
from openai_codex._core.messages import RawQuestion
from openai_codex._turns.notification import Notification
from openai_codex.telemetry.nodes import Node
from openai_codex.telemetry.witness import Witness
from tests.telemetry.lines import asked, completed, done, item, started, turn

COMMAND = item("commandExecution", commandActions=[{"type": "unknown", "command": "pytest -q"}])
DONE = {**COMMAND, "status": "failed", "exitCode": 3}


class Kept(SpanProcessor):
    """Keeps what spans were when they began, and when they ended."""

    def __init__(self) -> None:
        self.at_first: dict[str, dict[str, Any]] = {}
        self.spans: dict[str, ReadableSpan] = {}

    def on_start(self, span: Span, parent_context: Any = None) -> None:
        assert span.name not in self.at_first
        self.at_first[span.name] = dict(span.attributes or {})

    def on_end(self, span: ReadableSpan) -> None:
        assert span.name not in self.spans
        self.spans[span.name] = span


class Watched:
    """A witness, and a provider that keeps what it is told."""

    def __init__(self, **options: Any) -> None:
        self.kept, self.provider = Kept(), TracerProvider()
        self.provider.add_span_processor(self.kept)
        self.witness = Witness(Telemetry(tracer_provider=self.provider, **options))
        self.witness.starting(self, "th", {}, contextvars.copy_context())
        self.witness.accepted(self, "t1")
        self.see("turn/started", turn())

    def see(self, method: str, params: dict[str, Any]) -> None:
        self.witness.see(Notification.from_wire(method, params, 0))

    def held_up(self) -> contextlib.AbstractContextManager[Any]:
        """Return a block within which nothing is told, as when a processor takes its time."""
        block: contextlib.AbstractContextManager[Any] = self.witness._sender.outbox._running
        return block

    def question(self) -> Node:
        self.witness.asked(RawQuestion(7, "approve", asked()), "command")
        node = self.witness.question(7)
        assert node is not None
        return node

    def finish(self) -> dict[str, ReadableSpan]:
        self.see("turn/completed", done())
        self.witness.flush()
        assert self.kept.at_first.keys() == self.kept.spans.keys()
        return self.kept.spans


def parent_of(span: ReadableSpan) -> int:
    assert span.parent is not None
    return span.parent.span_id


def id_of(span: ReadableSpan) -> int:
    assert span.context is not None
    found: int = span.context.span_id
    return found


@pytest.mark.parametrize("is_over", [False, True])
def test_a_command_is_the_same_span_whether_or_not_it_is_over_when_it_is_told(
    is_over: bool,
) -> None:
    watched = Watched(attributes={"app.team": "blue"})
    with watched.held_up() if is_over else contextlib.nullcontext():
        watched.see("item/started", started(COMMAND, at=1000))
        if not is_over:
            watched.witness.flush()
        watched.see("item/completed", completed(DONE, at=2500))
    spans = watched.finish()
    assert ("error.type" in watched.kept.at_first["execute_tool exec_command"]) is is_over
    command, root = spans["execute_tool exec_command"], spans["invoke_agent codex"]
    assert parent_of(command) == id_of(root)
    assert (command.start_time, command.end_time) == (1000 * 10**6, 2500 * 10**6)
    assert command.status.status_code is trace.StatusCode.ERROR
    assert command.attributes == {
        "app.team": "blue",
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "exec_command",
        "gen_ai.tool.type": "extension",
        "gen_ai.tool.call.id": "c1",
        "gen_ai.agent.name": "codex",
        "process.executable.name": "pytest",
        "process.exit.code": 3,
        "error.type": "exit_code_3",
    }


@pytest.mark.parametrize("flushes", [False, True])
def test_a_quick_approval_is_an_event_of_its_command_though_that_is_over(flushes: bool) -> None:
    watched = Watched()
    with contextlib.nullcontext() if flushes else watched.held_up():
        watched.see("item/started", started(COMMAND))
        watched.question()
        if flushes:
            watched.witness.flush()
        watched.witness.decided(7, "accept")
        watched.see("item/completed", completed(DONE))
    (event,) = watched.finish()["execute_tool exec_command"].events
    assert event.name == "codex.approval"
    assert event.attributes is not None
    assert event.attributes["codex.approval.decision"] == "accept"


def test_what_is_looked_at_once_it_is_an_event_begins_no_span() -> None:
    watched = Watched()
    watched.see("item/started", started(COMMAND))
    node = watched.question()
    watched.witness.flush()
    approval = node.handle
    watched.witness.decided(7, "accept")
    watched.witness.flush()
    # As a task that a handler began, and that outlives it.
    tracer = watched.provider.get_tracer("tests")
    tracer.start_span("late", trace.set_span_in_context(approval)).end()
    spans = watched.finish()
    assert parent_of(spans["late"]) == id_of(spans["execute_tool exec_command"])


def test_what_is_looked_at_in_time_is_a_span_with_all_that_it_came_to() -> None:
    watched = Watched()
    watched.see("item/started", started(COMMAND))
    node = watched.question()
    watched.witness.flush()
    tracer = watched.provider.get_tracer("tests")
    tracer.start_span("inside", trace.set_span_in_context(node.handle)).end()
    watched.witness.decided(7, "accept")
    watched.see("item/completed", completed(DONE))
    spans = watched.finish()
    assert parent_of(spans["inside"]) == id_of(spans["approval command"])
    assert parent_of(spans["approval command"]) == id_of(spans["execute_tool exec_command"])
    attributes = spans["approval command"].attributes
    assert attributes is not None
    assert attributes["codex.approval.decision"] == "accept"


def test_a_sub_agent_that_begins_and_ends_unseen_hangs_where_it_belongs() -> None:
    watched = Watched()
    with watched.held_up():
        watched.see("turn/started", turn("t2", thread="a", root="t1"))
        watched.see("item/started", started(COMMAND, turn_id="t2", thread="a"))
        watched.see("item/completed", completed(DONE, turn_id="t2", thread="a"))
        watched.see("turn/completed", done("t2", thread="a"))
    spans = watched.finish()
    agent = spans["invoke_agent agent"]
    assert parent_of(agent) == id_of(spans["invoke_agent codex"])
    assert parent_of(spans["execute_tool exec_command"]) == id_of(agent)
