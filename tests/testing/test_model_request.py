"""A recorded request answers the questions that a test asks of it."""

from __future__ import annotations

import pytest

from openai_codex.testing import ModelRequest

URL = "data:image/png;base64,AA=="
TURN = '{"thread_id":"T1","agent_name":"/root","turn_id":"U1","request_kind":"turn"}'
BODY = {
    "model": "gpt-5.5",
    "prompt_cache_key": "T1",
    "client_metadata": {"turn_id": "U1", "x-codex-turn-metadata": TURN},
    "text": {"format": {"type": "json_schema", "schema": {"type": "object"}}},
    "tools": [
        {"type": "function", "name": "exec_command", "parameters": {}},
        {"type": "namespace", "name": "ns", "tools": [{"type": "function", "name": "look"}]},
        {"type": "web_search"},
    ],
    "input": [
        {
            "type": "message",
            "role": "developer",
            "content": [{"type": "input_text", "text": "You are Codex"}],
        },
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "hello"},
                {"type": "input_image", "image_url": URL},
            ],
        },
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "<environment_context>\n"}],
        },
        {"type": "function_call", "name": "exec_command", "call_id": "c1", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "hi"},
    ],
}
HEADERS = {"thread-id": "T1", "authorization": "Bearer secret"}


def test_it_tells_what_the_user_wrote_and_what_the_runtime_added() -> None:
    request = ModelRequest(HEADERS, BODY)
    assert request.user_text == "hello"
    assert request.texts == ["You are Codex", "hello", "<environment_context>\n"]
    assert request.instructions == "You are Codex"
    assert request.images == [URL]
    assert request.function_outputs == {"c1": "hi"}
    assert request.output_schema == {"type": "object"}


def test_it_tells_which_tools_were_offered() -> None:
    request = ModelRequest(HEADERS, BODY)
    assert request.tools == ["exec_command", "ns", "ns.look", "web_search"]
    assert request.tool("ns.look") == {"type": "function", "name": "look"}
    with pytest.raises(KeyError, match=r"'look' was not offered; offered were .*ns\.look"):
        request.tool("look")


def test_it_tells_the_tools_of_models_that_get_them_as_an_input_item() -> None:
    added = {"type": "additional_tools", "tools": [{"type": "custom", "name": "exec"}]}
    assert ModelRequest({}, {"input": [added]}).tools == ["exec"]


def test_it_names_the_asking_agent() -> None:
    request = ModelRequest(HEADERS, BODY)
    assert (request.thread_id, request.turn_id) == ("T1", "U1")
    assert (request.agent, request.kind, request.model) == ("/root", "turn", "gpt-5.5")


def test_credentials_do_not_show() -> None:
    request = ModelRequest(HEADERS, BODY)
    assert request.headers["authorization"] == "Bearer secret"
    assert "secret" not in repr(request) + repr(request.headers)
