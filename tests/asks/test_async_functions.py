"""Async functions: handlers in both faces, `on_event` in the async one alone."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import Any

import pytest

from openai_codex import AsyncCodex, Codex, CommandApproval, Handlers, Notification
from openai_codex.testing.fake import FakeAppServer, ask, turn
from tests.asks.loops import Later, Noting, note

COMMAND = "item/commandExecution/requestApproval"
ASKING = [turn(ask(COMMAND, {"itemId": "i", "command": "ls"}))]


class Listener:
    """Something with an async method."""

    def __init__(self, seen: list[str]) -> None:
        self.seen = seen

    async def hear(self, event: Notification) -> None:
        await note(self.seen, event)


def as_function(seen: list[str]) -> Any:
    async def hear(event: Notification) -> None:
        await note(seen, event)

    return hear


def as_method(seen: list[str]) -> Any:
    return Listener(seen).hear


def as_partial(seen: list[str]) -> Any:
    return functools.partial(note, seen)


def as_object(seen: list[str]) -> Any:
    return Noting(seen)


def as_partial_of_object(seen: list[str]) -> Any:
    return functools.partial(Noting(seen))


def as_lambda(seen: list[str]) -> Any:
    return lambda event: note(seen, event)


TELLING = [as_function, as_method, as_partial, as_object, as_partial_of_object]
Make = Callable[[list[str]], Any]


@pytest.mark.parametrize("make", TELLING, ids=lambda make: make.__name__)
def test_an_async_on_event_is_refused_by_the_sync_api_before_the_turn_starts(make: Make) -> None:
    with FakeAppServer() as server, Codex(server.config()) as codex:
        thread = codex.thread_start()
        with pytest.raises(TypeError, match=r"must be a plain function.* only AsyncCodex awaits"):
            thread.run("hi", on_event=make([]))
        assert not server.requests("turn/start")


@pytest.mark.parametrize("make", TELLING, ids=lambda make: make.__name__)
def test_a_sync_handle_refuses_an_async_on_event_and_can_still_be_run(
    make: Make,
) -> None:
    with FakeAppServer() as server, Codex(server.config()) as codex:
        running = codex.thread_start().turn("hi")
        with pytest.raises(TypeError, match="must be a plain function"):
            running.run(on_event=make([]))
        assert running.run().status == "completed"


def test_a_plain_on_event_that_turns_out_to_be_async_is_refused_at_the_first_event() -> None:
    with FakeAppServer() as server, Codex(server.config()) as codex:
        thread = codex.thread_start()
        with pytest.raises(TypeError, match="must be a plain function"):
            thread.run("hi", on_event=as_lambda([]))


@pytest.mark.parametrize("make", [*TELLING, as_lambda], ids=lambda make: make.__name__)
async def test_an_async_on_event_is_awaited_by_the_async_api(make: Make) -> None:
    seen: list[str] = []
    with FakeAppServer() as server:
        async with AsyncCodex(server.config()) as codex:
            await (await codex.thread_start()).run("hi", on_event=make(seen))
    assert (seen[0], seen[-1]) == ("turn/started", "turn/completed")


@pytest.mark.parametrize("on_event", [1, "text"])
async def test_an_on_event_that_cannot_be_called_is_refused_before_the_turn_starts(
    on_event: Any,
) -> None:
    with FakeAppServer() as server:
        async with AsyncCodex(server.config()) as codex:
            thread = await codex.thread_start()
            with pytest.raises(TypeError, match="on_event must be a function, got"):
                await thread.run("hi", on_event=on_event)
        assert not server.requests("turn/start")


def test_an_on_event_that_cannot_be_called_is_refused_by_the_sync_api_too() -> None:
    with FakeAppServer() as server, Codex(server.config()) as codex:
        with pytest.raises(TypeError, match="on_event must be a function, got int"):
            codex.thread_start().run("hi", on_event=1)  # type: ignore[call-overload]
        assert not server.requests("turn/start")


async def approves(question: CommandApproval) -> bool:
    await asyncio.sleep(0)
    return True


def approves_later(question: CommandApproval) -> Any:
    return Later(True)


async def cancels(question: CommandApproval) -> bool:
    raise asyncio.CancelledError


HANDLERS = [(approves, "accept"), (approves_later, "accept"), (cancels, "decline")]


@pytest.mark.parametrize("seconds", [None, 30.0])
@pytest.mark.parametrize(("handler", "decision"), HANDLERS)
def test_the_sync_api_runs_async_handlers(
    handler: Any, decision: str, seconds: float | None, caplog: pytest.LogCaptureFixture
) -> None:
    with FakeAppServer(ASKING) as server:
        handlers = Handlers(approve=handler)
        with Codex(server.config(answer_timeout=seconds), handlers=handlers) as codex:
            assert codex.thread_start().run("hi").status == "completed"
        assert [answer["result"] for answer in server.answers] == [{"decision": decision}]
    assert ("cancelled from within" in caplog.text) == (decision == "decline")


@pytest.mark.parametrize("seconds", [None, 30.0])
@pytest.mark.parametrize(("handler", "decision"), HANDLERS)
async def test_the_async_api_runs_async_handlers(
    handler: Any, decision: str, seconds: float | None, caplog: pytest.LogCaptureFixture
) -> None:
    with FakeAppServer(ASKING) as server:
        handlers = Handlers(approve=handler)
        async with AsyncCodex(server.config(answer_timeout=seconds), handlers=handlers) as codex:
            assert (await (await codex.thread_start()).run("hi")).status == "completed"
        assert [answer["result"] for answer in server.answers] == [{"decision": decision}]
    assert ("cancelled from within" in caplog.text) == (decision == "decline")
