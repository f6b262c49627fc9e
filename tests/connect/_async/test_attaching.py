"""Joining a thread that another client drives: its turn, questions and tools; and leaving it."""

from __future__ import annotations

import asyncio  # async only
import shlex
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from openai_codex import (
    Approval,
    AsyncCodex,
    AsyncThread,
    AsyncTurnHandle,
    CodexError,
    Handlers,
    InvalidRequestError,
    Sandbox,
    ThreadNotFoundError,
    tool,
)
from openai_codex.testing import (
    Gate,
    ScriptedModel,
    call_tool,
    hold,
    offline_config,
    run_command,
    say,
    spawn_agent,
    wait_agent,
)
from tests.connect.listening import WAYS, Listening
from tests.drivers.children import SOON

TYPES = ["userMessage", "commandExecution"]


async def working(
    codex: AsyncCodex, model: ScriptedModel, *more: Any, ephemeral: bool = False
) -> tuple[AsyncThread, AsyncTurnHandle, Gate]:
    """Return a thread whose turn has run a command, and is held by the model since."""
    gate = Gate()
    model.script(run_command("echo first"), [hold(gate), say("Done")], *more)
    thread = await codex.thread_start(sandbox=Sandbox.full_access, ephemeral=ephemeral or None)
    turn = await thread.turn("Go")
    gate.wait_reached()
    return thread, turn, gate


@pytest.mark.parametrize("way", WAYS)
async def test_a_turn_of_another_client_is_read_from_where_it_is(
    way: str, model: ScriptedModel, listening: Listening
) -> None:
    connect = listening.by(way)
    async with AsyncCodex(connect=connect) as first, AsyncCodex(connect=connect) as second:
        thread, _, gate = await working(first, model)
        turn = await (await second.thread_attach(thread.id)).current_turn()
        assert turn is not None
        assert turn.is_running
        assert [item.type for item in turn.items] == TYPES
        gate.open()
        result = await turn.run()
    assert (result.final_response, result.status.value) == ("Done", "completed")
    assert [item.type for item in result.items] == [*TYPES, "agentMessage"]


async def test_a_turn_that_is_joined_is_traced_from_there_on(
    model: ScriptedModel, listening: Listening
) -> None:
    connect, gate = listening.by("unix"), Gate()
    model.script(run_command("true"), [hold(gate), run_command("exit 3")], say("Done"))
    async with AsyncCodex(connect=connect) as first, AsyncCodex(connect=connect) as second:
        thread = await first.thread_start(sandbox=Sandbox.full_access)
        await thread.turn("Go")
        gate.wait_reached()
        turn = await (await second.thread_attach(thread.id)).current_turn()
        assert turn is not None
        gate.open()
        await turn.run()
        (root,) = turn.trace
    assert [child.error for child in root.children] == ["exit_code_3"]
    assert root.end is not None
    assert root.start <= root.children[0].start


async def test_the_text_of_a_message_that_runs_already_is_whole(
    model: ScriptedModel, listening: Listening
) -> None:
    connect, gate = listening.by("unix"), Gate()
    model.script(say(deltas=["It was ", hold(gate), "said."]))
    async with AsyncCodex(connect=connect) as first, AsyncCodex(connect=connect) as second:
        thread = await first.thread_start()
        turn = await thread.turn("Go")
        gate.wait_reached()
        async for piece in turn.stream_text():
            assert piece == "It was "
            break
        joined = await (await second.thread_attach(thread.id)).current_turn()
        assert joined is not None
        gate.open()
        pieces = [piece async for piece in joined.stream_text()]
        assert pieces == ["It was said."]


async def test_a_turn_that_is_not_stored_cannot_be_joined(
    model: ScriptedModel, listening: Listening
) -> None:
    connect = listening.by("unix")
    async with AsyncCodex(connect=connect) as first, AsyncCodex(connect=connect) as second:
        thread, turn, gate = await working(first, model, ephemeral=True)
        with pytest.raises(InvalidRequestError, match="ephemeral"):
            await thread.current_turn()
        with pytest.raises(ThreadNotFoundError):
            await second.thread_attach(thread.id)
        gate.open()
        await turn.run()


async def test_a_thread_at_rest_has_no_current_turn(
    model: ScriptedModel, listening: Listening
) -> None:
    model.script(say("Done"))
    async with AsyncCodex(connect=listening.by("unix")) as codex:
        thread = await codex.thread_start()
        assert await thread.current_turn() is None
        await thread.run("Go")
        assert await (await codex.thread_attach(thread.id)).current_turn() is None


