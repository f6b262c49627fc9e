"""Events in, spans out: every rule of the recorder, on literal messages of the wire."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from openai_codex._core.account import Usage
from openai_codex.errors import TransportClosedError
from openai_codex.telemetry.nodes import MOST_CHILDREN, Node, now
from openai_codex.telemetry.recorder import KEPT, Recorder
from tests.telemetry.lines import asked, completed, done, item, started, turn

COMMAND = item(
    "commandExecution",
    command="/bin/bash -lc 'DEBUG=1 pytest -q'",
    commandActions=[{"type": "unknown", "command": "DEBUG=1 /usr/bin/pytest -q"}],
)


class Told:
    """A sink that writes down what it is told."""

    def __init__(self) -> None:
        self.words: list[tuple[str, str]] = []

    def began(self, node: Node) -> None:
        self.words.append(("began", node.name))

    def ended(self, node: Node) -> None:
        self.words.append(("ended", node.name))

    def responded(self, node: Node, usage: Usage, usd: Any, model: str | None) -> None:
        self.words.append(("responded", node.name))


def running(**options: Any) -> Recorder:
    """Return a recorder that sees a turn run."""
    recorder = Recorder(**options)
    recorder.turn_started(turn())
    return recorder


def only(recorder: Recorder) -> Node:
    (root,) = recorder.roots()
    return root


def test_a_turn_is_a_span_with_the_facts_of_its_thread() -> None:
    recorder = Recorder()
    recorder.version = "0.163.0"
    recorder.facts.opened(
        {"thread": {"id": "th", "name": "tidy"}, "model": "gpt-5.5", "reasoningEffort": "low"}
    )
    recorder.turn_started(turn())
    recorder.turn_completed(done())
    root = only(recorder)
    assert root.name == "invoke_agent codex"
    assert root.end is not None
    assert root.error is None
    assert root.attributes == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": "openai",
        "gen_ai.agent.name": "tidy",
        "gen_ai.agent.version": "0.163.0",
        "gen_ai.conversation.id": "th",
        "gen_ai.request.model": "gpt-5.5",
        "gen_ai.request.reasoning.level": "low",
        "gen_ai.usage.input_tokens": 0,
        "gen_ai.usage.output_tokens": 0,
        "gen_ai.usage.cache_read.input_tokens": 0,
        "gen_ai.usage.cache_write.input_tokens": 0,
        "gen_ai.usage.reasoning.output_tokens": 0,
        "gen_ai.response.finish_reasons": ("stop",),
        "codex.turn.id": "t1",
    }


def test_a_command_has_the_times_of_the_runtime_and_its_program() -> None:
    recorder = running()
    recorder.item_started(started(COMMAND, at=1000))
    recorder.item_completed(completed({**COMMAND, "status": "failed", "exitCode": 3}, at=2500))
    (command,) = only(recorder).children
    assert (command.name, command.kind) == ("execute_tool exec_command", "command")
    assert (command.start, command.end) == (1000 * 10**6, 2500 * 10**6)
    assert command.error == "exit_code_3"
    assert command.attributes == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "exec_command",
        "gen_ai.tool.type": "extension",
        "gen_ai.tool.call.id": "c1",
        "gen_ai.agent.name": "codex",
        "process.executable.name": "pytest",
        "process.exit.code": 3,
        "error.type": "exit_code_3",
    }


@pytest.mark.parametrize(
    ("what", "name", "attribute"),
    [
        (item("fileChange", changes=[]), "apply_patch", ("gen_ai.tool.type", "extension")),
        (item("mcpToolCall", server="m", tool="look"), "look", ("mcp.method.name", "tools/call")),
        (item("dynamicToolCall", tool="add"), "add", ("gen_ai.tool.type", "function")),
        (item("webSearch", query="x"), "web_search", ("gen_ai.tool.type", "extension")),
        (item("imageView"), "view_image", ("gen_ai.tool.type", "extension")),
        (item("collabAgentToolCall", tool="wait"), "wait", ("gen_ai.tool.type", "extension")),
    ],
)
def test_tools_are_named_by_what_they_are(
    what: dict[str, Any], name: str, attribute: tuple[str, str]
) -> None:
    recorder = running()
    recorder.item_completed(completed({**what, "status": "completed"}))  # some only end
    (tool,) = only(recorder).children
    assert tool.name == f"execute_tool {name}"
    assert tool.attributes[attribute[0]] == attribute[1]
    assert tool.error is None


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        ({"status": "declined"}, "declined"),
        ({"status": "failed"}, "tool_error"),
        ({"success": False}, "tool_error"),
    ],
)
def test_a_tool_that_fails_has_an_error_type(outcome: dict[str, Any], error: str) -> None:
    recorder = running()
    what = item("mcpToolCall", server="m", tool="look")
    recorder.item_started(started(what))
    recorder.item_completed(completed({**what, **outcome}))
    assert only(recorder).children[0].attributes["error.type"] == error


def test_an_answer_is_no_span_and_a_repeated_item_is_one() -> None:
    recorder = running()
    recorder.item_started(started(item("agentMessage", "m")))
    recorder.item_started(started(COMMAND))
    recorder.item_started(started(COMMAND))  # of a response that was tried again
    assert len(only(recorder).children) == 1


def test_what_is_open_ends_with_its_turn() -> None:
    recorder = running()
    recorder.item_started(started(COMMAND))
    recorder.asked(7, "command", asked())
    recorder.stopped("t1", "TurnTimeoutError")
    recorder.turn_completed(done(status="interrupted"))
    root = only(recorder)
    assert [node.error for node in root.walk()] == ["TurnTimeoutError", "TurnTimeoutError", None]
    assert root.attributes["gen_ai.response.finish_reasons"] == ("interrupted",)
    approval = root.children[0].children[0]
    assert approval.attributes["codex.approval.decision"] == "turn over"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"message": "no", "codexErrorInfo": "contextWindowExceeded"}, "contextWindowExceeded"),
        ({"message": "no", "codexErrorInfo": {"httpConnectionFailed": {}}}, "httpConnectionFailed"),
        ({"message": "no", "codexErrorInfo": "other"}, "TurnFailedError"),
        ({"message": "no"}, "TurnFailedError"),
        (None, "TurnFailedError"),
    ],
)
def test_a_failed_turn_says_why(error: Any, kind: str) -> None:
    recorder = running()
    recorder.turn_completed(done(status="failed", error=error))
    assert only(recorder).error == only(recorder).attributes["error.type"] == kind


def test_a_failure_shows_no_secret() -> None:
    recorder = running()
    message = "bad key sk-proj-" + "a1B2" * 12
    recorder.turn_completed(done(status="failed", error={"message": message}))
    assert "a1B2a1B2" not in str(only(recorder).message)


def test_the_end_of_the_connection_ends_everything() -> None:
    recorder = running()
    recorder.starting(1, "other", {}, None)
    recorder.item_started(started(COMMAND))
    recorder.asked(7, "command", asked())
    recorder.closed(TransportClosedError("gone"))
    assert all(node.end is not None for root in recorder.roots() for node in root.walk())
    assert only(recorder).error == "TransportClosedError"
    recorder.closed(TransportClosedError("gone"))  # it may come twice


def test_an_approval_hangs_below_its_item_or_its_turn() -> None:
    recorder = running()
    recorder.item_started(started(COMMAND))
    recorder.asked(0, "command", asked())
    recorder.asked(1, "user_input", asked(None))
    recorder.asked(2, "elicitation", {"threadId": "th"})
    recorder.asked(3, "elicitation", {"threadId": "elsewhere"})
    for ident in range(4):
        recorder.decided(ident, "accept")
    root = only(recorder)
    names = [child.name for child in root.children]
    assert names == ["execute_tool exec_command", "approval user_input", "approval elicitation"]
    (approval,) = root.children[0].children
    assert approval.attributes["codex.approval.kind"] == "command"
    assert approval.attributes["codex.approval.decision"] == "accept"
    assert approval.attributes["codex.approval.waited_ms"] >= 0
    recorder.resolved({"requestId": 0})  # the runtime says so, too


def test_a_question_that_others_answer_is_over() -> None:
    recorder = running()
    recorder.asked(0, "command", asked(None))
    recorder.resolved({"requestId": 0})
    assert only(recorder).children[0].attributes["codex.approval.decision"] == "resolved"


def test_sub_agents_hang_below_the_root_though_it_is_over() -> None:
    recorder = running()
    told = item(
        "subAgentActivity", agentThreadId="a", agentPath="/root/helper", model="m", kind="started"
    )
    recorder.item_started(started(told))
    recorder.turn_started(turn("t2", thread="a", root="t1"))
    recorder.turn_started(turn("t2", thread="a", root="t1"))
    recorder.turn_started(turn("t3", thread="b", root="t2"))  # nested: of the same root
    recorder.turn_completed(done())
    recorder.responded("t2", Usage(input=5, output=1), Decimal("0.5"), "m")
    recorder.turn_started(turn("t4", thread="c", root="t1"))
    recorder.turn_completed(done("t2", thread="a"))
    recorder.responded("t2", Usage(input=2), None, None)
    root = only(recorder)
    assert [child.name for child in root.children] == [
        "invoke_agent helper",
        "invoke_agent agent",
        "invoke_agent agent",
    ]
    helper = root.children[0]
    assert helper.attributes["gen_ai.agent.id"] == "a"
    assert helper.attributes["gen_ai.request.model"] == "m"
    assert helper.attributes["gen_ai.usage.input_tokens"] == 7
    assert helper.attributes["codex.cost.usd"] == 0.5
    assert root.attributes["gen_ai.usage.input_tokens"] == 0
    assert recorder.roots("t2") == [helper]


def test_a_turn_that_we_start_begins_before_it_is_accepted() -> None:
    told = Told()
    recorder = Recorder(told)
    params = {"model": "gpt-5.5", "effort": "high", "outputSchema": {}}
    node = recorder.starting(1, "th", params, "context")
    recorder.accepted(1, "t1")
    recorder.turn_started(turn())
    assert recorder.roots() == [node]
    assert node.context == "context"
    assert node.attributes["gen_ai.output.type"] == "json"
    assert node.attributes["gen_ai.request.reasoning.level"] == "high"
    recorder.turn_completed(done())
    assert told.words == [("began", "invoke_agent codex"), ("ended", "invoke_agent codex")]


def test_a_turn_that_the_runtime_begins_for_a_caller_has_its_context() -> None:
    recorder = Recorder()
    recorder.expecting(1, "th", "context")
    recorder.turn_started(turn("t0", thread="elsewhere"))
    recorder.turn_started(turn("t1"))
    ours = recorder.starting(2, "th", {}, "another")
    recorder.accepted(2, "t2")
    recorder.turn_started(turn("t2"))
    recorder.expects_no_more(1)
    recorder.expects_no_more(1)
    recorder.turn_started(turn("t3"))
    recorder.expecting(3, "th", "context")
    recorder.closed(TransportClosedError("gone"))
    recorder.turn_started(turn("t4"))
    nodes = {node.turn_id: node for node in recorder.roots()}
    contexts = {turn_id: node.context for turn_id, node in nodes.items()}
    wanted = {"t0": None, "t1": "context", "t2": "another", "t3": None, "t4": None}
    assert contexts == wanted
    assert [node for node in nodes.values() if node.begins_here] == [ours]


def test_a_turn_that_is_found_running_began_when_the_runtime_says() -> None:
    recorder = Recorder()
    just_now = now() // 10**9
    for told, turn_id in ((1000, "t1"), (just_now, "t2"), ("x", "t3"), (True, "t4")):
        params = turn(turn_id, thread=turn_id)
        recorder.turn_started({**params, "turn": {**params["turn"], "startedAt": told}})
    starts = {node.turn_id: node.start for node in recorder.roots()}
    assert starts.pop("t1") == 1000 * 10**9
    assert all(start >= just_now * 10**9 and start % 10**9 for start in starts.values())


def test_an_event_may_outrun_the_reply() -> None:
    recorder = Recorder()
    node = recorder.starting(1, "th", {}, None)
    recorder.turn_started(turn())
    recorder.accepted(1, "t1")
    assert recorder.roots() == [node]


def test_to_join_a_running_turn_begins_no_second_one() -> None:
    recorder = running()
    joining = recorder.starting(1, "th", {}, None)
    recorder.accepted(1, "t1")
    assert joining.end is not None
    assert joining.attributes["codex.turn.joined"] is True
    assert only(recorder) is not joining


def test_a_turn_that_does_not_begin_ends_with_its_error() -> None:
    recorder = Recorder()
    node = recorder.starting(1, "th", {}, None)
    recorder.not_started(1, "ServerBusyError")
    recorder.not_started(1, "ServerBusyError")
    recorder.accepted(1, "t1")  # too late
    assert node.error == "ServerBusyError"
    assert recorder.roots() == []


def test_a_turn_of_which_the_end_was_lost_ends_with_the_next_one() -> None:
    recorder = running()
    recorder.turn_started(turn("t2"))
    first, second = recorder.roots()
    assert (first.error, second.end) == ("lost", None)
    recorder.lost("t2", "TurnLostError")
    recorder.lost("t2", "TurnLostError")
    assert second.error == "TurnLostError"


def test_a_review_begins_under_another_id() -> None:
    recorder = Recorder()
    node = recorder.starting(1, "th", {}, None)
    recorder.accepted(1, "R")
    recorder.turn_started(turn("I", root="R"))
    recorder.turn_completed(done("R"))
    assert (only(recorder), node.error) == (node, None)


def test_a_deleted_thread_runs_no_more() -> None:
    recorder = running()
    recorder.thread_deleted({"threadId": "th"})
    assert only(recorder).error == "thread_deleted"


def test_a_compaction_is_noted() -> None:
    recorder = running()
    recorder.item_completed(completed(item("contextCompaction")))
    assert only(recorder).attributes["gen_ai.conversation.compacted"] is True


def test_threads_change_their_models_and_names() -> None:
    recorder = Recorder()
    recorder.facts.settings_updated({"threadId": "th", "threadSettings": {"model": "a"}})
    recorder.facts.rerouted({"threadId": "th", "toModel": "b"})
    recorder.facts.renamed({"threadId": "th", "threadName": "tidy\x1b[2J"})
    recorder.turn_started(turn())
    attributes = only(recorder).attributes
    assert attributes["gen_ai.request.model"] == "b"
    assert attributes["gen_ai.agent.name"] == "tidy\\x1b[2J"


def test_content_is_kept_only_where_it_is_asked_for() -> None:
    secret = "sk-proj-" + "a1B2" * 12
    events = [
        started(item("userMessage", "u", content=[{"type": "text", "text": f"use {secret}"}])),
        started(item("agentMessage", "m", text="")),
        completed(item("agentMessage", "m", text="It is done")),
    ]
    for content in (False, True):
        recorder = running(content=content)
        for event in events:
            take = recorder.item_started if "startedAtMs" in event else recorder.item_completed
            take(event)
        recorder.item_started(started(COMMAND))
        output = {**COMMAND, "aggregatedOutput": f"API_KEY={secret}\n"}
        recorder.item_completed(completed(output))
        recorder.turn_completed(done())
        root = only(recorder)
        (command,) = root.children
        told = [*root.attributes.values(), *command.attributes.values()]
        assert not any(secret in str(value) for value in told)
        assert ("gen_ai.input.messages" in root.attributes) is content
        assert ("gen_ai.tool.call.result" in command.attributes) is content
    assert '"finish_reason": "stop"' in root.attributes["gen_ai.output.messages"]
    assert "It is done" in root.attributes["gen_ai.output.messages"]
    assert "pytest" in command.attributes["gen_ai.tool.call.arguments"]


def test_what_is_kept_is_bounded() -> None:
    recorder = Recorder()
    for number in range(KEPT + 10):
        recorder.turn_started(turn(f"t{number}"))
        recorder.turn_completed(done(f"t{number}"))
    assert len(recorder.roots()) == KEPT
    root = Node("turn", "x")
    for _ in range(MOST_CHILDREN + 3):
        Node("tool", "y", parent=root)
    assert (len(root.children), root.dropped) == (MOST_CHILDREN, 3)


def test_items_that_are_no_spans_are_passed_by() -> None:
    for content in (False, True):
        recorder = Recorder(content=content)
        assert recorder.is_about(started(COMMAND))
        assert recorder.is_about(started(item("subAgentActivity")))
        assert recorder.is_about(completed(item("contextCompaction")))
        assert recorder.is_about(turn())
        assert not recorder.is_about(started(item("reasoning")))
        assert recorder.is_about(completed(item("agentMessage"))) is content


SHAPES: list[Any] = [None, 1, "x", [], {}, {"id": None}, {"id": []}, {"type": [], "id": {}}]


@pytest.mark.parametrize("shape", SHAPES)
def test_messages_of_any_shape_do_no_harm(shape: Any) -> None:
    recorder = running()
    for params in ({"turn": shape, "threadId": "th"}, {"threadId": shape, "turn": {"id": shape}}):
        recorder.turn_started(params)
        recorder.turn_completed(params)
    for params in ({"item": shape, "turnId": "t1"}, {"item": {"type": shape}, "turnId": shape}):
        assert recorder.is_about(params) in (True, False)
        recorder.item_started(params)
        recorder.item_completed(params)
    recorder.facts.opened(shape)
    recorder.facts.opened({"thread": shape})
    recorder.facts.settings_updated({"threadSettings": shape})
    recorder.item_started(started(item("commandExecution", command=shape, commandActions=shape)))
    recorder.item_started(started(item("commandExecution", "c2", commandActions=[shape])))
    recorder.asked(str(shape), "command", {"turnId": shape, "itemId": shape})
    recorder.closed(TransportClosedError("gone"))
