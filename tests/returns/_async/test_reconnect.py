"""The link to an attached runtime is lost, and a client goes on over the next one."""

from __future__ import annotations

import logging
import threading

import pytest

from openai_codex import (
    AsyncCodex,
    AsyncTurnHandle,
    CommandApproval,
    Connect,
    ConnectionLostError,
    Handlers,
    TransportClosedError,
    methods,
    tool,
)
from openai_codex.testing import ScriptedModel, call_tool, hold, run_command, say
from openai_codex.testing.model.gate import Gate
from openai_codex.types import ReconnectedNotification
from tests.faults.aio import start
from tests.returns.aio import a_moment, back, happened, reached
from tests.returns.cutting import Link, Server


async def away(codex: AsyncCodex) -> None:
    """Wait until the client has noticed that its link is lost."""
    while codex._rpc is None or codex._rpc.driver.session.cause is None:
        await a_moment()


async def status(codex: AsyncCodex, thread_id: str) -> str:
    """Return what the runtime says of a thread: active, or idle."""
    reply = await codex.call(methods.thread.READ, {"threadId": thread_id})
    return str(reply.thread.status.type)


async def read(turn: AsyncTurnHandle, seen: list[str]) -> None:
    """Note the events of a turn, and each item with its text or id."""
    async for event in turn.stream():
        if event.method == "connection/reconnected":
            gap = event.payload
            assert isinstance(gap, ReconnectedNotification)
            assert (gap.thread_id, gap.turn_id, gap.missed) == (turn.thread_id, turn.id, "deltas")
        item = event.params.get("item") or {}
        seen.append(f"{event.method} {item.get('text') or item.get('id') or ''}".strip())


async def text_of(turn: AsyncTurnHandle, pieces: list[str]) -> None:
    """Note the text of a turn, in pieces."""
    async for text in turn.stream_text():
        pieces += [text]


