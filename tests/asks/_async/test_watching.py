"""`stream_text` and `on_event`: watching a turn without a loop of one's own."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex import AsyncCodex, Notification, Sandbox
from openai_codex.testing import Gate, hold, run_command, say, think
from tests.conftest import SharedModel

NO_TEXT: Any = None

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


@pytest.mark.parametrize(
    ("options", "text"),
    [({}, "I run the tests.\n\nThey pass."), ({"separator": " "}, "I run the tests. They pass.")],
)
async def test_stream_text_parts_the_messages(
    codex: AsyncCodex, model: SharedModel, options: dict[str, Any], text: str
) -> None:
    model.script(say("I run the tests."), run_command("true"), say("They pass."))
    thread = await codex.thread_start(sandbox=Sandbox.full_access)
    turn = await thread.turn("Do they pass?")
    pieces = [piece async for piece in turn.stream_text(**options)]
    assert "".join(pieces) == text


async def test_stream_text_tells_a_message_whole_that_came_without_pieces(
    codex: AsyncCodex, model: SharedModel
) -> None:
    model.script(say("All at once.", chunks=0))
    turn = await (await codex.thread_start()).turn("hi")
    assert [piece async for piece in turn.stream_text()] == ["All at once."]


async def test_the_separator_of_stream_text_is_text(codex: AsyncCodex, model: SharedModel) -> None:
    model.script(say("yes"))
    turn = await (await codex.thread_start()).turn("hi")
    with pytest.raises(TypeError, match="separator must be a string, got None"):
        async for _ in turn.stream_text(separator=NO_TEXT):
            pass
    assert (await turn.run()).final_response == "yes"


async def test_on_event_sees_every_event_in_order(codex: AsyncCodex, model: SharedModel) -> None:
    seen: list[str] = []

    def note(event: Notification) -> None:
        seen.append(event.method)

    model.script(say("Hello"))
    result = await (await codex.thread_start()).run("hi", on_event=note)
    assert result.final_response == "Hello"
    assert (seen[0], seen[-1]) == ("turn/started", "turn/completed")
    assert "item/agentMessage/delta" in seen


async def test_on_event_of_its_own_api_is_awaited(codex: AsyncCodex, model: SharedModel) -> None:
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