async def test_a_turn_of_another_client_is_steered(
    model: ScriptedModel, listening: Listening
) -> None:
    connect = listening.by("unix")
    async with AsyncCodex(connect=connect) as first, AsyncCodex(connect=connect) as second:
        thread, _, gate = await working(first, model, say("I looked"))
        turn = await (await second.thread_attach(thread.id)).current_turn()
        assert turn is not None
        await turn.steer("And look here")
        gate.open()
        assert (await turn.run()).final_response == "I looked"


async def test_a_turn_of_another_client_is_interrupted(
    model: ScriptedModel, listening: Listening
) -> None:
    connect = listening.by("unix")
    async with AsyncCodex(connect=connect) as first, AsyncCodex(connect=connect) as second:
        thread, _, gate = await working(first, model)
        turn = await (await second.thread_attach(thread.id)).current_turn()
        assert turn is not None
        await turn.interrupt()
        assert (await turn.run()).status.value == "interrupted"
        gate.open()


async def test_a_thread_that_is_nowhere_is_told(listening: Listening) -> None:
    async with AsyncCodex(connect=listening.by("unix")) as codex:
        with pytest.raises(ThreadNotFoundError):
            await codex.thread_attach("01a22afe-3eda-72e2-ae14-b50cbfb81a28")


# --- leaving --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("leave", "status"),
    [("close", "interrupted"), ("let run", "completed"), ("detach", "completed")],
)
async def test_a_turn_ends_with_its_client_unless_told_otherwise(
    leave: str, status: str, model: ScriptedModel, listening: Listening
) -> None:
    connect, gate = listening.by("unix"), Gate()
    model.script(hold(gate), say("Done"))
    async with AsyncCodex(connect=connect) as codex:
        thread = await codex.thread_start()
        turn = await thread.turn("Go")
        gate.wait_reached()
        if leave == "detach":
            turn.detach()
        await codex.close(interrupt=leave != "let run")
    async with AsyncCodex(connect=connect) as codex:
        later = await codex.thread_attach(thread.id)
        joined = await later.current_turn()
        assert (joined is None) == (status == "interrupted")
        gate.open()
        if joined is not None:
            await joined.run()
        (found,) = [turn async for turn in later.history()]
    assert found.status.value == status


async def test_a_block_and_a_time_out_do_not_stop_a_detached_turn(
    model: ScriptedModel, listening: Listening
) -> None:
    gate = Gate()
    model.script(hold(gate), say("Done"))
    async with AsyncCodex(connect=listening.by("unix")) as codex:
        thread = await codex.thread_start()
        async with await thread.turn("Go", timeout=SOON) as turn:
            gate.wait_reached()
            turn.detach()
            with pytest.raises(TimeoutError):
                await turn.run(timeout=0.01)
        joined = await thread.current_turn()
        assert joined is not None
        async with joined:
            pass
        gate.open()
        assert (await joined.run()).final_response == "Done"


# --- questions and tools --------------------------------------------------------------------------


async def test_a_question_that_waited_is_asked_once_and_settled_everywhere(
    model: ScriptedModel, listening: Listening, tmp_path: Path
) -> None:
    connect, asked = listening.by("unix"), list[tuple[str, object]]()
    model.script(run_command("touch out.txt", escalate=True), say("Done"))
    waits = threading.Event()

    def wait(question: Approval) -> bool:
        asked.append(("first", question.item_id))
        waits.set()
        question.settled.wait()
        return False  # which comes too late

    def approve(question: Approval) -> bool:
        asked.append(("second", question.item_id))
        return True

    async with AsyncCodex(connect=connect, handlers=Handlers(approve=wait)) as first:
        thread = await first.thread_start(cwd=tmp_path)
        turn = await thread.turn("Go")
        assert await asyncio.to_thread(waits.wait, SOON)  # async only
        # sync: assert waits.wait(SOON)
        async with AsyncCodex(connect=connect) as second:
            handlers = Handlers(approve=approve)
            later = await second.thread_attach(thread.id, handlers=handlers)
            joined = await later.current_turn()
            assert joined is not None
            assert (await joined.run()).final_response == "Done"
        assert (await turn.run()).final_response == "Done"
    assert [who for who, _ in asked] == ["first", "second"]
    assert len({ident for _, ident in asked}) == 1
    assert (tmp_path / "out.txt").exists()


