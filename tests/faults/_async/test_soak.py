"""Many clients and threads at once, that time out, interrupt, give up and start again at random."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from openai_codex import (
    AppServerConfig,
    AsyncCodex,
    AsyncThread,
    RequestTimeoutError,
    TurnTimeoutError,
)
from openai_codex import methods as calls
from openai_codex.testing import ScriptedModel, offline_config, say, silence
from openai_codex.testing.fake import FakeAppServer, faults, pause, turn
from openai_codex.testing.model import ModelRequest, Step
from tests.faults.aio import assert_idle, connect, each, give_up, nap, start
from tests.faults.chance import Course, new_chance
from tests.faults.play import Play

CLIENTS = 50
THREADS = 50
LONG = 240.0
STALL = "stall, please"
Act = Callable[[AsyncCodex, AsyncThread, random.Random], Any]


async def _completes(codex: AsyncCodex, thread: AsyncThread, chance: random.Random) -> str:
    return str((await thread.run("hi")).status)


async def _times_out(codex: AsyncCodex, thread: AsyncThread, chance: random.Random) -> str:
    turn_ = await thread.turn(STALL)
    with pytest.raises(TurnTimeoutError):
        await turn_.run(timeout=chance.uniform(0.001, 0.1))
    return "timed out"


async def _is_interrupted(codex: AsyncCodex, thread: AsyncThread, chance: random.Random) -> str:
    turn_ = await thread.turn(STALL)
    await nap(chance.uniform(0, 0.02))
    await turn_.interrupt()
    return str((await turn_.run()).status)


async def _is_left(codex: AsyncCodex, thread: AsyncThread, chance: random.Random) -> str:
    async with await thread.turn(STALL) as turn_:
        await nap(chance.uniform(0, 0.02))
    return str((await turn_.run()).status)


async def _is_given_up(codex: AsyncCodex, thread: AsyncThread, chance: random.Random) -> str:
    await give_up(thread, STALL, after=chance.uniform(0, 0.05))
    return "given up"


async def _falls_silent(codex: AsyncCodex, thread: AsyncThread, chance: random.Random) -> str:
    with pytest.raises(TurnTimeoutError) as caught:
        await thread.run(STALL, idle_timeout=0.05)
    assert caught.value.idle
    return "fell silent"


async def _asks(codex: AsyncCodex, thread: AsyncThread, chance: random.Random) -> str:
    assert (await codex.models()).data
    return "was served"


ACTS: list[Act] = [
    _completes,
    _times_out,
    _is_interrupted,
    _is_left,
    _is_given_up,
    _falls_silent,
    _asks,
]


async def _live(codex: AsyncCodex, chance: random.Random, steps: int) -> Counter[str]:
    """Do random things on one thread, one after the other; count how they ended."""
    thread = await codex.thread_start(ephemeral=True)
    course, ends, done = Course(steps), Counter[str](), 0
    while course.goes_on(done):
        ends[await chance.choice(ACTS)(codex, thread, chance)] += 1
        done += 1
    assert ends.total() == done
    return ends


@pytest.mark.timeout(300)
async def test_fifty_clients_at_once_account_for_everything(play: Play) -> None:
    chance = new_chance("soak of clients")
    server = play(turn(pause(), when=STALL, times=None), faults.never_answers("account/read"))
    seeds = [random.Random(chance.random()) for _ in range(CLIENTS)]
    living = [start(_client, server.config(), seed) for seed in seeds]
    ends = await each(living, within=LONG)
    assert [end for end in ends if isinstance(end, BaseException)] == []
    assert sum(ends, Counter[str]()).total() >= CLIENTS * 6
    _assert_every_turn_ended(server)


async def _client(config: AppServerConfig, chance: random.Random) -> Counter[str]:
    """Live, lose a request, close; then live again with a new runtime."""
    ends = Counter[str]()
    for _ in range(2):
        codex = await connect(config)
        ends += await _live(codex, chance, 2)
        with pytest.raises(RequestTimeoutError):
            await codex.call(calls.account.READ, {}, timeout=chance.uniform(0.001, 0.05))
        ends["lost a request"] += 1
        await assert_idle(codex)
        await codex.close()
    return ends


def _assert_every_turn_ended(server: FakeAppServer) -> None:
    happened = Counter((record.kind, record.name) for record in server.records)
    asked = server.requests("turn/interrupt")
    interrupted = {(params["threadId"], params["turnId"]) for params in asked}
    completed = happened["step", "complete"]
    assert happened["received", "turn/start"] == completed + len(interrupted)
    assert happened["spawned", ""] == 2 * CLIENTS


def _answer(request: ModelRequest) -> Step:
    return silence() if STALL in (request.user_text or "") else say("ok")


@pytest.mark.timeout(300)
async def test_fifty_threads_of_one_real_runtime_account_for_everything() -> None:
    chance = new_chance("soak of threads")
    with ScriptedModel(strict=False) as model:
        model.default(_answer)
        async with AsyncCodex(offline_config(model)) as codex:
            seeds = [random.Random(chance.random()) for _ in range(THREADS)]
            living = [start(_live, codex, seed, 3) for seed in seeds]
            ends = await each(living, within=LONG)
            assert [end for end in ends if isinstance(end, BaseException)] == []
            assert sum(ends, Counter[str]()).total() >= THREADS * 3
            await assert_idle(codex)
