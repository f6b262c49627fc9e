"""A turn that is left, by whatever strikes its caller, is stopped; its caller ends at once."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from openai_codex import (
    AsyncCodex,
    Codex,
    CodexError,
    TransportClosedError,
    TurnHandle,
    TurnTimeoutError,
)
from openai_codex.telemetry import witness
from openai_codex.testing.fake import begin, event, faults, on, pause, reply, say, silent, turn
from tests.ctrl_c import CtrlC
from tests.faults.aio import BOUND, assert_idle, saw
from tests.faults.play import Play
from tests.no_threads import no_threads

RECORDING = str(Path(witness.__file__).parent)

# --- cancelled by anyio, twice, or with the client ------------------------------------------------

UNANSWERED = (on("turn/start", pause("late"), reply(), times=1), turn(pause()))
NOT_BEGUN = (turn(reply(), pause("late"), begin(), pause()),)
TOO_EARLY = (faults.interrupt_too_early(times=3), turn(pause("late"), pause()))
MOMENTS = pytest.mark.parametrize(
    "script", [UNANSWERED, NOT_BEGUN, TOO_EARLY], ids=["unanswered", "not begun", "too early"]
)


@MOMENTS
async def test_a_scope_of_anyio_that_is_cancelled_stops_the_turn(
    play: Play, script: tuple[Any, ...]
) -> None:
    server = play(*script)
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as group:
                group.start_soon(thread.run, "hi")
                await saw(server, "late", kind="paused")
                scope.cancel()
        assert scope.cancelled_caught
        server.release("late")
        await saw(server, kind="interrupted")
        await assert_idle(codex)
        assert (await thread.run("again")).final_response == "ok"
        assert len(server.requests("turn/start")) == 2


@MOMENTS
async def test_a_task_that_is_cancelled_twice_stops_its_turn(
    play: Play, script: tuple[Any, ...]
) -> None:
    server = play(*script)
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        task = asyncio.create_task(thread.run("hi"))
        await saw(server, "late", kind="paused")
        for _ in range(2):
            task.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, BOUND)
        server.release("late")
        await saw(server, kind="interrupted")
        await assert_idle(codex)


async def test_a_cancelled_task_ends_though_the_runtime_does_not_answer(play: Play) -> None:
    server = play(turn(silent()))
    async with AsyncCodex(server.config(interrupt_timeout=0.2)) as codex:
        task = asyncio.create_task((await codex.thread_start()).run("hi"))
        await saw(server, "silent", kind="paused")
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=0.1)
        assert done
    assert server.requests("turn/interrupt")


async def test_the_next_turn_of_a_thread_waits_for_the_one_that_was_left(play: Play) -> None:
    server = play(turn(pause("now")), turn(say("fresh")))
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        task = asyncio.create_task(thread.run("hi"))
        await saw(server, "now", kind="paused")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert (await thread.run("again")).final_response == "fresh"


async def test_close_waits_for_the_turns_that_were_left(play: Play) -> None:
    server = play(*TOO_EARLY)
    async with AsyncCodex(server.config()) as codex:
        task = asyncio.create_task((await codex.thread_start()).run("hi"))
        await saw(server, "late", kind="paused")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert len(server.requests("turn/interrupt")) == 4  # the last of them was not refused


async def test_a_close_that_is_cancelled_goes_on_to_its_end(play: Play) -> None:
    server = play(faults.ignores_eof())
    codex = await AsyncCodex(server.config(shutdown_timeout=2)).__aenter__()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await codex.close()
    assert scope.cancelled_caught
    await saw(server, kind="ended")


# --- struck by a signal --------------------------------------------------------------------------


class SoftLimitError(Exception):
    """What a signal handler of the program raises, as Celery's soft time limit does."""


@pytest.fixture
def struck() -> Iterator[Callable[[], None]]:
    """Give what raises a SoftLimitError in the main thread, as a signal handler may at any time."""

    def strike(*_: object) -> None:
        raise SoftLimitError

    before = signal.signal(signal.SIGUSR1, strike)
    main = threading.main_thread().ident
    assert main is not None
    yield lambda: signal.pthread_kill(main, signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)


