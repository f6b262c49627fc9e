"""Settings, skills, MCP servers, limits and how the runtime is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from openai_codex import AsyncCodex, InvalidRequestError
from openai_codex.testing import offline_config
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only

SERVER = """
import json, sys
ECHO = {"name": "echo", "description": "d", "inputSchema": {"type": "object"}}
HELLO = {"uri": "memo://hello", "name": "hello"}
REPLIES = {
    "initialize": lambda p: {
        "protocolVersion": p["protocolVersion"],
        "capabilities": {"tools": {}, "resources": {}},
        "serverInfo": {"name": "memo", "version": "1"},
    },
    "tools/list": lambda p: {"tools": [ECHO]},
    "resources/list": lambda p: {"resources": [HELLO]},
    "resources/templates/list": lambda p: {"resourceTemplates": []},
    "resources/read": lambda p: {"contents": [{"uri": p["uri"], "text": "hello"}]},
    "tools/call": lambda p: {"content": [{"type": "text", "text": json.dumps(p["arguments"])}]},
}
for line in sys.stdin:
    asked = json.loads(line)
    if "id" in asked:
        reply = REPLIES.get(asked["method"], lambda p: {})(asked.get("params") or {})
        print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": reply}), flush=True)
"""


async def test_settings_are_read_and_written_with_a_version(model: SharedModel) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        written = await codex.config.write("model_verbosity", "high")
        assert (await codex.config.read()).config.model_verbosity == "high"
        await codex.config.write_many({"model_verbosity": "low", "hide_agent_reasoning": True})
        with pytest.raises(InvalidRequestError):
            await codex.config.write("model_verbosity", "high", expected_version=written.version)
        assert (await codex.config.read()).config.model_verbosity == "low"
        await codex.config.write("model_verbosity", None)
        assert (await codex.config.read()).config.model_verbosity is None
        assert (await codex.config.read(include_layers=True)).layers
        with pytest.raises(InvalidRequestError):
            await codex.config.write("model_verbosity", 1)


async def test_skills_are_listed_and_switched(model: SharedModel, tmp_path: Path) -> None:
    skill = tmp_path / "greet" / "SKILL.md"
    skill.parent.mkdir()
    skill.write_text("---\nname: greet\ndescription: says hello\n---\nSay hello.\n")
    async with AsyncCodex(offline_config(model)) as codex:
        await codex.skills.set_extra_roots([tmp_path])
        (entry,) = await codex.skills.list(force_reload=True)
        assert "greet" in [each.name for each in entry.skills]
        assert not await codex.skills.enable("greet", False)
        (entry,) = await codex.skills.list(cwds=[tmp_path], force_reload=True)
        assert {each.name: each.enabled for each in entry.skills}["greet"] is False


async def test_mcp_servers_are_looked_at_and_called(model: SharedModel, tmp_path: Path) -> None:
    program = tmp_path / "server.py"
    program.write_text(SERVER)
    memo = {"command": sys.executable, "args": [str(program)]}
    async with AsyncCodex(offline_config(model, mcp_servers={"memo": memo})) as codex:
        thread = await codex.thread_start()
        done = await codex.mcp.call(thread.id, "memo", "echo", {"a": 1})
        assert done.content[0]["text"] == '{"a": 1}'
        found = [each async for each in codex.mcp.status(thread_id=thread.id)]
        (server,) = [each for each in found if each.name == "memo"]
        assert list(server.tools) == ["echo"]
        read = await codex.mcp.read_resource("memo", "memo://hello", thread_id=thread.id)
        assert read.contents[0].text == "hello"  # type: ignore[union-attr]
        await codex.mcp.reload()
        with pytest.raises(InvalidRequestError):
            await codex.mcp.login("memo")


async def test_limits_need_an_account_that_has_them(model: SharedModel) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        with pytest.raises(InvalidRequestError, match="authentication required"):
            await codex.rate_limits()


async def test_the_runtime_says_how_it_is(codex: AsyncCodex) -> None:
    found = await codex.diagnostics()
    assert found.process.resident_memory_bytes
    assert "app.requests.in_flight" in [gauge.name for gauge in found.gauges]
