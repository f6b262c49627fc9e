"""What only threads can do wrong: callers at once, a reader that fails, collection on a reader."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from openai_codex._drivers.process.platform import Platform
from openai_codex._drivers.threads.pump import PollPump
from openai_codex.errors import ClientClosedError, TransportClosedError
from tests.drivers import children
from tests.drivers._sync.harness import Harness, received
from tests.drivers.children import on_every_platform

MakePlatform = Callable[[], Platform]


@on_every_platform
def test_many_threads_call_at_once(platform: MakePlatform) -> None:
    with Harness(platform) as child, ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda number: child.ask("echo", n=number), range(400))
        assert list(answers) == [{"n": number} for number in range(400)]


@on_every_platform
def test_a_thread_that_waits_is_woken_when_another_closes(platform: MakePlatform) -> None:
    with Harness(platform) as child, ThreadPoolExecutor(1) as pool:
        waiting = child.tell("ask")
        received(child.questions)
        word = pool.submit(received, waiting)
        child.driver.close(5.0)
        assert isinstance(word.result(children.SOON).cause, ClientClosedError)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_reader_that_fails_leaves_no_waiter(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fault(BaseException):
        """What no guard against foreign code expects."""

    def broken(data: bytes) -> None:
        raise Fault

    with Harness(children.Posix) as child:
        monkeypatch.setattr(child.driver.session, "receive_data", broken)
        cause = child.death(child.tell("echo"))
        assert "failed" in str(cause)
        with pytest.raises(TransportClosedError, match="failed"):
            child.tell("echo")


@on_every_platform
def test_a_client_may_be_closed_by_the_thread_that_reads_it(platform: MakePlatform) -> None:
    before = set(threading.enumerate())
    child = Harness(platform)
    child.start(children.launch())
    process = child.process

    def collected(way: str, data: bytes) -> None:
        if way == "<":
            child.driver._abandon(5.0)

    child.driver.tap = collected
    waiting = child.tell("echo")
    received(waiting)
    assert process.wait(children.SOON)
    child.driver.close(5.0)
    for thread in set(threading.enumerate()) - before:
        thread.join(children.SOON)
        assert not thread.is_alive()


def test_the_program_does_not_wait_for_our_threads() -> None:
    before = set(threading.enumerate())
    with Harness(children.ThreadsOnly) as child:
        child.ask("echo")
        ours = set(threading.enumerate()) - before
        assert len(ours) == 4
        assert all(thread.daemon for thread in ours)


def test_a_caller_writes_what_a_pipe_takes_whole_and_leaves_the_rest_to_the_thread() -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    pump = PollPump()  # whose thread is not started
    pump.write(writer, lambda: None)
    pump.send(b"a" * select.PIPE_BUF)
    assert os.read(reader, 1 << 20) == b"a" * select.PIPE_BUF
    # Ctrl-C in the caller would lose how much of it was taken.
    pump.send(b"b" * (select.PIPE_BUF + 1))
    with pytest.raises(BlockingIOError):
        os.read(reader, 1)
    os.close(reader)
    os.close(writer)
