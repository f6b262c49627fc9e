"""Every tool step reaches the real runtime, and what the tool gave comes back with a request."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

from openai_codex.testing import (
    Gate,
    ModelRequest,
    ScriptedModel,
    Step,
    ask_user,
    call_mcp,
    call_tool,
    delete_file,
    fail,
    headers,
    hold,
    item,
    malformed,
    offline_config,
    request_permissions,
    run_command,
    say,
    spawn_agent,
    tool_search,
    update_plan,
    view_image,
    wait_agent,
    web_search,
    write_stdin,
)
from tests.testing.runtime import Message, Runtime, reply_text

FREE = {"approvalPolicy": "never", "sandbox": "danger-full-access"}
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9Q"
    "DwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
MCP_SERVER = """
import json, sys
TOOL = {"name": "add", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": True}}
for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked:
        continue
    result = {"tools": [TOOL]}
    if asked["method"] == "initialize":
        result = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                  "serverInfo": {"name": "calc", "version": "1"}}
    if asked["method"] == "tools/call":
        given = asked["params"]["arguments"]
        result = {"content": [{"type": "text", "text": str(given["a"] + given["b"])}]}
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}), flush=True)
"""


def test_a_plan_is_updated() -> None:
    with ScriptedModel() as model:
        model.script(update_plan(["a", ("b", "in_progress")], explanation="why"), say("ok"))
        with Runtime(offline_config(model, update_plan=True)) as runtime:
            runtime.turn(runtime.thread(**FREE), "hi")
            (plan,) = runtime.notified("turn/plan/updated")
    assert plan["explanation"] == "why"
    assert [step["status"] for step in plan["plan"]] == ["pending", "inProgress"]


def test_the_user_is_asked() -> None:
    answer = {"answers": {"q1": {"answers": ["Yes"]}}}
    answers = {"item/tool/requestUserInput": lambda _: answer}
    with ScriptedModel() as model:
        model.script(ask_user("Shall I?", call_id="ask"), say("ok"))
        with Runtime(offline_config(model, ask_user=True), answers=answers) as runtime:
            runtime.turn(runtime.thread(**FREE), "hi")
    assert json.loads(model.requests[1].function_outputs["ask"]) == answer


def test_an_escalated_command_asks_for_approval() -> None:
    asked: list[Message] = []

    def accept(params: Message) -> Message:
        asked.append(params)
        return {"decision": "accept"}

    answers = {"item/commandExecution/requestApproval": accept}
    with ScriptedModel() as model:
        command = run_command("echo hi", escalate=True, justification="May I?", call_id="c")
        model.script(command, say("ok"))
        with Runtime(offline_config(model), answers=answers) as runtime:
            runtime.turn(runtime.thread(approvalPolicy="on-request"), "hi")
    assert [question["reason"] for question in asked] == ["May I?"]
    assert model.requests[1].function_outputs["c"].endswith("hi\n")


def test_permissions_are_asked_for() -> None:
    asked: list[Message] = []

    def grant(params: Message) -> Message:
        asked.append(params["permissions"])
        return {"permissions": params["permissions"], "scope": "turn"}

    answers = {"item/permissions/requestApproval": grant}
    with ScriptedModel() as model:
        model.script(request_permissions(reason="r", write=["/tmp"], network=True), say("ok"))
        with Runtime(offline_config(model, request_permissions=True), answers=answers) as runtime:
            runtime.turn(runtime.thread(approvalPolicy="on-request"), "hi")
    assert asked[0]["network"] == {"enabled": True}
    assert asked[0]["fileSystem"]["write"] == ["/tmp"]


def test_a_tool_of_the_client_is_called() -> None:
    tool = {
        "type": "function",
        "name": "lookup",
        "description": "d",
        "inputSchema": {"type": "object"},
    }
    content = [{"type": "inputText", "text": "open"}]
    answers = {"item/tool/call": lambda _: {"contentItems": content, "success": True}}
    with ScriptedModel() as model:
        model.script(call_tool("lookup", {"id": "A"}, call_id="l"), say("ok"))
        with Runtime(offline_config(model), answers=answers) as runtime:
            runtime.turn(runtime.thread(dynamicTools=[tool]), "hi")
            (called,) = runtime.items("dynamicToolCall")
    assert called["arguments"] == {"id": "A"}
    assert model.requests[0].tool("lookup")["description"] == "d"
    assert model.requests[1].function_outputs == {"l": "open"}


def test_broken_arguments_are_sent_as_they_are() -> None:
    with ScriptedModel() as model:
        model.script(call_tool("exec_command", "{oops", call_id="c"), say("ok"))
        with Runtime(offline_config(model)) as runtime:
            runtime.turn(runtime.thread(), "hi")
    assert "failed to parse function arguments" in model.requests[1].function_outputs["c"]


def test_a_tool_of_an_mcp_server_is_called(tmp_path: Path) -> None:
    program = tmp_path / 'a "quoted" server.py'
    program.write_text(MCP_SERVER)
    servers = {"calc": {"command": sys.executable, "args": [str(program)]}}
    with ScriptedModel() as model:
        model.script(call_mcp("calc", "add", {"a": 2, "b": 3}, call_id="m"), say("ok"))
        with Runtime(offline_config(model, mcp_servers=servers)) as runtime:
            thread = runtime.thread(**FREE)
            runtime.until(
                lambda message: (
                    message.get("method") == "mcpServer/startupStatus/updated"
                    and message["params"]["status"] == "ready"
                )
            )
            runtime.turn(thread, "hi")
            (called,) = runtime.items("mcpToolCall")
    assert (called["server"], called["tool"], called["status"]) == ("calc", "add", "completed")
    assert "5" in str(model.requests[1].function_outputs["m"])


def test_an_image_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PIXEL)
    with ScriptedModel() as model:
        model.script(view_image(str(tmp_path / "a.png")), say("ok"))
        with Runtime(offline_config(model)) as runtime:
            runtime.turn(runtime.thread(**FREE), "hi")
    assert model.requests[0].images == []
    assert model.requests[1].images[0].startswith("data:image/png;base64,")


def test_searches_show_as_items() -> None:
    with ScriptedModel() as model:
        model.script(tool_search("goal", call_id="t"), web_search("cats"), say("ok"))
        with Runtime(offline_config(model)) as runtime:
            runtime.turn(runtime.thread(**FREE), "hi")
            (search,) = runtime.items("webSearch")
    assert search["query"] == "cats"
    assert list(model.requests[1].function_outputs) == ["t"]


def test_a_running_command_is_typed_into() -> None:
    def typed(request: ModelRequest) -> Step:
        text = request.function_outputs["run"]
        session = int(text.split("session ID ")[1].split()[0])
        return write_stdin(session, "yo\n", yield_time_ms=5000, call_id="type")

    with ScriptedModel() as model:
        command = run_command("read x; echo got $x", tty=True, yield_time_ms=250, call_id="run")
        model.script(command, typed, say("ok"))
        with Runtime(offline_config(model)) as runtime:
            runtime.turn(runtime.thread(**FREE), "hi")
    assert "got yo" in model.requests[2].function_outputs["type"]


def test_a_file_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x\n")
    with ScriptedModel() as model:
        model.script(delete_file("a.txt"), say("ok"))
        with Runtime(offline_config(model, cwd=tmp_path)) as runtime:
            runtime.turn(runtime.thread(**FREE), "hi")
    assert not (tmp_path / "a.txt").exists()


def test_a_raw_item_is_put_out() -> None:
    fields = {"type": "custom_tool_call", "name": "nope", "input": "x", "call_id": None}
    with ScriptedModel() as model:
        model.script(item(fields, ends=True), say("ok"))
        with Runtime(offline_config(model)) as runtime:
            runtime.turn(runtime.thread(**FREE), "hi")
    (output,) = model.requests[1].function_outputs.values()
    assert "unsupported" in str(output)


def test_response_headers_reach_the_runtime() -> None:
    with ScriptedModel() as model:
        used = {
            "x-codex-primary-used-percent": "42",
            "x-codex-primary-window-minutes": "300",
            "x-codex-primary-reset-at": "1900000000",
        }
        model.script(headers(used), say("ok"))
        with Runtime(offline_config(model)) as runtime:
            runtime.turn(runtime.thread(), "hi")
            limits = runtime.notified("account/rateLimits/updated")[-1]["rateLimits"]
    assert limits["primary"]["usedPercent"] == 42


def test_a_malformed_block_does_no_harm() -> None:
    with ScriptedModel() as model:
        model.script(malformed(), say("ok"))
        with Runtime(offline_config(model)) as runtime:
            assert reply_text(runtime.turn(runtime.thread(), "hi")) == "ok"


def test_a_retry_takes_the_next_response_of_its_turn() -> None:
    with ScriptedModel() as model:
        model.script(fail(status=500), fail(status=503), say("third time"))
        model.script(say("another turn"))
        retries = {"model_providers.scripted.request_max_retries": 2}
        with Runtime(offline_config(model, config=retries)) as runtime:
            thread = runtime.thread()
            assert reply_text(runtime.turn(thread, "hi")) == "third time"
            assert reply_text(runtime.turn(thread, "hi")) == "another turn"


def test_a_turn_is_interrupted_while_its_answer_is_held() -> None:
    gate = Gate()
    with ScriptedModel() as model:
        model.script(say(deltas=["Hel", hold(gate), "lo"]))
        with Runtime(offline_config(model)) as runtime:
            thread = runtime.thread()
            turn = runtime.start(thread, "hi")
            runtime.until(lambda message: message.get("method") == "item/agentMessage/delta")
            runtime.begin("turn/interrupt", threadId=thread, turnId=turn)
            assert runtime.completed(turn)["status"] == "interrupted"


def test_a_steered_turn_asks_for_its_next_response() -> None:
    gate = Gate()
    with ScriptedModel() as model:
        model.script([say(deltas=["old", hold(gate)])], say("new"))
        with Runtime(offline_config(model)) as runtime:
            thread = runtime.thread()
            turn = runtime.start(thread, "hi")
            runtime.until(lambda message: message.get("method") == "item/agentMessage/delta")
            content = [{"type": "text", "text": "rather this"}]
            runtime.call("turn/steer", threadId=thread, expectedTurnId=turn, input=content)
            assert reply_text(runtime.completed(turn)) == "new"
    assert model.requests[1].user_text == "rather this"


def test_a_sub_agent_has_its_own_script() -> None:
    with ScriptedModel() as model:
        model.script(spawn_agent("sub_one", "do it"), wait_agent(), say("both done"))
        model.script(say("sub done"), agent="/root/sub_one")
        with Runtime(offline_config(model, model_name="gpt-6.1-sol")) as runtime:
            assert reply_text(runtime.turn(runtime.thread(**FREE), "hi")) == "both done"
    (asked,) = (request for request in model.requests if request.kind == "subagent")
    assert asked.agent == "/root/sub_one"
    assert asked.parent_thread_id == model.requests[0].thread_id


def test_a_sub_agent_of_an_unknown_model_is_known_by_its_kind() -> None:
    def wait(request: ModelRequest) -> Step:
        agent = json.loads(request.function_outputs["s"])["agent_id"]
        targets = {"targets": [agent], "timeout_ms": 10_000}
        return call_tool("wait_agent", targets, namespace="multi_agent_v1")

    message = {"message": "do it", "agent_type": "default"}
    with ScriptedModel() as model:
        spawn = call_tool("spawn_agent", message, namespace="multi_agent_v1", call_id="s")
        model.script(spawn, wait, say("main"))
        model.script(say("sub"), kind="subagent")
        model.default(say("main"))  # asked once more when the agent's end comes after the wait's
        with Runtime(offline_config(model, model_name="mock-model")) as runtime:
            thread = runtime.thread(**FREE)
            assert reply_text(runtime.completed(runtime.start(thread, "hi"))) == "main"
            said = {item["text"] for item in runtime.items("agentMessage")}
    assert said == {"main", "sub"}
