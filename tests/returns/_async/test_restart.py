"""The runtime dies, and a client that was made with `restart=` goes on with another one."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from openai_codex import (
    AsyncCodex,
    AsyncThread,
    Budget,
    ClientClosedError,
    CommandApproval,
    Connect,
    ConnectionLostError,
    Handlers,
    Restart,
    Sandbox,
    ThreadLostError,
    TransportClosedError,
    tool,
)
from openai_codex.testing import ScriptedModel, call_tool, hold, offline_config, run_command, say
from openai_codex.testing.model.gate import Gate
from tests.faults.aio import Running, each, start
from tests.returns.aio import a_moment, appeared, happened, reached
from tests.returns.deaths import is_gone, kill, only_once


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what this package itself logged of runtimes that were started again."""
    ours = (record for record in caplog.records if record.name == "openai_codex.runtime")
    return [text for text in (r.getMessage() for r in ours) if "started again" in text]


async def test_a_running_turn_ends_and_its_thread_goes_on(
    model: ScriptedModel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "openai_codex.runtime")
    gate = Gate()
    model.script(run_command("echo hi", login=False), say("never", deltas=[hold(gate)]))
    async with AsyncCodex(offline_config(model), restart=Restart()) as codex:
        thread = await codex.thread_start(sandbox=Sandbox.full_access)
        turn = await thread.turn("begin")
        await reached(gate)
        pid = kill(codex)
        with pytest.raises(ConnectionLostError) as caught:
            await turn.run()
        error = caught.value
        assert (error.thread_id, error.resumable, error.signal) == (thread.id, True, 9)
        assert error.result is not None
        assert error.result.status == "inProgress"
        assert [item.type for item in error.result.items] == ["userMessage", "commandExecution"]
        assert (await thread.run("continue")).final_response == "Done"
        assert codex.process is not None
        assert codex.process.pid != pid
        assert codex.restarts == 1
        history = [turn.status async for turn in thread.history()]  # async only
        # sync: history = [turn.status for turn in thread.history()]
        assert sorted(history) == ["completed", "interrupted"]
    assert len(messages(caplog)) == 1
    told = [request.user_text for request in model.requests]
    assert told.count("begin") == 2  # the turn's two calls of the model: it was not sent again


async def test_what_is_started_right_after_a_loss_is_started_in_the_next_runtime(
    model: ScriptedModel, tmp_path: Path
) -> None:
    async def lost() -> None:
        await codex.models()
        kill(codex)
        while not codex._rpc.is_closed:  # type: ignore[union-attr]
            await a_moment()

    words = [sys.executable, "-c", "print('hi')"]
    async with AsyncCodex(offline_config(model), restart=Restart()) as codex:
        await lost()
        assert (await codex.exec(words, sandbox=Sandbox.full_access)).stdout == b"hi\n"
        await lost()
        async with await codex.start_exec(words, sandbox=Sandbox.full_access) as running:
            assert await running.wait() == 0
        await lost()
        process = await codex.processes.start(words, cwd=tmp_path)
        assert await process.wait() == 0
        await lost()
        async with codex.files.watch(tmp_path) as watch:
            (tmp_path / "new").touch()
            async for paths in watch:
                assert paths
                break


async def test_calls_under_way_fail_and_those_that_queue_are_sent_to_the_next_runtime(
    model: ScriptedModel, tmp_path: Path
) -> None:
    config = offline_config(model, max_in_flight=1)
    begun = tmp_path / "begun"
    async with AsyncCodex(config, restart=Restart()) as codex:
        await codex.models()
        command = ["sh", "-c", f"touch {begun}; sleep 60"]
        running: Running[Any] = start(codex.exec, command, sandbox=Sandbox.full_access)
        await appeared(begun)
        queued: Running[Any] = start(codex.models)
        await is_queued(codex)
        kill(codex)
        error = await running.error()
        assert type(error) is ConnectionLostError
        assert (error.thread_id, error.result) == (None, None)
        assert (await queued.result()).data
        assert codex.restarts == 1


async def is_queued(codex: AsyncCodex) -> None:
    rpc = codex._rpc
    assert rpc is not None
    while len(rpc.locked(lambda session: list(session.calls._open))) < 2:
        await a_moment()


