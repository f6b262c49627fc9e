"""Readers of events outside turns: each has its bound, and learns of the end."""

from __future__ import annotations

import pytest

from openai_codex import AsyncCodex, StreamOverflowError, TransportClosedError
from openai_codex.testing.fake import faults, notify, on, reply
from tests.faults.aio import start
from tests.faults.play import Play


async def test_a_reader_that_falls_behind_loses_its_events_alone(play: Play) -> None:
    told = [notify("skills/changed", {"note": "x" * 300}) for _ in range(5)]
    server = play(on("model/list", *told, reply(), times=1))
    async with AsyncCodex(server.config(max_unread_bytes=1000)) as codex:
        slow = codex.events()
        await codex.models()
        with pytest.raises(StreamOverflowError):
            await slow.__anext__()
        assert await codex.events().__anext__()


async def test_the_death_of_the_runtime_ends_the_events(play: Play) -> None:
    server = play(on("model/list", faults.die(3), times=1))
    codex = AsyncCodex(server.config())
    waiting = start(codex.events().__anext__)
    with pytest.raises(TransportClosedError):
        await codex.models()
    error = await waiting.error()
    assert isinstance(error, TransportClosedError)
    await codex.close()
