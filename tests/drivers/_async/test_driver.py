"""Whatever happens to the process or its pipes, everyone who waits is told, in time."""

from __future__ import annotations

import gc
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openai_codex._core.messages import Closed, RawQuestion, Reply, Run, encode_answer
from openai_codex._drivers.aio import Driver, Latch, Mailbox, run_in_background
from openai_codex._drivers.process.launch import Launch
from openai_codex._drivers.process.platform import Platform
from openai_codex._drivers.process.transport import ProcessTransport
from openai_codex.errors import ClientClosedError, StartupError, TransportClosedError
from tests.drivers import children
from tests.drivers._async.harness import AsyncHarness, received
from tests.drivers.children import on_every_platform

pytestmark = on_every_platform
MakePlatform = Callable[[], Platform]


# --- words ---------------------------------------------------------------------------------------


async def test_a_call_gets_its_reply(platform: MakePlatform) -> None:
    async with AsyncHarness(platform) as child:
        assert await child.ask("echo", text="größer") == {"text": "größer"}


class Events(Mailbox):
    """Take a turn's events one by one."""

    def put_run(self, run: Run) -> None:
        for note in run:
            self.put(note)


async def test_a_turns_events_arrive_in_order_and_whole(platform: MakePlatform) -> None:
    async with AsyncHarness(platform) as child:
        events = Events()
        params = {"threadId": "th", "deltas": 500}
        child.driver.call("turn/start", params, Mailbox(), events)
        notes = [await received(events) for _ in range(501)]
        assert [note.params.get("delta") for note in notes] == [*map(str, range(500)), None]
        assert notes[-1].method == "turn/completed"


async def test_a_question_arrives_and_its_answer_gets_back(platform: MakePlatform) -> None:
    async with AsyncHarness(platform) as child:
        reply = child.tell("ask")
        assert await received(child.questions) == RawQuestion(7, "attestation/generate", {})
        assert child.driver.answer(7, encode_answer(7, {"token": "x"}))
        assert (await received(reply)).result == {"id": 7, "result": {"token": "x"}}
        assert not child.driver.answer(7, encode_answer(7, {"token": "again"}))


async def test_a_question_can_be_refused(platform: MakePlatform) -> None:
    async with AsyncHarness(platform) as child:
        reply = child.tell("ask")
        await received(child.questions)
        assert child.driver.refuse(7, code=-32601, message="no")
        error = {"code": -32601, "message": "no"}
        assert (await received(reply)).result == {"id": 7, "error": error}


async def test_a_notification_is_sent(platform: MakePlatform) -> None:
    async with AsyncHarness(platform) as child:
        reply = child.tell("ask")
        await received(child.questions)
        child.driver.notify("initialized", None)  # stands where the child expects its answer
        assert (await received(reply)).result == {"method": "initialized"}


async def test_a_reply_of_many_pieces_comes_whole(platform: MakePlatform) -> None:
    async with AsyncHarness(platform) as child:
        assert len(await child.ask("long", bytes=5_000_000)) == 5_000_000


async def test_a_forgotten_call_keeps_nothing(platform: MakePlatform) -> None:
    async with AsyncHarness(platform) as child:
        box = Mailbox()
        ident = child.driver.call("echo", {}, box)
        assert ident is not None
        child.driver.forget(ident)
        await child.ask("echo")
        assert box.pop() is None


async def test_a_tap_sees_both_directions(platform: MakePlatform) -> None:
    seen: list[tuple[str, bytes]] = []
    async with AsyncHarness(platform) as child:
        child.driver.tap = lambda way, data: seen.append((way, data))
        await child.ask("echo", n=1)
    assert seen[0] == (">", b'{"id":0,"method":"echo","params":{"n":1}}\n')
    assert b"".join(data for way, data in seen if way == "<") == b'{"id": 0, "result": {"n": 1}}\n'


# --- death ---------------------------------------------------------------------------------------


async def test_an_exit_reaches_every_waiter_with_its_code_and_stderr(
    platform: MakePlatform,
) -> None:
    async with AsyncHarness(platform) as child:
        waiting, events = child.tell("ask"), Mailbox()
        await received(child.questions)
        child.driver.call("turn/start", {"threadId": "th"}, Mailbox(), events)
        child.driver.answer(7, encode_answer(7, {}))
        await received(waiting)
    async with AsyncHarness(platform) as child:
        events, reply = Mailbox(), Mailbox()
        words = "thread 'main' panicked\nno newline at the end"
        child.driver.call("exit", {"code": 3, "words": words}, reply)
        child.driver.call("turn/start", {"threadId": "th"}, Mailbox(), events)
        for box in (reply, events):
            cause = await child.death(box)
            assert (cause.exit_code, cause.signal) == (3, None)
            assert cause.stderr_tail == words
        with pytest.raises(TransportClosedError, match="exit code 3"):
            child.tell("echo")
        with pytest.raises(TransportClosedError, match="exit code 3"):
            child.driver.notify("initialized", None)


