"""The async tools and handlers of a sync client share one loop, from the first use to close."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref

import pytest

from openai_codex import Codex, CommandApproval, Handlers, tool
from openai_codex.testing import call_tool, offline_config, run_command, say
from tests.conftest import SharedModel
from tests.no_threads import no_threads

LOOPS: list[asyncio.AbstractEventLoop] = []
LOCK: list[asyncio.Lock] = []


@tool
async def use_a_lock() -> str:
    """Use what lives on the loop, as a connection pool does."""
    LOOPS.append(asyncio.get_running_loop())
    if not LOCK:
        LOCK.append(asyncio.Lock())
    async with LOCK[0]:
        await asyncio.sleep(0)
    return "used"


async def approve(_: CommandApproval) -> bool:
    """Accept, on the same loop."""
    LOOPS.append(asyncio.get_running_loop())
    async with LOCK[0]:
        return True


def test_what_async_tools_open_lives_from_call_to_call(shared_model: SharedModel) -> None:
    LOOPS.clear()
    LOCK.clear()
    shared_model.renew()
    shared_model.script(call_tool("use_a_lock"), call_tool("use_a_lock"), say("one"))
    shared_model.script(call_tool("use_a_lock"), run_command("echo hi", escalate=True), say("two"))
    with Codex(offline_config(shared_model), handlers=Handlers(approve_command=approve)) as codex:
        thread = codex.thread_start(tools=[use_a_lock])
        assert [thread.run("hi").final_response for _ in range(2)] == ["one", "two"]
        assert [loop.is_running() for loop in LOOPS] == [True] * 4
    assert len(LOOPS) == 4
    assert len(set(LOOPS)) == 1
    assert LOOPS[0].is_closed()
    shared_model.check()


def test_a_loop_that_could_not_be_started_is_started_for_the_next_call(
    shared_model: SharedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    LOCK.clear()
    shared_model.renew()
    for answer in ("one", "two"):
        shared_model.script(call_tool("use_a_lock", call_id=answer), say(answer))
    with Codex(offline_config(shared_model)) as codex:
        thread = codex.thread_start(tools=[use_a_lock])
        no_threads(monkeypatch, "codex-loop")
        assert thread.run("hi").final_response == "one"
        monkeypatch.undo()
        assert thread.run("hi").final_response == "two"
    outputs = shared_model.requests[-1].function_outputs
    assert "can't start new thread" in str(outputs["one"])
    assert outputs["two"] == "used"


def test_a_client_whose_loop_could_not_be_started_ends_its_runtime(
    shared_model: SharedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_threads(monkeypatch, "codex-loop")
    shared_model.renew()
    shared_model.script(call_tool("use_a_lock"), say("one"))
    with Codex(offline_config(shared_model)) as codex:
        assert codex.thread_start(tools=[use_a_lock]).run("hi").final_response == "one"
    process = codex.process
    assert process is not None
    assert not process.is_alive


def test_close_cancels_what_still_runs_on_the_loop(shared_model: SharedModel) -> None:
    ended, begun = threading.Event(), threading.Event()

    @tool
    async def wait_for_ever() -> str:
        """Wait until it is cancelled."""
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return ""

    shared_model.renew()
    shared_model.script(call_tool("wait_for_ever"), say("never"))
    before = loops()
    with Codex(offline_config(shared_model)) as codex:
        codex.thread_start(tools=[wait_for_ever]).turn("hi")
        assert begun.wait(30)
    assert ended.wait(30)
    assert loops() <= before


def test_a_client_without_async_tools_has_no_loop(shared_model: SharedModel) -> None:
    shared_model.renew()
    shared_model.script(say("hi"))
    before = loops()  # of clients that other tests share
    with Codex(offline_config(shared_model)) as codex:
        codex.thread_start().run("hi")
        assert loops() <= before
    shared_model.check()


def loops() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "codex-loop"}


def use_and_lose(model: SharedModel) -> weakref.ref[Codex]:
    codex = Codex(offline_config(model))
    codex.thread_start(tools=[use_a_lock]).run("hi")
    return weakref.ref(codex)


def test_the_loop_of_a_client_that_nobody_closed_ends_with_it(shared_model: SharedModel) -> None:
    LOOPS.clear()
    LOCK.clear()
    shared_model.renew()
    shared_model.script(call_tool("use_a_lock"), say("done"))
    gone = use_and_lose(shared_model)
    end = time.monotonic() + 30
    while not LOOPS[0].is_closed() and time.monotonic() < end:
        gc.collect()
        time.sleep(0.01)
    assert gone() is None
    assert LOOPS[0].is_closed()
    shared_model.check()
