"""A caller of the sync face reads its reply from the pipe itself: nothing else may wait for that.

The moment for which it does so is made long here, so that what must end it is seen to end it; but
not where a client is closed, for what the caller sleeps at may be closed before it has woken.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import openai_codex
from openai_codex import ClientClosedError, Codex, RequestTimeoutError, TransportClosedError
from openai_codex._drivers.lendable_pipe import NOBODY
from openai_codex._drivers.threads import driver
from openai_codex.testing.fake import FakeAppServer, Step, ask, faults, on, pause, reply
from openai_codex.types import ModelListResponse
from tests.ctrl_c import CtrlC
from tests.faults.play import Play
from tests.faults.threads import BOUND, Running, assert_idle, nap, saw, start

pytestmark = pytest.mark.skipif(not hasattr(select, "epoll"), reason="pipes are lent with epoll")

long = pytest.mark.usefixtures("long_moment")

SLOW = on("model/list", pause("slow"), reply(), times=1)


@pytest.fixture
def long_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "_MOMENT", 10 * BOUND)


def borrowing(codex: Codex, server: FakeAppServer) -> Running[ModelListResponse]:
    """Begin a call that has the pipe, and whose reply waits to be released."""
    call = start(codex.models)
    saw(server, "slow", kind="paused")
    assert is_lent(codex)
    return call


def knock(server: FakeAppServer) -> None:
    """Send a signal once the main thread waits for its reply, and holds no lock of the client."""
    saw(server, "slow", kind="paused")
    main = threading.main_thread().ident or 0
    while sys._current_frames()[main].f_code.co_name not in ("borrow", "wait"):
        nap(0.001)
    os.kill(os.getpid(), signal.SIGUSR1)


def is_lent(codex: Codex) -> bool:
    assert codex._rpc is not None
    pipe = codex._rpc.driver._lendable
    assert pipe is not None
    return pipe.loan != NOBODY


@long
def test_a_lone_request_has_the_pipe_and_gives_it_back(play: Play) -> None:
    server = play(SLOW)
    with Codex(server.config()) as codex:
        call = borrowing(codex, server)
        server.release("slow")
        call.result()
        assert not is_lent(codex)
        assert_idle(codex)


@long
def test_others_are_answered_while_a_caller_has_the_pipe(play: Play) -> None:
    server = play(SLOW)
    with Codex(server.config()) as codex:
        call = borrowing(codex, server)
        thread = codex.thread_start()
        assert thread.run("hi").final_response == "ok"
        server.release("slow")
        call.result()
        assert_idle(codex)


@long
def test_a_question_is_answered_while_a_caller_has_the_pipe(play: Play) -> None:
    server = play(on("model/list", pause("slow"), ask("attestation/generate"), reply(), times=1))
    with Codex(server.config()) as codex:
        call = borrowing(codex, server)
        server.release("slow")
        saw(server, "attestation/generate", kind="answered")
        call.result()
        assert_idle(codex)


@long
def test_a_signal_handler_may_call_while_the_thread_below_it_has_the_pipe(play: Play) -> None:
    server = play(SLOW)
    names: list[str | None] = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        names.append(codex.thread_start().read().thread.id)
        server.release("slow")

    with Codex(server.config()) as codex, _signal(signal.SIGUSR1, on_signal):
        knocking = start(knock, server)
        assert codex.models().data
        knocking.result()
        assert len(names) == 1
        assert_idle(codex)


def test_a_signal_handler_may_close_the_client_below_it(play: Play) -> None:
    server = play(SLOW)

    def on_signal(number: int, frame: FrameType | None) -> None:
        codex.close()

    with Codex(server.config()) as codex, _signal(signal.SIGUSR1, on_signal):
        knocking = start(knock, server)
        with pytest.raises(ClientClosedError):
            codex.models()
        knocking.result()


def test_close_from_another_thread_wakes_who_has_the_pipe(play: Play) -> None:
    server = play(SLOW)
    with Codex(server.config()) as codex:
        call = start(codex.models)
        saw(server, "slow", kind="paused")
        codex.close()
        assert isinstance(call.error(), ClientClosedError)


@long
@pytest.mark.parametrize("end", [faults.die(3), faults.close_stdout()], ids=["die", "stdout"])
def test_who_has_the_pipe_is_told_of_the_end(play: Play, end: Step) -> None:
    server = play(on("model/list", pause("slow"), end, pause(), times=1))
    with Codex(server.config()) as codex:
        call = borrowing(codex, server)
        server.release("slow")
        assert isinstance(call.error(), TransportClosedError)


@long
def test_who_has_the_pipe_meets_its_deadline(play: Play) -> None:
    server = play(SLOW)
    with Codex(server.config(request_timeout=0.1)) as codex:
        with pytest.raises(RequestTimeoutError):
            codex.models()
        server.release("slow")
        assert codex.models().data
        assert_idle(codex)


def test_ctrl_c_anywhere_in_a_request_leaves_a_client_that_works(play: Play) -> None:
    server, came = play(), 0
    with Codex(server.config()) as codex:
        thread = codex.thread_start()
        for place in range(1, 130):
            ctrl_c = CtrlC(place, below=str(Path(openai_codex.__file__).parent))
            with contextlib.suppress(KeyboardInterrupt), ctrl_c:
                thread.read()
            came += ctrl_c.came
            assert thread.read().thread.id == thread.id
            assert not is_lent(codex)
            assert_idle(codex)
    assert came > 50


@contextlib.contextmanager
def _signal(number: signal.Signals, handler: Any) -> Iterator[None]:
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)