async def test_an_answer_to_a_question_of_the_runtime_that_died_is_not_given_to_the_next(
    model: ScriptedModel,
) -> None:
    asked = [threading.Event(), threading.Event()]
    first_may_answer = threading.Event()
    seen: list[CommandApproval] = []

    def approve(question: CommandApproval) -> bool:
        seen.append(question)
        count = len(seen)
        asked[count - 1].set()
        if count == 1:
            first_may_answer.wait(30)
            return True
        first_may_answer.set()
        seen[0].settled.wait(30)
        return False

    async with AsyncCodex(offline_config(model), restart=Restart()) as codex:
        thread = await codex.thread_start(handlers=Handlers(approve_command=approve))
        model.script(run_command("echo first", escalate=True, justification="May I?"), say("no"))
        turn = await thread.turn("begin")
        await happened(asked[0])
        kill(codex)
        with pytest.raises(ConnectionLostError):
            await turn.run()
        assert seen[0].settled.reason == "closed"
        model.script(
            run_command("echo second", escalate=True, justification="May I?", call_id="c2"),
            say("Done"),
        )
        result = await thread.run("continue")
        assert [item.status for item in result.items if item.type == "commandExecution"] == [
            "declined"
        ]
        assert len(seen) == 2


async def test_a_thread_comes_back_with_its_options_its_tools_and_its_folder(
    model: ScriptedModel, tmp_path: Path
) -> None:
    @tool
    def lookup(word: str) -> str:
        """Look a word up."""
        return f"<{word}>"

    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    async with AsyncCodex(offline_config(model), restart=Restart()) as codex:
        thread = await codex.thread_start(
            cwd=first,
            base_instructions="Be brief.",
            config={"tools.update_plan": {"enabled": True}, "model_reasoning_effort": "high"},
            service_tier="flex",
            tools=[lookup],
            sandbox=Sandbox.workspace_write,
        )
        await thread.run("begin", cwd=second, effort="low", sandbox=Sandbox.read_only)
        before = model.requests[-1].body
        pid = kill(codex)
        await restarted(codex, pid)
        model.script(call_tool("lookup", {"word": "x"}, call_id="t"), say("Done"))
        await thread.run("continue")
        after = model.requests[-1].body
        assert model.requests[-1].function_outputs["t"] == "<x>"
        assert after["tools"] == before["tools"]
        assert after["reasoning"] == before["reasoning"] == {"effort": "low"}
        assert after["service_tier"] == before["service_tier"] == "flex"
        assert "Be brief." in str(after["input"][0])
        settings = await thread.read()
        assert str(settings.thread.cwd) == str(second)


async def restarted(codex: AsyncCodex, pid: int) -> None:
    """Wait until another runtime is there."""
    while codex.process is None or codex.process.pid == pid:
        await a_moment()


async def test_what_was_never_stored_says_so_when_it_is_used_again(model: ScriptedModel) -> None:
    async with AsyncCodex(offline_config(model), restart=Restart()) as codex:
        stored = await codex.thread_start()
        await stored.run("begin")
        ephemeral = await codex.thread_start(ephemeral=True)
        gate = Gate()
        model.script(say("never", deltas=[hold(gate)]))
        turn = await ephemeral.turn("begin")
        await reached(gate)
        unused = await codex.thread_start()
        kill(codex)
        with pytest.raises(ConnectionLostError) as lost:
            await turn.run()
        assert not lost.value.resumable
        for thread, reason in ((ephemeral, "it was ephemeral"), (unused, "it had no turn yet")):
            for _ in range(2):
                with pytest.raises(ThreadLostError) as caught:
                    await thread.run("hi")
                assert (caught.value.thread_id, caught.value.reason) == (thread.id, reason)
        assert (await stored.run("continue")).final_response == "Done"


