"""A turn that waits for a busy thread does not wait for what never ends."""

from __future__ import annotations

import pytest

from openai_codex import AsyncCodex, ClientClosedError, methods
from openai_codex._async import claim
from openai_codex.testing import Gate, ScriptedModel, hold, offline_config
from openai_codex.testing import say as says
from openai_codex.testing.fake import pause, turn
from tests.api._async.reached import reached
from tests.faults.aio import nap, start
from tests.faults.play import Play


async def waits(codex: AsyncCodex) -> None:
    """Return when a turn waits for its thread."""
    assert codex._rpc is not None
    while not codex._rpc.driver.session.occupancy.boxes():
        await nap(0.002)


async def test_closing_ends_the_wait_for_a_busy_thread(play: Play) -> None:
    server = play(turn(pause()))
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        await thread.turn("one")
        waiting = start(thread.run, "two", busy="wait")
        await waits(codex)
        await codex.close()
        with pytest.raises(ClientClosedError):
            await waiting.result()


async def test_a_turn_whose_end_was_not_reported_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(claim, "_LOOK_EVERY", 0.05)
    gate = Gate()
    with ScriptedModel() as model:
        model.script([hold(gate), says("first")])
        model.script(says("second"))
        async with AsyncCodex(offline_config(model)) as codex:
            thread = await codex.thread_start()
            await thread.turn("one")
            await reached(gate)
            await codex.call(methods.thread.UNSUBSCRIBE, {"threadId": thread.id})
            gate.open()
            result = await thread.run("two", busy="wait")
            assert result.final_response == "second"
