"""Point 7: the ladder ends every runtime within its bounds, and nothing leaks."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from typing import Any

import pytest

from openai_codex import AppServerConfig, AsyncCodex, StartupError
from openai_codex.testing.fake import at_eof, at_sigterm, at_start, faults, on, pause, turn
from tests.faults.aio import Running, connect, each, saw, start
from tests.faults.leftovers import Belongings
from tests.faults.play import Play

ENOUGH = 0.6
"""Seconds of shutdown_timeout in these tests; a stubborn runtime costs nearly all of it."""


async def test_a_runtime_that_ends_at_the_end_of_stdin_ends_with_code_0(play: Play) -> None:
    codex = await connect(play().config())
    await codex.close()
    assert codex.process is not None
    assert codex.process.returncode == 0


async def test_a_runtime_that_ignores_the_end_of_stdin_is_terminated(play: Play) -> None:
    codex = await connect(play(at_eof()).config(shutdown_timeout=ENOUGH))
    await codex.close()
    assert codex.process is not None
    assert codex.process.returncode == 0  # the fake, as the runtime, exits with 0 on SIGTERM


async def test_a_runtime_that_ignores_sigterm_too_is_killed(play: Play) -> None:
    server = play(at_eof(), at_sigterm())
    codex = await connect(server.config(shutdown_timeout=ENOUGH))
    before = time.monotonic()
    await codex.close()
    assert time.monotonic() - before < ENOUGH + 1.0
    assert codex.process is not None
    assert codex.process.returncode == -9
    await saw(server, kind="ended")


async def test_a_runtime_that_is_frozen_is_killed_sooner(codex_config: AppServerConfig) -> None:
    codex = await connect(replace(codex_config, shutdown_timeout=10.0))
    process = codex.process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    before = time.monotonic()
    await codex.close()
    assert time.monotonic() - before < 6.0  # 8 are what one that works is given
    assert codex.process is not None
    assert codex.process.returncode == -signal.SIGKILL


async def test_close_ends_a_runtime_in_the_middle_of_a_turn(play: Play) -> None:
    server = play(turn(pause()))
    codex = await connect(server.config())
    await (await codex.thread_start()).turn("hi")
    await saw(server, "", kind="paused")
    await codex.close()
    await saw(server, kind="ended")


async def test_close_does_not_wait_for_a_runtime_that_reads_no_more(play: Play) -> None:
    server = play(on("model/list", faults.stop_reading()), at_eof(), at_sigterm())
    codex = await connect(server.config(shutdown_timeout=ENOUGH, request_timeout=0.2))
    thread = await codex.thread_start()
    stuck: list[Running[Any]] = [start(codex.models)]
    await saw(server, "stop_reading", kind="step")
    stuck += [start(thread.run, "x" * 500_000) for _ in range(3)]
    assert {isinstance(error, TimeoutError) for error in await each(stuck)} == {True}
    before = time.monotonic()
    await codex.close()
    assert time.monotonic() - before < ENOUGH + 1.0


async def test_what_the_runtime_started_ends_with_it(play: Play) -> None:
    server = play(at_start(faults.grandchild()))
    codex = await connect(server.config())
    await saw(server, "", kind="grandchild")
    await codex.close()
    await saw(server, "", kind="grandchild ended")


async def test_what_a_killed_runtime_started_ends_with_it(play: Play) -> None:
    server = play(at_start(faults.grandchild()), on("model/list", faults.die(signal="SIGKILL")))
    async with AsyncCodex(server.config()) as codex:
        await saw(server, "", kind="grandchild")
        assert await start(codex.models).error()
        await saw(server, "", kind="grandchild ended")


async def test_a_grandchild_out_of_reach_that_holds_the_pipes_holds_nobody_up(play: Play) -> None:
    server = play(at_start(faults.grandchild(new_session=True)))
    codex = await connect(server.config(shutdown_timeout=5))
    await saw(server, "", kind="grandchild")
    before = time.monotonic()
    await codex.close()
    assert time.monotonic() - before < 2.0


async def test_a_start_that_fails_leaves_nothing(play: Play) -> None:
    server = play(faults.refuses("initialize"))
    before = Belongings.now()
    for _ in range(10):
        with pytest.raises(StartupError):
            await connect(server.config())
    before.assert_nothing_came()
