"""One runtime for all tests of a face, and threads to spoil."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from openai_codex import AsyncCodex, AsyncThread, Sandbox
from openai_codex.testing import offline_config
from tests.conftest import SharedModel


@pytest_asyncio.fixture(scope="session", loop_scope="session")  # async only
# sync: @pytest.fixture(scope="session")
async def codex(shared_model: SharedModel) -> AsyncIterator[AsyncCodex]:
    """A client that lives as long as the session."""
    async with AsyncCodex(offline_config(shared_model)) as codex:
        yield codex


@pytest_asyncio.fixture(loop_scope="session")  # async only
# sync: @pytest.fixture
async def thread(codex: AsyncCodex) -> AsyncThread:
    """A new thread that may do everything, so that no sandbox slows its commands down."""
    return await codex.thread_start(sandbox=Sandbox.full_access)
