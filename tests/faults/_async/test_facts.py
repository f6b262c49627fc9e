"""Points 11 and 12: what is known of the process, and of runtimes of another version."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

import pytest

from openai_codex import (
    AsyncCodex,
    AsyncThread,
    ExternalMessage,
    TransportClosedError,
    UnsupportedByRuntimeError,
    methods,
)
from openai_codex.testing.fake import event, faults, item, on, reply, say, turn
from openai_codex.types import UnknownNotification, UnknownThreadItem
from tests.faults.aio import connect, saw
from tests.faults.play import Play


async def test_the_facts_about_the_process_are_public(play: Play) -> None:
    server = play(runtime_version="0.170.0")
    codex = await connect(server.config())
    process = codex.process
    assert process is not None
    assert process.pid == (await saw(server, "", kind="spawned")).facts["pid"]
    assert (process.is_alive, process.returncode) == (True, None)
    assert process.version == "0.170.0"
    assert process.command == (sys.executable, *server.argv[1:])
    await codex.close()
    after = codex.process
    assert after is not None
    assert (after.pid, after.is_alive, after.returncode) == (process.pid, False, 0)


async def test_the_facts_tell_how_a_runtime_died(play: Play) -> None:
    server = play(on("model/list", faults.die(signal="SIGKILL", stderr="last words\n")))
    async with AsyncCodex(server.config()) as codex:
        with pytest.raises(TransportClosedError):
            await codex.models()
        process = codex.process
        assert process is not None
        assert (process.is_alive, process.returncode) == (False, -9)
        assert process.stderr_tail == "last words"


async def test_stderr_goes_to_logging_with_its_secrets_redacted(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="openai_codex.runtime")
    text = "ERROR: Bearer sk-abcdef0123456789abcdef and api_key=hunter2hunter2\n"
    server = play(on("model/list", faults.stderr(text), faults.die(1)))
    async with AsyncCodex(server.config()) as codex:
        with pytest.raises(TransportClosedError) as caught:
            await codex.models()
    logged = [r.getMessage() for r in caplog.records if r.name == "openai_codex.runtime"]
    assert len(logged) == 1
    for told in (logged[0], caught.value.stderr_tail, str(caught.value)):
        assert "[redacted]" in told
        assert "abcdef0123456789" not in told
        assert "hunter2" not in told


async def test_any_amount_of_stderr_is_drained(play: Play) -> None:
    """More than a pipe holds, so that a runtime nobody listens to would stand still."""
    server = play(on("model/list", faults.stderr("x" * 1023 + "\n", times=2000), reply()))
    async with AsyncCodex(server.config()) as codex:
        assert (await codex.models()).data
        process = codex.process
        assert process is not None
        assert len(process.stderr_tail) < 100_000


async def test_a_runtime_that_knows_less_fails_by_name(play: Play) -> None:
    server = play(faults.unknown_method("model/list"), runtime_version="0.150.0")
    async with AsyncCodex(server.config()) as codex:
        with pytest.raises(UnsupportedByRuntimeError) as caught:
            await codex.models()
        assert "codex runtime 0.150.0 does not know this method" in str(caught.value)
        assert "AppServerConfig.codex_bin" in str(caught.value)
        assert caught.value.method == "model/list"
        assert (await (await codex.thread_start()).run("hi")).final_response == "ok"


Act = Callable[[AsyncCodex, AsyncThread], Any]

NOT_KNOWN: dict[str, tuple[str, Act]] = {
    "ExternalMessage": ("turn/start", lambda _, thread: thread.run(ExternalMessage("ci", "red"))),
    "source=": ("turn/start", lambda _, thread: thread.run("hi", source="ci")),
    "turn_service_tier=": (
        "turn/start",
        lambda _, thread: thread.turn("hi", turn_service_tier="priority"),
    ),
    "include_turns=": (
        "thread/resume",
        lambda codex, thread: codex.thread_resume(thread.id, include_turns=False),
    ),
    "`excludeTurns` (include_turns=)": (
        "thread/fork",
        lambda codex, thread: codex.thread_fork(thread.id, include_turns=True),
    ),
    "`cyberAccessProgram`": (
        "turn/start",
        lambda codex, thread: codex.call(
            methods.turn.START, {"threadId": thread.id, "input": [], "cyberAccessProgram": "x"}
        ),
    ),
}


@pytest.mark.parametrize("option", NOT_KNOWN)
async def test_an_option_that_the_runtime_would_drop_is_refused_before_it_is_sent(
    option: str, play: Play
) -> None:
    method, act = NOT_KNOWN[option]
    server = play(runtime_version="0.149.0")
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        with pytest.raises(UnsupportedByRuntimeError) as caught:
            await act(codex, thread)
        assert option in str(caught.value)
        assert "codex runtime 0.149.0 does not know" in str(caught.value)
        assert "or newer is required. Nothing was sent" in str(caught.value)
        assert caught.value.method == method
        assert caught.value.data["runtime"] == "0.149.0"
        assert server.requests(method) == []
        assert (await thread.run("hi")).final_response == "ok"
        assert len(server.requests("turn/start")) == 1


async def test_a_runtime_that_knows_an_option_is_sent_it(play: Play) -> None:
    server = play(runtime_version="0.151.0")
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        await thread.run("hi", source="ci")
        await codex.thread_resume(thread.id, include_turns=False)
        (request,) = server.requests("turn/start")
        assert request["turnTrigger"] == "ci"
        assert server.requests("thread/resume")[0]["excludeTurns"] is True


async def test_a_runtime_that_knows_more_is_understood_as_far_as_we_can(play: Play) -> None:
    server = play(
        turn(
            event("turn/mood/changed", {"mood": "great"}),
            item({"type": "hologram", "url": "x://1"}),
            say("Hello"),
        ),
        runtime_version="9.9.9",
    )
    async with AsyncCodex(server.config()) as codex:
        turn_ = await (await codex.thread_start()).turn("hi")
        notes = [note async for note in turn_.stream()]
        result = await turn_.run()
        (unknown,) = [note for note in notes if str(note.method) == "turn/mood/changed"]
        assert isinstance(unknown.payload, UnknownNotification)
        assert unknown.params["mood"] == "great"
        assert [type(each) is UnknownThreadItem for each in result.items] == [False, True, False]
        assert (result.final_response, result.items[1].type) == ("Hello", "hologram")
