"""The async client starts its runtime when it is first needed, and once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from openai_codex import (
    AppServerConfig,
    AsyncCodex,
    ClientClosedError,
    CodexError,
    RuntimeNotFoundError,
)
from openai_codex.testing import offline_config
from tests.conftest import SharedModel
from tests.runtime.children import children


async def test_nothing_runs_before_it_is_needed(model: SharedModel) -> None:
    before = children()
    codex = AsyncCodex(offline_config(model))
    assert codex.process is None
    assert "not started" in repr(codex)
    with pytest.raises(CodexError, match="not started yet"):
        _ = codex.metadata
    assert children() == before
    await codex.close()


async def test_many_first_calls_start_one_runtime(model: SharedModel) -> None:
    before = children()
    codex = AsyncCodex(offline_config(model))
    threads = await asyncio.gather(*(codex.thread_start() for _ in range(5)))
    assert len({thread.id for thread in threads}) == 5
    assert len(children() - before) == 1
    await codex.close()
    assert children() == before


async def test_a_client_closed_before_its_start_stays_closed(model: SharedModel) -> None:
    codex = AsyncCodex(offline_config(model))
    await codex.close()
    with pytest.raises(ClientClosedError):
        await codex.models()


async def test_a_block_may_be_entered_after_use(model: SharedModel) -> None:
    codex = AsyncCodex(offline_config(model))
    await codex.models()
    process = codex.process
    async with codex:
        assert codex.process is not None
        assert process is not None
        assert codex.process.pid == process.pid


async def test_a_client_that_could_not_start_tries_again_and_can_be_closed(tmp_path: Path) -> None:
    codex = AsyncCodex(AppServerConfig(codex_bin=str(tmp_path / "codex")))
    for _ in range(2):
        with pytest.raises(RuntimeNotFoundError):
            await codex.models()
    await codex.close()
    assert codex.process is None
