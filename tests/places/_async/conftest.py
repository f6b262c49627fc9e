"""One runtime for all tests of a face, to which a box is known."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from openai_codex import AsyncCodex
from openai_codex.testing import offline_config
from tests.conftest import SharedModel


@pytest_asyncio.fixture(scope="session", loop_scope="session")  # async only
# sync: @pytest.fixture(scope="session")
async def codex(shared_model: SharedModel) -> AsyncIterator[AsyncCodex]:
    """A client that lives as long as the session."""
    async with AsyncCodex(offline_config(shared_model, env={"WHERE": "host"})) as codex:
        yield codex
