"""One runtime for all questions of a face, another that has an MCP server, and their folders."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from openai_codex import AsyncCodex
from openai_codex.testing import offline_config
from tests.conftest import SharedModel

SERVER = Path(__file__).parents[1] / "mcp_server.py"


@pytest_asyncio.fixture(scope="session", loop_scope="session")  # async only
# sync: @pytest.fixture(scope="session")
async def codex(shared_model: SharedModel) -> AsyncIterator[AsyncCodex]:
    """A client without handlers, whose model may ask for everything."""
    config = offline_config(
        shared_model,
        ask_user=True,
        request_permissions=True,
        features={"exec_permission_approvals": True},
    )
    async with AsyncCodex(config) as codex:
        yield codex


@pytest_asyncio.fixture(scope="session", loop_scope="session")  # async only
# sync: @pytest.fixture(scope="session")
async def desk(shared_model: SharedModel) -> AsyncIterator[AsyncCodex]:
    """A client whose runtime has the MCP server `desk`."""
    servers = {"desk": {"command": sys.executable, "args": [str(SERVER)]}}
    async with AsyncCodex(offline_config(shared_model, mcp_servers=servers)) as codex:
        yield codex
