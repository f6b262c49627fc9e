"""What the real runtime does with tools: names, schemas, and each kind of answer."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from openai_codex.output import OutputType
from openai_codex.testing import ScriptedModel, call_tool, offline_config, parallel, say
from openai_codex.tools import Namespace, ToolContext, ToolImage, ToolSet, tool
from openai_codex.tools.names import BUILT_IN_NAMESPACES, BUILT_IN_TOOLS
from tests.testing.runtime import Message, Runtime

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9Q"
    "DwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
FREE = {"approvalPolicy": "never", "sandbox": "danger-full-access"}
ANSWER = {"contentItems": [{"type": "inputText", "text": "mine"}], "success": True}


class Address(BaseModel):
    city: str = Field(min_length=1)
    kind: Literal["home", "work"] = "home"


@tool
def lookup(
    id: str,
    address: Address,
    context: ToolContext,
    pair: tuple[int, str] = (1, "a"),
    limit: Annotated[int, Field(ge=1, le=10)] = 5,
) -> list[object]:
    """Look up.

    Args:
        id: Which one.
    """
    return [f"{id} {address.city} {limit} {context.call_id}", ToolImage(PIXEL)]


@tool
def broken() -> None:
    """Fail."""
    raise KeyError("T-1")


@tool
def huge() -> str:
    """Say much."""
    return "x" * 5_000_000


def serve(tools: ToolSet, params: Message) -> dict[str, Any]:
    found = tools.find(params["tool"], params["namespace"])
    assert found is not None
    context = ToolContext(
        thread_id=params["threadId"],
        turn_id=params["turnId"],
        call_id=params["callId"],
        tool=params["tool"],
        namespace=params["namespace"],
    )
    try:
        return found.render(found.bind(params["arguments"], context=context)())
    except (KeyError, ValueError) as error:
        return found.render_error(error)


def test_every_kind_of_answer_reaches_the_model() -> None:
    tools = ToolSet([lookup, huge, Namespace("desk", "The help desk.", [broken])])
    good = {"id": "A", "address": {"city": "Ulm"}}
    with ScriptedModel() as model:
        model.script(
            parallel(
                call_tool("lookup", good, call_id="good"),
                call_tool("lookup", {"id": 1}, call_id="wrong"),
                call_tool("broken", {}, namespace="desk", call_id="broken"),
                call_tool("huge", {}, call_id="huge"),
            ),
            say("ok"),
        )
        answers = {"item/tool/call": lambda params: serve(tools, params)}
        with Runtime(offline_config(model), answers=answers) as runtime:
            runtime.turn(runtime.thread(dynamicTools=tools.specs(), **FREE), "hi")
            states = {item["id"]: item["status"] for item in runtime.items("dynamicToolCall")}
    outputs = model.requests[1].function_outputs
    assert [part["type"] for part in outputs["good"]] == ["input_text", "input_image"]
    assert outputs["good"][0]["text"] == "A Ulm 5 good"
    assert "- id: Input should be a valid string, got 1" in outputs["wrong"]
    assert outputs["broken"] == "KeyError: 'T-1'"
    assert outputs["huge"].count("x") > 10_000
    assert states == {
        "good": "completed",
        "wrong": "failed",
        "broken": "failed",
        "huge": "completed",
    }


def test_the_model_is_told_all_that_the_runtime_drops_from_the_schema() -> None:
    with ScriptedModel() as model:
        model.script(say("ok"))
        with Runtime(offline_config(model)) as runtime:
            runtime.turn(runtime.thread(dynamicTools=ToolSet([lookup]).specs(), **FREE), "hi")
    offered = model.requests[0].tool("lookup")
    assert offered["parameters"]["properties"] == {
        "id": {"type": "string", "description": "Which one."},
        "address": {"$ref": "#/$defs/Address"},
        "pair": {
            "type": "array",
            "items": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            "minItems": 2,
            "description": "(maximum number of items: 2; "
            'default: [1, "a"]; in this order: integer, string)',
        },
        "limit": {"type": "integer", "description": "(minimum: 1; maximum: 10; default: 5)"},
    }
    address = offered["parameters"]["$defs"]["Address"]
    assert address["properties"]["city"]["description"] == "(minimum length: 1)"


def test_the_output_schema_reaches_the_model_unchanged() -> None:
    schema = OutputType.of(Address | list[int]).schema
    with ScriptedModel() as model:
        model.script(say("ok"))
        with Runtime(offline_config(model)) as runtime:
            runtime.turn(runtime.thread(**FREE), "hi", outputSchema=schema)
    assert model.requests[0].output_schema == schema


def spec(name: str) -> dict[str, Any]:
    return {"type": "function", "name": name, "description": "d", "inputSchema": {"type": "object"}}


def names_that_reach_the_client(model_name: str, names: Iterable[str]) -> set[str]:
    called: set[str] = set()

    def answer(params: Message) -> dict[str, Any]:
        called.add(params["tool"])
        return ANSWER

    steps = [call_tool(name, {}, call_id=f"call_{name}") for name in names]
    with ScriptedModel() as model:
        model.script(parallel(*steps), say("ok"))
        config = offline_config(model, model_name=model_name)
        with Runtime(config, answers={"item/tool/call": answer}) as runtime:
            thread = runtime.thread(dynamicTools=[spec(name) for name in names], **FREE)
            runtime.turn(thread, "hi")
    return called


SWITCHED_OFF = {"request_permissions", "update_plan"}
AGENTS = {"close_agent", "resume_agent", "send_input", "spawn_agent", "wait_agent"}
# The service runs this one itself, so that the runtime sees no call of it.
HOSTED = {"web_search"}
LITE = {
    *("exec", "wait", "request_user_input_async"),
    *("list_mcp_resource_templates", "list_mcp_resources", "read_mcp_resource"),
}


@pytest.mark.parametrize(
    ("model_name", "reach"),
    [
        ("gpt-5.5", SWITCHED_OFF | AGENTS | HOSTED | LITE),
        ("gpt-6.1-sol", SWITCHED_OFF | AGENTS | HOSTED | {"tool_search"}),
    ],
)
def test_the_refused_names_are_those_whose_tools_would_not_be_called(
    model_name: str, reach: set[str]
) -> None:
    names = ["mine", *sorted(BUILT_IN_TOOLS)]
    assert names_that_reach_the_client(model_name, names) == {"mine", *reach}


def test_the_refused_namespaces_are_those_that_the_runtime_refuses_or_has() -> None:
    own = {"clock", "collaboration", "multi_agent_v1"}
    with ScriptedModel() as model, Runtime(offline_config(model)) as runtime:
        for name in sorted({*BUILT_IN_NAMESPACES} - own):
            namespace = {"type": "namespace", "name": name, "description": "d"}
            with pytest.raises(AssertionError, match="reserved Responses API namespace"):
                runtime.thread(dynamicTools=[{**namespace, "tools": [spec("mine")]}])


def test_the_runtime_takes_names_at_our_limits() -> None:
    longest = tool(name="t" * 128)(huge.function)
    tools = ToolSet([Namespace("n" * 64, "d" * 1024, [longest])])
    with ScriptedModel() as model, Runtime(offline_config(model)) as runtime:
        assert runtime.thread(dynamicTools=tools.specs())


def test_specs_are_plain_json() -> None:
    tools = ToolSet([lookup, Namespace("desk", "d", [broken])])
    assert json.loads(json.dumps(tools.specs())) == tools.specs()
