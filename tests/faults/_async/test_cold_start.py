"""Point 10: clients that start at once on a fresh CODEX_HOME all come up."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from openai_codex import AppServerConfig, AsyncCodex, StartupError
from openai_codex.testing import offline_config, say
from openai_codex.testing.fake import faults
from tests.conftest import SharedModel
from tests.faults.aio import connect, each, saw, start
from tests.faults.play import Play

CLIENTS = 8


async def test_clients_that_start_at_once_on_a_fresh_home_all_come_up(
    model: SharedModel, tmp_path: Path
) -> None:
    config = offline_config(model, home=tmp_path / "home")
    for _ in range(CLIENTS):
        model.script(say("up"))
    assert await each([start(_one_turn, config) for _ in range(CLIENTS)]) == ["up"] * CLIENTS


async def _one_turn(config: AppServerConfig) -> str | None:
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start(ephemeral=True)
        return (await thread.run("hi")).final_response


async def test_a_lost_race_for_the_databases_is_run_again(play: Play) -> None:
    server = play(faults.cold_start_race(spawns=3))
    async with AsyncCodex(server.config()) as codex:
        assert (await codex.models()).data
    assert len([record for record in server.records if record.kind == "spawned"]) == 4


async def test_a_race_that_is_always_lost_ends_at_the_startup_timeout(play: Play) -> None:
    server = play(faults.cold_start_race(spawns=1_000))
    before = time.monotonic()
    with pytest.raises(StartupError):
        await connect(server.config(startup_timeout=0.5))
    assert time.monotonic() - before < 5.0


async def test_other_failures_to_start_are_told_at_once(play: Play) -> None:
    server = play(faults.exits_at_once(1, stderr="Error: no such provider\n"))
    with pytest.raises(StartupError, match="no such provider"):
        await connect(server.config())
    await saw(server, kind="ended")
    assert len([record for record in server.records if record.kind == "spawned"]) == 1