async def test_a_signal_is_told_by_its_number(platform: MakePlatform) -> None:
    async with AsyncHarness(platform) as child:
        cause = await child.death(child.tell("die", signal=int(signal.SIGKILL)))
        assert (cause.exit_code, cause.signal) == (None, signal.SIGKILL)


async def test_what_was_said_before_the_end_is_heard(platform: MakePlatform) -> None:
    async with AsyncHarness(platform) as child:
        reply = child.tell("exit", code=0, reply_first=True)
        assert await received(reply) == Reply(0, "last")
        assert (await child.death(child.questions)).exit_code == 0


async def test_a_closed_stdout_is_the_end_though_the_process_lives(
    platform: MakePlatform,
) -> None:
    async with AsyncHarness(platform) as child:
        cause = await child.death(child.tell("close_stdout"))
        assert (cause.exit_code, cause.signal) == (None, None)
        assert "closed its stdout" in str(cause)


async def test_a_closed_stdin_is_the_end_though_the_process_lives(
    platform: MakePlatform,
) -> None:
    async with AsyncHarness(platform) as child:
        await child.ask("close_stdin")
        cause = await child.death(child.tell("echo"))
        assert "closed its stdin" in str(cause)
        with pytest.raises(TransportClosedError, match="closed its stdin"):
            child.tell("echo")


async def test_a_child_that_stops_reading_stops_neither_us_nor_what_it_says(
    platform: MakePlatform,
) -> None:
    async with AsyncHarness(platform) as child:
        await child.ask("stop_reading")
        taps = Mailbox()
        child.driver.tap = lambda way, data: taps.put((way, data))
        unread = child.tell("echo", text="x" * 8_000_000)
        assert (await received(taps))[0] == ">"
        process = child.process
        os.kill(process.pid, signal.SIGUSR1)
        said = await received(taps)
        assert said == ("<", b'{"method": "skills/changed", "params": {}}\n')
        os.kill(process.pid, signal.SIGUSR2)
        reply = await received(unread)
        assert len(reply.result["text"]) == 8_000_000


async def test_what_it_prints_is_logged_and_kept_without_secrets(
    platform: MakePlatform, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="openai_codex.runtime")
    async with AsyncHarness(platform) as child:
        words = "a WARN of sorts\nusing sk-proj-0123456789\n"
        await child.death(child.tell("exit", code=1, words=words))
        process = child.process
        assert process.stderr.text == "a WARN of sorts\nusing [redacted]"
    logged = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert logged == [("WARNING", "a WARN of sorts"), ("INFO", "using [redacted]")]


# --- closing -------------------------------------------------------------------------------------


async def test_closing_ends_the_process_and_every_wait(platform: MakePlatform) -> None:
    async with AsyncHarness(platform) as child:
        waiting = child.tell("ask")
        await received(child.questions)
        await child.driver.close(5.0)
        assert isinstance((await received(waiting)).cause, ClientClosedError)
        process = child.process
        assert process.returncode == 0
        with pytest.raises(ClientClosedError):
            child.tell("echo")


async def test_closing_twice_and_at_once_is_fine(platform: MakePlatform) -> None:
    async with AsyncHarness(platform) as child:
        closed = [Latch(), Latch(), Latch()]

        async def close(latch: Latch) -> None:
            await child.driver.close(5.0)
            latch.set()

        for latch in closed:
            run_in_background(lambda latch=latch: close(latch))  # type: ignore[misc]
        for latch in closed:
            assert await latch.wait(children.SOON)
        await child.driver.close(5.0)


async def test_closing_before_the_start_is_fine(platform: MakePlatform) -> None:
    transport = ProcessTransport(children.CAT, platform=platform())
    driver = Driver(children.session(Mailbox()), transport)
    await driver.close(5.0)
    with pytest.raises(ClientClosedError):
        driver.call("echo", {}, Mailbox())


async def test_closing_after_its_death_is_fine(platform: MakePlatform) -> None:
    async with AsyncHarness(platform) as child:
        await child.death(child.tell("exit", code=3))
        await child.driver.close(5.0)
        with pytest.raises(TransportClosedError, match="exit code 3"):
            child.tell("echo")


@pytest.mark.parametrize(
    ("stubbornness", "number"),
    [("ignore_eof", signal.SIGTERM), ("ignore_term", signal.SIGKILL)],
)
async def test_the_ladder_is_climbed_as_far_as_needed(
    platform: MakePlatform, stubbornness: str, number: int
) -> None:
    async with AsyncHarness(platform) as child:
        await child.ask(stubbornness)
        began = time.monotonic()
        await child.driver.close(1.0)
        assert time.monotonic() - began < 4.0
        process = child.process
        assert process.returncode == -number


