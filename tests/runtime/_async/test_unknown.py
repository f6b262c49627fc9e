"""What a later runtime may say: it arrives in its place, untyped and whole."""

from __future__ import annotations

import sys
from pathlib import Path

from openai_codex import AppServerConfig, AsyncCodex
from openai_codex._drivers.process.launch import plan
from openai_codex.models import UnknownNotification
from openai_codex.testing import offline_config, say
from openai_codex.types import UnknownThreadItem
from tests.conftest import SharedModel

INJECTOR = str(Path(__file__).parents[1] / "injector.py")


def later_runtime(model: SharedModel) -> AppServerConfig:
    """Return the settings of the real runtime with more to say than it says today."""
    config = offline_config(model)
    config.launch_args_override = (sys.executable, INJECTOR, *plan(config).argv)
    return config


async def test_an_unknown_event_arrives_as_it_was_sent(model: SharedModel) -> None:
    model.script(say("ok"))
    async with AsyncCodex(later_runtime(model)) as codex:
        turn = await (await codex.thread_start()).turn("hi")
        events = [event async for event in turn.stream()]
    event, without_thread = [e for e in events if str(e.method) == "turn/glittered"]
    assert isinstance(event.payload, UnknownNotification)
    assert event.payload.params == event.params
    assert event.payload.params["sparkles"] == 3
    assert without_thread.params == {"turnId": turn.id, "sparkles": 4}


async def test_an_unknown_item_keeps_its_place_and_its_fields(model: SharedModel) -> None:
    model.script(say("ok"))
    async with AsyncCodex(later_runtime(model)) as codex:
        result = await (await codex.thread_start()).run("hi")
    assert [item.type for item in result.items] == ["hologram", "userMessage", "agentMessage"]
    unknown = result.items[0]
    assert isinstance(unknown, UnknownThreadItem)
    assert unknown.raw["depth"] == {"cm": 12}
    assert result.final_response == "ok"
