"""`stream_text` and `on_event`: watching a turn without a loop of one's own."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex import AsyncCodex, Notification
from openai_codex.testing import Gate, hold, say, think
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


async def test_stream_text_yields_what_is_said_while_it_is_said(
    codex: AsyncCodex, model: SharedModel
) -> None:
    gate = Gate()
    model.script(think("hm"), say(deltas=["Good ", hold(gate), "morning"]))
    heard = []
    async for text in (await (await codex.thread_start()).turn("hi")).stream_text():
        heard.append(text)
        gate.open()
    assert heard == ["Good ", "morning"]


async def test_on_event_sees_every_event_in_order(codex: AsyncCodex, model: SharedModel) -> None:
    seen: list[str] = []

    def note(event: Notification) -> None:
        seen.append(event.method)

    model.script(say("Hello"))
    result = await (await codex.thread_start()).run("hi", on_event=note)
    assert result.final_response == "Hello"
    assert (seen[0], seen[-1]) == ("turn/started", "turn/completed")
    assert "item/agentMessage/delta" in seen


async def test_on_event_of_its_face_is_awaited(codex: AsyncCodex, model: SharedModel) -> None:
    seen: list[Any] = []

    async def note(event: Notification) -> None:
        if event.method == "turn/started":
            seen.append((await codex.models()).data)

    model.script(say("Hello"))
    await (await codex.thread_start()).run("hi", on_event=note)
    assert seen


async def test_on_event_that_raises_stops_the_turn(codex: AsyncCodex, model: SharedModel) -> None:
    gate = Gate()

    def stop(event: Notification) -> None:
        if event.method == "item/agentMessage/delta":
            raise KeyError("seen enough")

    model.script(say(deltas=["Good ", hold(gate), "morning"]))
    thread = await codex.thread_start()
    with pytest.raises(KeyError, match="seen enough"):
        await thread.run("hi", on_event=stop)
    gate.open()
    model.script(say("Still here"))
    assert (await thread.run("hi")).final_response == "Still here"
    stored = await thread.read(include_turns=True)
    assert [turn.status for turn in stored.thread.turns] == ["interrupted", "completed"]