async def test_a_frozen_child_is_killed_sooner_than_one_that_works(
    platform: MakePlatform,
) -> None:
    async with AsyncHarness(platform) as child:
        await child.ask("echo")
        os.kill(child.process.pid, signal.SIGSTOP)
        began = time.monotonic()
        await child.driver.close(8.0)
        assert time.monotonic() - began < 5.0  # 4 and 2.4 seconds are what others are given
        assert child.process.returncode == -signal.SIGKILL


async def test_a_child_that_works_on_its_end_is_given_its_time(platform: MakePlatform) -> None:
    async with AsyncHarness(platform) as child:
        await child.ask("end_slowly", seconds=1.8)
        await child.driver.close(8.0)  # a frozen one would be terminated after 1.2
        assert child.process.returncode == 0


async def test_closing_is_prompt_when_only_a_pipe_was_gone(platform: MakePlatform) -> None:
    async with AsyncHarness(platform) as child:
        await child.death(child.tell("close_stdout"))
        process = child.process
        os.kill(process.pid, signal.SIGKILL)
        began = time.monotonic()
        await child.driver.close(30.0)
        assert time.monotonic() - began < 10.0
        assert process.returncode == -signal.SIGKILL


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


async def test_a_grandchild_that_holds_the_pipes_ends_with_its_parent(
    platform: MakePlatform, fifo: Path
) -> None:
    async with AsyncHarness(platform) as child:
        spawned = child.tell("spawn", fifo=str(fifo), stray=False)
        with fifo.open("rb") as lives:
            await received(spawned)
            cause = await child.death(child.tell("exit", code=3))
            assert cause.exit_code == 3
            assert lives.read() == b""  # the end: nobody holds the other side any more


async def test_a_stray_grandchild_that_holds_the_pipes_holds_up_nobody(
    platform: MakePlatform, fifo: Path
) -> None:
    async with AsyncHarness(platform) as child:
        spawned = child.tell("spawn", fifo=str(fifo), stray=True)
        with fifo.open("rb") as lives:
            stray = (await received(spawned)).result
            cause = await child.death(child.tell("exit", code=3))
            assert cause.exit_code == 3
            began = time.monotonic()
            await child.driver.close(30.0)
            assert time.monotonic() - began < 5.0
            children.end(stray)
            assert lives.read() == b""


# --- starting ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        Launch(("/nonexistent/codex",), {}, None),
        Launch(("cat",), dict(os.environ), "/nonexistent"),
        Launch(("cat", "\0"), dict(os.environ), None),
    ],
    ids=["no program", "no directory", "no argument"],
)
async def test_what_cannot_be_spawned_is_a_startup_error(
    platform: MakePlatform, wrong: Launch
) -> None:
    child = AsyncHarness(platform)
    with pytest.raises(StartupError, match="could not be started") as caught:
        await child.start(wrong)
    assert caught.value.__cause__ is not None
    assert ("cwd names no folder" in str(caught.value)) is (wrong.cwd is not None)
    await child.driver.close(5.0)


# --- nothing left behind -------------------------------------------------------------------------


async def test_many_clients_leave_no_descriptor_and_no_thread(platform: MakePlatform) -> None:
    async def cycle() -> None:
        child = AsyncHarness(platform)
        await child.start(children.CAT)
        await child.driver.close(5.0)

    await cycle()
    descriptors, threads = children.open_descriptors(), set(threading.enumerate())
    for _ in range(200):
        await cycle()
    assert children.open_descriptors() <= descriptors
    assert set(threading.enumerate()) <= threads


async def test_a_client_that_nobody_closed_ends_when_it_is_collected(
    platform: MakePlatform,
) -> None:
    child = AsyncHarness(platform)
    await child.start(children.CAT)
    process = child.process

    class Owner:
        """Stands for the connection that owns the driver."""

    owner: Any = Owner()
    owner.itself = owner
    child.driver.abandon_with(owner, 5.0)
    del owner
    gc.collect()
    assert process.wait(children.SOON)
    assert process.returncode == 0


async def test_every_waiter_learns_of_the_end_once(platform: MakePlatform) -> None:
    async with AsyncHarness(platform) as child:
        waiting = child.tell("exit", code=3)
        assert isinstance(await received(waiting, children.DEATH_BOUND), Closed)
        await child.driver.close(5.0)
        assert waiting.pop() is None
        assert isinstance(await received(child.questions), Closed)
        assert child.questions.pop() is None
