"""The real runtime, killed at a random moment of a random turn, again and again.

Each time everybody who waits is told within a second, and the next runtime takes the thread up.
"""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from openai_codex import (
    AppServerConfig,
    AsyncCodex,
    AsyncThread,
    AsyncTurnHandle,
    TransportClosedError,
)
from openai_codex.testing import ScriptedModel, offline_config, say
from tests.faults.aio import Running, connect, each, start
from tests.faults.chance import KILLS, new_chance
from tests.faults.leftovers import children

AT_ONCE = 1.0
SHARDS = 4
FACES = 2
WORDS = 10
EVENTS = WORDS + 14
"""Some more than a turn has, so that the kill may also come after its end."""


class Life:
    """Hold one life of a runtime: two threads at work, and when it is to end."""

    def __init__(self, codex: AsyncCodex, fatal_event: int) -> None:
        assert codex.process is not None
        self.codex = codex
        self.pid = codex.process.pid
        self.killed_at = 0.0
        self._fatal_event = fatal_event
        self._seen = 0

    def kill(self) -> None:
        """End it."""
        if not self.killed_at:
            self.killed_at = time.monotonic()
            os.kill(self.pid, signal.SIGKILL)

    async def read_to_the_death(self, turn: AsyncTurnHandle) -> None:
        """Read a turn; kill the runtime at the event, or at the turn's end."""
        if self._fatal_event == 0:
            self.kill()
        async for _ in turn.stream():
            self._seen += 1
            if self._seen == self._fatal_event:
                self.kill()
        self.kill()
        await self.codex.models()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("shard", range(SHARDS))
async def test_every_kill_is_reported_at_once_and_survived(shard: int, tmp_path: Path) -> None:
    kills = -(-KILLS // (SHARDS * FACES))
    chance = new_chance(f"chaos {shard}")
    with ScriptedModel(strict=False) as model:
        model.default(say("word " * WORDS, chunks=WORDS, pace=0.002))
        config = offline_config(model, home=tmp_path / "home", shutdown_timeout=5.0)
        ids = await _first_life(config)
        for number in range(kills):
            chance.shuffle(ids)
            await _live_and_die(config, ids, chance, f"kill {number} of shard {shard}")
        async with AsyncCodex(config) as codex:
            for thread_id in ids:
                await _work(await codex.thread_resume(thread_id))


async def _first_life(config: AppServerConfig) -> list[str]:
    """Make the threads, with a turn each: a thread is not stored before its first."""
    async with AsyncCodex(config) as codex:
        threads = [await codex.thread_start() for _ in range(2)]
        for thread in threads:
            await _work(thread)
        return [thread.id for thread in threads]


async def _live_and_die(
    config: AppServerConfig, ids: list[str], chance: random.Random, what: str
) -> None:
    codex = await connect(config)
    threads = [await codex.thread_resume(thread_id, include_turns=False) for thread_id in ids]
    await _work(chance.choice(threads))
    life = Life(codex, chance.randrange(EVENTS))
    running: list[Running[object]] = [start(threads[1].run, "bystander")]
    running.append(start(_victim, life, threads[0]))
    outcomes = await each(running)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            assert type(outcome) is TransportClosedError, f"{what}: {outcome!r}"
            assert outcome.signal == signal.SIGKILL, what
    assert isinstance(outcomes[1], TransportClosedError), what
    assert max(one.ended_at for one in running) - life.killed_at < AT_ONCE, what
    await codex.close()
    assert life.pid not in children(), what


async def _victim(life: Life, thread: AsyncThread) -> None:
    await life.read_to_the_death(await thread.turn("victim"))


async def _work(thread: AsyncThread) -> None:
    result = await thread.run("work")
    assert result.status == "completed"
    assert result.final_response == "word " * WORDS