async def test_a_crash_loop_ends_with_the_last_words_of_the_runtime(
    model: ScriptedModel, tmp_path: Path
) -> None:
    config, starts = only_once(model, tmp_path, 'sys.exit("out of luck")')
    async with AsyncCodex(config, restart=Restart(limit=3, within=60)) as codex:
        thread = await codex.thread_start()
        kill(codex)
        await lost(thread)
        for _ in range(2):
            with pytest.raises(TransportClosedError) as caught:
                await thread.run("hi")
            assert type(caught.value) is TransportClosedError
            assert "more than 3 times within 60 s" in caught.value.message
            assert caught.value.exit_code == 1
            assert "out of luck" in caught.value.stderr_tail
        assert codex.restarts == 0
        assert len(starts.read_text().split()) == 4


async def lost(thread: AsyncThread) -> None:
    """Wait until the client has noticed that its runtime is gone."""
    with contextlib.suppress(TransportClosedError):
        while True:
            await thread.read()


async def test_closing_during_a_restart_leaves_no_process(
    model: ScriptedModel, tmp_path: Path
) -> None:
    config, starts = only_once(model, tmp_path, "time.sleep(600)")
    async with AsyncCodex(config, restart=Restart()) as codex:
        thread = await codex.thread_start()
        kill(codex)
        while len(starts.read_text().split()) < 2:
            await a_moment()
        waiting: Running[Any] = start(thread.run, "hi")
        await codex.close()
        assert isinstance(await waiting.error(), TransportClosedError)
        with pytest.raises(ClientClosedError):
            await thread.run("hi")
    assert all(is_gone(int(pid)) for pid in starts.read_text().split())


async def test_a_runtime_that_dies_while_the_client_closes_stays_dead(model: ScriptedModel) -> None:
    for _ in range(2):
        codex = AsyncCodex(offline_config(model), restart=Restart())
        thread = await codex.thread_start()
        pid = kill(codex)
        await codex.close()
        with pytest.raises(ClientClosedError):
            await thread.run("hi")
        assert is_gone(pid)
        assert codex.process is None or not codex.process.is_alive


async def test_many_turns_are_lost_and_all_their_threads_go_on(model: ScriptedModel) -> None:
    gate = Gate()
    async with AsyncCodex(offline_config(model), restart=Restart()) as codex:
        threads = [await codex.thread_start() for _ in range(6)]
        for thread in threads:
            model.script(say("never", deltas=[hold(gate)]), thread=thread.id)
        turns = [await thread.turn("begin") for thread in threads]
        await reached(gate, 6)
        kill(codex)
        errors = await each([start(turn.run) for turn in turns])
        assert {type(error) for error in errors} == {ConnectionLostError}
        assert [error.thread_id for error in errors] == [thread.id for thread in threads]
        results = await each([start(thread.run, "continue") for thread in threads])
        assert [result.final_response for result in results] == ["Done"] * 6
        assert codex.restarts == 1


async def test_what_was_spent_is_counted_once_and_budgets_go_on(model: ScriptedModel) -> None:
    async with AsyncCodex(offline_config(model), restart=Restart()) as codex:
        thread = await codex.thread_start(budget=Budget(tokens=10_000))
        await thread.run("begin")
        before = thread.spent.tokens
        assert before > 0
        kill(codex)
        await when_back(codex)
        assert thread.spent.tokens == before
        await thread.run("continue")
        assert thread.spent.tokens == codex.spent.tokens == 2 * before
        assert thread.spent.model_calls == 2


async def when_back(codex: AsyncCodex) -> None:
    try:
        await codex.models()
    except ConnectionLostError:
        await codex.models()


async def test_a_key_in_memory_is_given_to_every_runtime(model: ScriptedModel) -> None:
    async with AsyncCodex(
        offline_config(model), api_key="sk-test-0123456789", restart=Restart()
    ) as codex:
        before = await codex.account()
        kill(codex)
        await when_back(codex)
        assert await codex.account() == before


async def test_without_restart_the_end_is_the_end(model: ScriptedModel) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start()
        kill(codex)
        await lost(thread)
        for _ in range(2):
            with pytest.raises(TransportClosedError) as caught:
                await thread.run("hi")
            assert type(caught.value) is TransportClosedError
        assert codex.restarts == 0


async def test_a_runtime_of_somebody_else_is_not_started_again() -> None:
    with pytest.raises(ValueError, match="restart="):
        AsyncCodex(connect=Connect.unix("/run/codex.sock"), restart=Restart())
