"""A runtime died, and the next one is there: threads that work elsewhere go on there, or fail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager  # async only

# sync: from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openai_codex import (
    AsyncCodex,
    AsyncThread,
    EnvironmentRequiredError,
    EnvironmentUnreachableError,
    ExecServer,
    Restart,
    Sandbox,
    methods,
)
from openai_codex.testing import Gate, ScriptedModel, hold, offline_config, run_command, say
from tests.returns.aio import a_moment, reached
from tests.returns.cutting import Server
from tests.returns.deaths import kill

WAYS = pytest.mark.parametrize("way", ["restart", "reconnect"])


@pytest.fixture
def own_model() -> Iterator[ScriptedModel]:
    with ScriptedModel(strict=False) as model:
        model.default(run_command("echo at $WHERE"), say("done"))
        yield model


class Client:
    """A client whose runtime a test ends, and that comes back."""

    def __init__(self, codex: AsyncCodex, server: Server | None) -> None:
        self.codex = codex
        self._server = server

    async def lose(self) -> None:
        """End its runtime, and wait until the client goes on with the next."""
        count = self.codex.restarts
        if self._server is None:
            kill(self.codex)
        else:
            self._server.kill()
            self._server.start()
        while self.codex.restarts == count:
            await a_moment()


@asynccontextmanager  # async only
# sync: @contextmanager
async def client(model: ScriptedModel, folder: Path, way: str) -> AsyncIterator[Client]:
    """Return a client of a runtime whose machine says that it is the host."""
    config = offline_config(model, env={"WHERE": "host"}, features={"goals": True})
    if way == "restart":
        async with AsyncCodex(config, restart=Restart()) as codex:
            yield Client(codex, None)
        return
    server = Server(model, folder, config=config)
    try:
        async with AsyncCodex(connect=server.connect) as codex:
            yield Client(codex, server)
    finally:
        server.kill()


async def where(thread: AsyncThread, **options: Any) -> list[str]:
    """Return what the command of a turn printed."""
    result = await thread.run("go", **options)
    outputs = [str(getattr(item, "aggregated_output", None) or "") for item in result.items]
    return "".join(outputs).split()


@WAYS
async def test_a_thread_goes_on_in_its_environment_after_its_runtime_died(
    way: str, own_model: ScriptedModel, box: ExecServer, tmp_path: Path
) -> None:
    async with client(own_model, tmp_path, way) as one:
        full = Sandbox.full_access
        thread = await one.codex.thread_start(environment=box.environment, sandbox=full)
        here = await one.codex.thread_start(sandbox=full)
        assert await where(thread) == ["at", "box"]
        assert await where(here) == ["at", "host"]
        for _ in range(2):
            await one.lose()
            assert await where(thread) == ["at", "box"]
            assert await where(here) == ["at", "host"]


@WAYS
async def test_what_cannot_name_its_place_is_refused_until_a_turn_took_the_thread_there(
    way: str, own_model: ScriptedModel, box: ExecServer, tmp_path: Path
) -> None:
    async with client(own_model, tmp_path, way) as one:
        full = Sandbox.full_access
        thread = await one.codex.thread_start(environment=box.environment, sandbox=full)
        assert await where(thread) == ["at", "box"]
        await one.lose()
        before = len(own_model.requests)
        with pytest.raises(EnvironmentRequiredError, match="run a turn in it first"):
            await thread.review()
        with pytest.raises(EnvironmentRequiredError, match="run a turn in it first"):
            await thread.queue.add("look")
        with pytest.raises(EnvironmentRequiredError, match="run a turn in it first"):
            await thread.goal.set("look")
        with pytest.raises(EnvironmentRequiredError, match="let the agent run it"):
            await thread.shell_command("echo at $WHERE")
        assert len(own_model.requests) == before
        assert await where(thread) == ["at", "box"]
        queued = await (await thread.queue.add("look")).run()
        outputs = [getattr(item, "aggregated_output", None) for item in queued.items]
        assert "at box\n" in outputs


@WAYS
@pytest.mark.parametrize("what", ["goal", "queue"])
async def test_what_would_begin_by_itself_on_the_host_keeps_its_thread_away(
    way: str, what: str, own_model: ScriptedModel, box: ExecServer, tmp_path: Path
) -> None:
    async with client(own_model, tmp_path, way) as one:
        full, gate = Sandbox.full_access, Gate()
        thread = await one.codex.thread_start(environment=box.environment, sandbox=full)
        assert await where(thread) == ["at", "box"]
        own_model.script(hold(gate), say("never"), kind="goal" if what == "goal" else "turn")
        if what == "goal":
            await thread.goal.set("look around")
        else:
            await thread.turn("work")
            await thread.queue.add("look around")
        await reached(gate)
        await one.lose()
        gate.open()
        before = len(own_model.requests)
        with pytest.raises(EnvironmentRequiredError, match="pause the goal and empty the queue"):
            await thread.run("go")
        assert len(own_model.requests) == before
        if what == "goal":
            await thread.goal.pause()
        else:
            for queued in await thread.queue.list():
                await queued.remove()
        assert await where(thread) == ["at", "box"]


async def test_a_goal_of_a_thread_that_another_program_resumes_does_not_begin_here(
    own_model: ScriptedModel, box: ExecServer
) -> None:
    config = offline_config(own_model, env={"WHERE": "host"}, features={"goals": True})
    full, gate = Sandbox.full_access, Gate()
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start(environment=box.environment, sandbox=full)
        assert await where(thread) == ["at", "box"]
        own_model.script(hold(gate), say("never"), kind="goal")
        await thread.goal.set("look around")
        await reached(gate)
    gate.open()
    before = len(own_model.requests)
    async with AsyncCodex(config) as codex:
        place = box.environment
        with pytest.raises(EnvironmentRequiredError, match="pause the goal"):
            await codex.thread_resume(thread.id, environment=place)
        assert len(own_model.requests) == before
        paused = {"threadId": thread.id, "status": "paused"}
        await codex.call(methods.thread.GOAL_SET, paused)
        again = await codex.thread_resume(thread.id, environment=place, sandbox=full)
        assert await where(again) == ["at", "box"]
        same = await codex.thread_resume(thread.id)  # it is at work there: nothing to fear
        assert await where(same) == ["at", "box"]


@WAYS
async def test_an_environment_that_died_as_well_is_an_error_and_the_client_lives(
    way: str, own_model: ScriptedModel, tmp_path: Path
) -> None:
    async with client(own_model, tmp_path, way) as one:
        mortal = ExecServer(name="mortal", env={"WHERE": "box"}).start()
        place = replace(mortal.environment, connect_timeout=0.5)
        full = Sandbox.full_access
        thread = await one.codex.thread_start(environment=place, sandbox=full)
        assert await where(thread) == ["at", "box"]
        mortal.close()
        await one.lose()
        before = len(own_model.requests)
        with pytest.raises(EnvironmentUnreachableError, match="mortal"):
            await thread.run("go")
        assert len(own_model.requests) == before
        async with ExecServer(name="mortal", env={"WHERE": "next"}) as following:
            await one.codex.environment(following.environment)
            assert await where(thread) == ["at", "next"]