async def test_a_waiting_question_of_a_sub_agent_is_asked_of_a_client_that_attaches(
    model: ScriptedModel, listening: Listening
) -> None:
    connect, waits, asked = listening.by("unix"), threading.Event(), list[str]()
    model.script(spawn_agent("helper", "look"), wait_agent(), say("Done"))
    asks = run_command("echo found", escalate=True, login=False)
    model.script(asks, say("Found"), agent="/root/helper")

    def wait(question: Approval) -> bool:
        waits.set()
        question.settled.wait()
        return False

    def approve(question: Approval) -> bool:
        asked.append(str(question.thread_id))
        return True

    async with AsyncCodex(connect=connect, handlers=Handlers(approve=wait)) as first:
        thread = await first.thread_start(model="gpt-6.1-sol")
        (await thread.turn("Go")).detach()
        assert await asyncio.to_thread(waits.wait, SOON)  # async only
        # sync: assert waits.wait(SOON)
        await first.close(interrupt=False)
    async with AsyncCodex(connect=connect) as second:
        later = await second.thread_attach(thread.id, handlers=Handlers(approve=approve))
        joined = await later.current_turn()
        assert joined is not None
        result = await joined.run()
    (helper,) = result.agents
    assert (result.final_response, helper.result.final_response) == ("Done", "Found")
    assert asked == [helper.thread_id]


async def test_a_client_that_only_looks_answers_nothing(
    model: ScriptedModel, listening: Listening, tmp_path: Path
) -> None:
    @tool
    def secret_of(name: str) -> str:
        """Return a secret."""
        looked.wait(SOON)
        return f"the secret of {name}"

    looked, connect = threading.Event(), listening.by("unix")
    model.script(say("Hello"))
    model.script(call_tool("secret_of", {"name": "x"}), say("Done"))
    async with AsyncCodex(connect=connect) as first, AsyncCodex(connect=connect) as second:
        thread = await first.thread_start(tools=[secret_of])
        await thread.run("Hi")
        later = await second.thread_attach(thread.id, answers=False)
        turn = await thread.turn("Go")
        joined = await later.current_turn()
        looked.set()
        await turn.run()
        assert joined is None or (await joined.run()).final_response == "Done"
    assert "the secret of x" in str(model.requests[-1].body)


async def test_the_tools_of_a_thread_are_served_by_who_is_there(
    model: ScriptedModel, listening: Listening
) -> None:
    @tool
    def weather(city: str) -> str:
        """Return the weather."""
        return f"sun in {city}"

    connect = listening.by("unix")
    for tools, told in (([weather], "sun in Rome"), (None, "no tool of that name")):
        async with AsyncCodex(connect=connect) as first:
            thread = await first.thread_start(tools=[weather])
            model.script(say("Hello"))
            await thread.run("Hi")
            await thread.unsubscribe()
        async with AsyncCodex(connect=connect) as second:
            later = await second.thread_attach(thread.id, tools=tools)
            model.script(call_tool("weather", {"city": "Rome"}), say("Done"))
            await later.run("How is it?")
        assert told in str(model.requests[-1].body)


# --- a person looks in ----------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["unix", "websocket"])
async def test_the_line_for_the_terminal_ui_is_one_that_it_takes(
    way: str, model: ScriptedModel, listening: Listening
) -> None:
    connect = listening.by(way)
    model.script(say("Done"))
    async with AsyncCodex(connect=connect) as codex:
        thread = await codex.thread_start()
        await thread.run("Go")
        line = thread.attach_command()
    words = shlex.split(line.partition('" ')[2] or line)
    assert words[1:5] == ["resume", thread.id, "--remote", connect.address]
    assert ("--remote-auth-token-env CODEX_REMOTE_TOKEN" in line) == (way == "websocket")
    assert str(listening.server(way).token_file or "") in line
    known = help_of(words[0])
    assert [word for word in words if word.startswith("--") and word not in known] == []


async def test_a_runtime_that_does_not_listen_cannot_be_looked_into(model: ScriptedModel) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start()
        with pytest.raises(CodexError, match="start a RuntimeServer"):
            thread.attach_command()


def help_of(binary: str) -> str:
    done = subprocess.run([binary, "resume", "--help"], capture_output=True, check=True, text=True)
    return done.stdout