@pytest.mark.parametrize("how", ["cut", "freeze"])
async def test_a_turn_that_runs_on_is_read_on(
    model: ScriptedModel, link: Link, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    caplog.set_level(logging.WARNING, "openai_codex.runtime")
    gate = Gate()
    last = say("Last", deltas=["La", hold(gate), "st"])
    model.script(say("First"), run_command("echo hi", login=False), last)
    way = Connect.unix(link.path, ping=0.2 if how == "freeze" else 20)
    async with AsyncCodex(connect=way) as codex:
        thread = await codex.thread_start()
        turn = await thread.turn("begin")
        seen: list[str] = []
        reading = start(read, turn, seen)
        await reached(gate)
        getattr(link, how)()
        await back(codex)
        while "connection/reconnected" not in seen:
            await a_moment()
        gate.open()
        await reading.result()
        assert seen.count("connection/reconnected") == 1
        completed = [line for line in seen if line.startswith("item/completed")]
        assert len(completed) == len(set(completed)) == 4
        assert completed[-1] == "item/completed Last"
        assert seen[-1] == "turn/completed"
        assert turn.spent.model_calls == 2
        assert thread.spent.tokens == codex.spent.tokens == turn.spent.tokens > 0
        assert (await thread.run("more")).final_response == "Done"
    assert len([r for r in caplog.records if "is back" in r.getMessage()]) == 1


async def test_the_text_of_a_message_is_whole_though_pieces_of_it_came_in_the_gap(
    model: ScriptedModel, link: Link
) -> None:
    first, second = Gate(), Gate()
    model.script(say(deltas=["It ", hold(first), "was ", hold(second), "said."]))
    async with AsyncCodex(connect=Connect.unix(link.path)) as codex:
        thread = await codex.thread_start()
        turn = await thread.turn("begin")
        pieces: list[str] = []
        reading = start(text_of, turn, pieces)
        await reached(first)
        while not pieces:
            await a_moment()
        link.cut(stays=True)
        await away(codex)
        first.open()
        await reached(second)
        link.mend()
        await back(codex)
        second.open()
        await reading.result()
    assert pieces == ["It ", "was said."]


async def test_a_turn_that_ended_meanwhile_has_its_whole_result(
    model: ScriptedModel, server: Server, link: Link
) -> None:
    gate = Gate()
    first = say("First", deltas=["Fi", hold(gate), "rst"])
    model.script(first, run_command("echo hi", login=False), say("Last"))
    async with AsyncCodex(connect=Connect.unix(link.path)) as codex:
        thread = await codex.thread_start()
        turn = await thread.turn("begin")
        await reached(gate)
        running = start(turn.run)
        link.cut(stays=True)
        gate.open()
        async with AsyncCodex(connect=Connect.unix(server.path)) as other:
            while await status(other, thread.id) != "idle":
                await a_moment()
        link.mend()
        result = await running.result()
        assert (result.status, result.final_response) == ("completed", "Last")
        kinds = [item.type for item in result.items]
        assert kinds == ["userMessage", "agentMessage", "commandExecution", "agentMessage"]
        assert thread.spent.commands == 1
        later = await thread.run("more")
        assert later.usage is not None
        assert codex.spent.tokens == later.usage.total.total_tokens


async def test_an_answer_given_while_the_link_is_down_goes_out_over_the_next_one(
    model: ScriptedModel, link: Link
) -> None:
    asked, may_answer = threading.Event(), threading.Event()
    seen: list[CommandApproval] = []

    def approve(question: CommandApproval) -> bool:
        seen.append(question)
        asked.set()
        may_answer.wait(30)
        return False

    model.script(run_command("echo hi", escalate=True, justification="May I?"), say("Done"))
    handlers, way = Handlers(approve_command=approve), Connect.unix(link.path)
    async with AsyncCodex(connect=way, handlers=handlers) as codex:
        thread = await codex.thread_start()
        running = start(thread.run, "begin")
        await happened(asked)
        link.cut(stays=True)
        await away(codex)
        may_answer.set()
        while not seen[0].settled:
            await a_moment()
        link.mend()
        assert (await running.result()).final_response == "Done"
        (output,) = model.requests[-1].function_outputs.values()
        assert "rejected by user" in output
        assert len(seen) == 1
        assert seen[0].settled.reason == "answered"


async def test_a_handler_that_is_still_answering_is_not_asked_again(
    model: ScriptedModel, link: Link
) -> None:
    called, may_return = threading.Event(), threading.Event()
    calls: list[str] = []

    @tool
    def slow(word: str) -> str:
        """Take a while."""
        calls.append(word)
        called.set()
        may_return.wait(30)
        return f"<{word}>"

    model.script(call_tool("slow", {"word": "x"}, call_id="t"), say("Done"))
    async with AsyncCodex(connect=Connect.unix(link.path)) as codex:
        thread = await codex.thread_start(tools=[slow])
        running = start(thread.run, "begin")
        await happened(called)
        for count in (1, 2):
            link.cut()
            await back(codex, count)
        may_return.set()
        assert (await running.result()).final_response == "Done"
        assert calls == ["x"]
        assert model.requests[-1].function_outputs["t"] == "<x>"


async def test_a_server_that_died_and_is_there_again_has_interrupted_the_turn(
    model: ScriptedModel, server: Server
) -> None:
    gate = Gate()
    model.script(say("never", deltas=["ne", hold(gate), "ver"]))
    async with AsyncCodex(connect=Connect.unix(server.path)) as codex:
        thread = await codex.thread_start()
        running = start(thread.run, "begin")
        await reached(gate)
        server.kill()
        server.start()
        assert (await running.result()).status == "interrupted"
        assert (await thread.run("continue")).final_response == "Done"


async def test_a_turn_of_an_ephemeral_thread_is_lost_with_its_server(
    model: ScriptedModel, server: Server
) -> None:
    gate = Gate()
    model.script(say("never", deltas=["ne", hold(gate), "ver"]))
    async with AsyncCodex(connect=Connect.unix(server.path)) as codex:
        thread = await codex.thread_start(ephemeral=True)
        running = start(thread.run, "begin")
        await reached(gate)
        server.kill()
        server.start()
        error = await running.error()
        assert isinstance(error, ConnectionLostError)
        assert (error.thread_id, error.resumable) == (thread.id, False)


async def test_a_runtime_that_stays_away_ends_everything_in_time(
    model: ScriptedModel, link: Link, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()
    model.script(say("never", deltas=["ne", hold(gate), "ver"]))
    way = Connect.unix(link.path)
    async with AsyncCodex(connect=way, reconnect_timeout=0.2) as codex:
        thread = await codex.thread_start()
        running = start(thread.run, "begin")
        await reached(gate)
        link.cut(stays=True)
        error = await running.error()
        assert type(error) is TransportClosedError
        assert "could not be reached again within 0.2 s" in str(error)
        with pytest.raises(TransportClosedError, match="could not be reached"):
            await thread.run("hi")
    lost = [record for record in caplog.records if "runtime is lost" in record.getMessage()]
    assert [record.levelname for record in lost] == ["WARNING"]


async def test_closing_while_the_runtime_is_away_is_final(
    model: ScriptedModel, server: Server, link: Link
) -> None:
    async with AsyncCodex(connect=Connect.unix(link.path)) as codex:
        thread = await codex.thread_start()
        link.cut(stays=True)
        await away(codex)
        waiting = start(thread.run, "hi")
        await codex.close()
        assert isinstance(await waiting.error(), TransportClosedError)
    assert server.process.poll() is None


async def test_without_time_to_reconnect_the_end_of_the_link_is_the_end(
    model: ScriptedModel, link: Link
) -> None:
    way = Connect.unix(link.path)
    async with AsyncCodex(connect=way, reconnect_timeout=0) as codex:
        thread = await codex.thread_start()
        link.cut()
        await away(codex)
        with pytest.raises(TransportClosedError):
            await thread.read()
        assert codex.restarts == 0