def when(server: Any, name: str, then: Callable[[], None]) -> None:
    """Do something once the server has recorded a pause."""

    def wait() -> None:
        server.wait_for(name, kind="paused", timeout=BOUND)
        then()

    threading.Thread(target=wait, daemon=True).start()


@MOMENTS
def test_an_exception_of_a_signal_handler_stops_the_turn(
    play: Play, struck: Callable[[], None], script: tuple[Any, ...]
) -> None:
    server = play(*script)
    with Codex(server.config()) as codex:
        thread = codex.thread_start()
        when(server, "late", struck)
        with pytest.raises(SoftLimitError):
            thread.run("hi")
        server.release("late")
        server.wait_for(kind="interrupted", timeout=BOUND)
        assert thread.run("again").final_response == "ok"


def test_a_turn_that_began_before_its_caller_noted_its_start_is_stopped(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine the reply may be there before the call that sends has returned."""
    server = play(turn(pause()), turn(say("fresh")))
    with Codex(server.config()) as codex:
        thread, rpc = codex.thread_start(), codex._rpc
        assert rpc is not None
        call = rpc.driver.call

        def struck(method: str, params: Any, reply: Any, *rest: Any) -> int:
            ident = call(method, params, reply, *rest)
            if method == "turn/start":
                monkeypatch.undo()
                reply.wait(BOUND)
                raise SoftLimitError
            return ident

        monkeypatch.setattr(rpc.driver, "call", struck)
        with pytest.raises(SoftLimitError):
            thread.run("hi")
        server.wait_for(kind="interrupted", timeout=BOUND)
        assert thread.run("again").final_response == "fresh"


def test_an_exception_that_comes_while_a_turn_is_recorded_reaches_its_caller(play: Play) -> None:
    """The recorder keeps its own faults from the turn, but not what ends the turn from outside."""

    def strike() -> None:
        raise SoftLimitError

    server, place, came = play(), 0, True
    with Codex(server.config()) as codex:
        thread = codex.thread_start()
        while came:
            place += 1
            struck = CtrlC(place, below=RECORDING, do=strike)
            try:
                with struck:
                    thread.run("hi")
                assert not struck.came, f"swallowed at place {place}"
            except SoftLimitError:
                pass
            came = struck.came
    assert place > 20


def read(turn_: TurnHandle, server: Any, strike: Callable[[], None]) -> None:
    when(server, "now", strike)
    for _ in turn_.stream():
        pass


def test_an_exception_of_a_signal_handler_stops_the_turn_of_a_stream(
    play: Play, struck: Callable[[], None]
) -> None:
    server = play(turn(say("Hel", finish=False), pause("now")))
    with Codex(server.config()) as codex:
        turn_ = codex.thread_start().turn("hi")
        queue = turn_._box.queue

        def strike() -> None:
            while not queue._sleepers:  # not before the reader waits
                time.sleep(0.001)
            struck()

        with pytest.raises(SoftLimitError):
            read(turn_, server, strike)
        server.wait_for(turn_.id, kind="interrupted", timeout=BOUND)


def test_a_reader_that_has_seen_enough_does_not_stop_the_turn(play: Play) -> None:
    server = play(turn(event("warning"), pause("now"), say("done")))
    with Codex(server.config()) as codex:
        turn_ = codex.thread_start().turn("hi")
        for note in turn_.stream():
            if note.method == "warning":
                break
        server.release("now")
        assert turn_.run().final_response == "done"
        assert not server.requests("turn/interrupt")


def test_the_end_of_the_runtime_stops_nothing(play: Play) -> None:
    server = play(turn(pause("now"), faults.die()))
    with Codex(server.config()) as codex:
        turn_ = codex.thread_start().turn("hi")
        server.release("now")
        with pytest.raises(TransportClosedError):
            turn_.run()
    assert not server.requests("turn/interrupt")


# --- without threads ------------------------------------------------------------------------------


def test_a_limit_acts_as_soon_as_a_thread_can_be_started(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = play(turn(say("Hel", finish=False), pause()))
    with Codex(server.config()) as codex:
        turn_ = codex.thread_start().turn("hi", timeout=0.2)
        no_threads(monkeypatch, "codex-answer")
        with pytest.raises(CodexError, match="no thread could be started"):
            turn_.run()
        monkeypatch.undo()
        with pytest.raises(TurnTimeoutError):
            turn_.run()
