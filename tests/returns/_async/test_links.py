"""Every link that can be lost and come back: a socket, a port, a program that carries bytes."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from openai_codex import AsyncCodex, AsyncTurnHandle, CommandApproval, Handlers, methods
from openai_codex.testing import ScriptedModel, hold, run_command, say, spawn_agent, wait_agent
from openai_codex.testing.model.gate import Gate
from tests.faults.aio import start
from tests.returns.aio import a_moment, back, happened, reached
from tests.returns.cutting import Link, Server

WAYS = pytest.mark.parametrize("way", ["unix", "websocket", "proxy"])
AGENTS = "gpt-6.1-sol"  # a model that may start sub-agents

Cut = Callable[[AsyncCodex], None]


def kill_the_program(codex: AsyncCodex) -> None:
    """Kill what carries the bytes."""
    assert codex.process is not None
    os.kill(codex.process.pid, signal.SIGKILL)


async def read(turn: AsyncTurnHandle, seen: list[str]) -> None:
    """Note the items that a turn and its sub-agents complete, and that the connection is back."""
    async for event in turn.stream(agents=True):
        item: Any = event.params.get("item") or {}
        if event.method == "item/completed":
            seen.append(str(item.get("text") or item.get("type")))
        elif event.method in ("connection/reconnected", "turn/completed"):
            seen.append(event.method)


@pytest.mark.parametrize(
    ("way", "how"),
    [
        ("websocket", "cut"),
        ("websocket", "freeze"),
        ("proxy", "cut"),
        ("proxy", "freeze"),
        ("proxy", "kill"),
    ],
)
async def test_a_turn_goes_on_over_the_next_link(
    model: ScriptedModel, link: Link, way: str, how: str
) -> None:
    gate = Gate()
    last = say(deltas=["La", hold(gate), "st"])
    model.script(say("First"), run_command("echo hi", login=False), last)
    async with AsyncCodex(connect=link.connect(0.5 if how == "freeze" else None)) as codex:
        thread = await codex.thread_start()
        turn = await thread.turn("begin")
        seen: list[str] = []
        reading = start(read, turn, seen)
        await reached(gate)
        if how == "kill":
            kill_the_program(codex)
        else:
            getattr(link, how)()
        while "connection/reconnected" not in seen:
            await a_moment()
        gate.open()
        await reading.result()
        kept = [each for each in seen if each != "connection/reconnected"]
        assert kept == ["userMessage", "First", "commandExecution", "Last", "turn/completed"]
        assert turn.spent.model_calls == 2
        assert (await thread.run("more")).final_response == "Done"


@pytest.mark.parametrize("way", ["unix", "websocket"])
async def test_a_client_that_read_too_slowly_comes_back_and_has_every_item(
    model: ScriptedModel, server: Server, link: Link
) -> None:
    gate = Gate()
    words = ["word "] * 70_000  # more events than the runtime keeps for a client that reads none
    model.script(say(deltas=["", hold(gate), *words]))
    async with (
        AsyncCodex(connect=link.connect()) as codex,
        AsyncCodex(connect=server.connect) as other,
    ):
        thread = await codex.thread_start()
        running = start(thread.run, "begin")
        await reached(gate)
        link.stall()
        gate.open()
        while not await is_over(other, thread.id):
            await a_moment()
        link.mend()
        result = await running.result()
        assert codex.restarts == 1
    assert result.final_response == "".join(words)


async def is_over(codex: AsyncCodex, thread_id: str) -> bool:
    """Tell whether the last turn of a thread has ended, as the runtime has stored it."""
    params = {"threadId": thread_id, "limit": 1, "sortDirection": "desc"}
    page = await codex.call(methods.thread.TURNS_LIST, params)
    return bool(page.data) and page.data[0].status.value == "completed"


@WAYS
async def test_a_question_that_is_open_is_asked_once_and_answered_over_the_next_link(
    model: ScriptedModel, link: Link
) -> None:
    asked, may_answer = threading.Event(), threading.Event()
    seen: list[CommandApproval] = []

    def approve(question: CommandApproval) -> bool:
        seen.append(question)
        asked.set()
        may_answer.wait(30)
        return True

    model.script(run_command("echo allowed", escalate=True, login=False), say("Done"))
    handlers = Handlers(approve_command=approve)
    async with AsyncCodex(connect=link.connect(), handlers=handlers) as codex:
        thread = await codex.thread_start()
        running = start(thread.run, "begin")
        await happened(asked)
        link.cut()
        await back(codex)
        may_answer.set()
        result = await running.result()
    assert result.final_response == "Done"
    assert "allowed" in str(model.requests[-1].function_outputs.values())
    assert [question.settled.reason for question in seen] == ["answered"]


@WAYS
async def test_a_sub_agent_works_on_and_is_seen_again(model: ScriptedModel, link: Link) -> None:
    gate, asked = Gate(), list[str]()

    def approve(question: CommandApproval) -> bool:
        asked.append(str(question.thread_id))
        return True

    model.script(spawn_agent("helper", "look around"), wait_agent(), say("All done"))
    model.script(
        say("I look"),
        hold(gate),
        run_command("echo found", escalate=True, login=False),
        say("I found it"),
        agent="/root/helper",
    )
    handlers = Handlers(approve_command=approve)
    async with AsyncCodex(connect=link.connect(), handlers=handlers) as codex:
        thread = await codex.thread_start(model=AGENTS)
        turn = await thread.turn("begin")
        seen: list[str] = []
        reading = start(read, turn, seen)
        await reached(gate)
        link.cut()
        while "connection/reconnected" not in seen:
            await a_moment()
        gate.open()
        await reading.result()
        result = await turn.run()
        (helper,) = result.agents
    assert result.final_response == "All done"
    assert (helper.status, helper.result.final_response) == ("completed", "I found it")
    assert asked == [helper.thread_id]
    assert seen.count("I found it") == 1
    assert result.spent is not None
    assert result.spent.by_agent[helper.thread_id].tokens == 220


@pytest.mark.parametrize("way", ["unix"])
async def test_a_sub_agent_that_began_in_the_gap_is_found_and_its_question_is_asked(
    model: ScriptedModel, link: Link
) -> None:
    gate, asked = Gate(), list[str]()

    def approve(question: CommandApproval) -> bool:
        asked.append(str(question.thread_id))
        return True

    model.script(
        say(deltas=["I ask ", hold(gate), "others"]),
        spawn_agent("quick", "look"),
        wait_agent(),
        spawn_agent("careful", "look"),
        wait_agent(),
        say("All done"),
    )
    model.script(say("Seen"), agent="/root/quick")
    work = run_command("echo found", escalate=True, login=False)
    model.script(work, say("Found"), agent="/root/careful")
    handlers = Handlers(approve_command=approve)
    async with AsyncCodex(connect=link.connect(), handlers=handlers) as codex:
        thread = await codex.thread_start(model=AGENTS)
        turn = await thread.turn("begin")
        seen: list[str] = []
        reading = start(read, turn, seen)
        await reached(gate)
        link.cut(stays=True)
        gate.open()
        while not [each for each in model.requests if "careful" in str(each.headers)]:
            await a_moment()  # it has begun, and is about to ask
        assert asked == []
        link.mend()
        await reading.result()
        result = await turn.run()
        quick, careful = result.agents
    assert (quick.name, quick.result.final_response) == ("quick", "Seen")
    assert (careful.name, careful.result.final_response) == ("careful", "Found")
    assert asked == [careful.thread_id]
    assert [seen.count(said) for said in ("Seen", "Found")] == [1, 1]
    assert result.spent is not None
    assert result.spent.by_agent[careful.thread_id].tokens == 220
