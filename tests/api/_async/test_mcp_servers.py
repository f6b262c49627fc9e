"""MCP servers for a client or a thread: what they are told, which tools they show, who is asked."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from openai_codex import AsyncCodex, Handlers, InternalRpcError, McpServer, McpToolApproval
from openai_codex.testing import call_mcp, offline_config, say
from tests.conftest import SharedModel

DESK = McpServer(sys.executable, [str(Path(__file__).parents[2] / "asks" / "mcp_server.py")])


def desk(**options: object) -> McpServer:
    return McpServer(DESK.command, DESK.args, **options)  # type: ignore[arg-type]


async def serves(codex: AsyncCodex, thread_id: str, server: str, tool: str) -> bool:
    """Tell whether a thread may call a tool of a server."""
    try:
        await codex.mcp.call(thread_id, server, tool, {})
    except InternalRpcError as error:
        return "is disabled for MCP server" not in str(error)
    return True


async def test_servers_of_the_client_and_of_a_thread_are_there_together(
    model: SharedModel,
) -> None:
    servers = {"desk": DESK, "few": desk(tools=["read"])}
    async with AsyncCodex(offline_config(model), mcp_servers=servers) as codex:
        plain = await codex.thread_start()
        own = {"few": desk(without_tools=["erase"], env={"A": "1"})}
        thread = await codex.thread_start(mcp_servers=own)
        assert await serves(codex, thread.id, "desk", "erase")
        assert [await serves(codex, plain.id, "few", name) for name in ("read", "write")] == [
            True,
            False,
        ]
        assert [await serves(codex, thread.id, "few", name) for name in ("write", "erase")] == [
            True,
            False,
        ]


@pytest.mark.parametrize(
    ("approval", "asked"),
    [
        ("auto", ["write"]),
        ("prompt", ["read", "write"]),
        ("approve", []),
    ],
)
async def test_approval_says_which_calls_are_asked_about(
    model: SharedModel, approval: str | None, asked: list[str]
) -> None:
    seen: list[str] = []

    def approve(question: McpToolApproval) -> bool:
        seen.append(str(question.tool))
        return True

    model.script(call_mcp("desk", "read", {}), call_mcp("desk", "write", {}), say("ok"))
    async with AsyncCodex(
        offline_config(model), handlers=Handlers(approve_mcp_tool=approve)
    ) as codex:
        thread = await codex.thread_start(mcp_servers={"desk": desk(approval=approval)})
        await thread.run("hi")
    assert seen == asked


async def test_servers_are_checked_before_anything_is_sent(codex: AsyncCodex) -> None:
    with pytest.raises(TypeError, match=r"mcp_servers\['desk'\] must be a McpServer or a dict"):
        await codex.thread_start(mcp_servers={"desk": "desk.py"})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="mcp_servers must be a dict"):
        AsyncCodex(mcp_servers=[DESK])  # type: ignore[arg-type]
