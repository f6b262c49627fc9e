"""What a signal does to a caller of the sync client that waits: its handler may call and close."""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import functools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider

import openai_codex
from openai_codex import ClientClosedError, Codex, Telemetry
from openai_codex._drivers import settlement
from openai_codex._drivers.settlement import Settlement
from openai_codex._drivers.threads import Latch, Mailbox
from openai_codex._drivers.threads import waiting as threads_waiting
from openai_codex.telemetry import wire_log
from openai_codex.testing.fake import FakeAppServer, on, pause, reply
from tests.ctrl_c import CtrlC
from tests.faults.play import Play
from tests.faults.threads import BOUND, assert_idle, nap, saw, start

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="needs signals of POSIX")

PACKAGE = str(Path(openai_codex.__file__).parent)
SLOW = on("model/list", pause("slow"), reply(), times=1)


def knock(server: FakeAppServer) -> None:
    """Send a signal once the main thread waits for its reply, and holds no lock of the client."""
    saw(server, "slow", kind="paused")
    main = threading.main_thread().ident or 0
    while sys._current_frames()[main].f_code.co_name != "sleep_on":
        nap(0.001)
    os.kill(os.getpid(), signal.SIGUSR1)


def test_a_signal_handler_may_call_while_the_frame_below_it_waits(play: Play) -> None:
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


def test_a_signal_handler_may_call_at_any_place_of_a_request(play: Play) -> None:
    server, came = play(), 0
    with Codex(server.config(request_timeout=BOUND)) as codex:
        thread = codex.thread_start()
        for place in range(1, 200):
            signalled = CtrlC(place, below=PACKAGE, do=codex.thread_start)
            with signalled:
                assert thread.read().thread.id == thread.id
            came += signalled.came
            assert_idle(codex)
    assert came > 50


@pytest.mark.parametrize("is_watched", [False, True])
def test_a_signal_handler_may_run_a_turn_at_any_place_of_a_turn(
    play: Play, tmp_path: Path, is_watched: bool
) -> None:
    """Also where spans are sent on and what passes is written down, which have locks of their own.

    A handler that came above one of them waited for the reader, and the reader for that lock.
    """
    server, came, place = play(), 0, 0
    config, telemetry = server.config(request_timeout=BOUND), Telemetry()
    with contextlib.ExitStack() as stack:
        if is_watched:
            tap = stack.enter_context(wire_log(tmp_path / "wire.log"))
            config = dataclasses.replace(config, wire_tap=tap)
            telemetry = Telemetry(tracer_provider=TracerProvider())
        codex = stack.enter_context(Codex(config, telemetry=telemetry))
        thread, other = codex.thread_start(), codex.thread_start()
        while came == place:
            place += 1
            answers: list[str | None] = []

            def on_signal(answers: list[str | None] = answers) -> None:
                answers.append(other.run("hi").final_response)

            signalled = CtrlC(place, below=PACKAGE, do=on_signal)
            with signalled:
                assert thread.run("hi").final_response == "ok"
            assert answers == ["ok"] * signalled.came
            came += signalled.came
            assert_idle(codex)
    assert came > 300


@pytest.mark.parametrize("room", ["_drivers", "_core"])
def test_a_signal_handler_may_close_at_any_place_of_a_request(play: Play, room: str) -> None:
    came = True
    place = 0
    while came:
        place += 1
        server = play()
        with Codex(server.config(request_timeout=BOUND)) as codex:
            thread = codex.thread_start()
            began = time.monotonic()
            signalled = CtrlC(place, below=f"{PACKAGE}/{room}", do=codex.close)
            with contextlib.suppress(ClientClosedError), signalled:
                assert thread.read().thread.id == thread.id
            assert time.monotonic() - began < BOUND / 2
            came = signalled.came
            if came:
                with pytest.raises(ClientClosedError):
                    thread.read()
    assert place > 10


def test_ctrl_c_anywhere_in_a_request_leaves_a_client_that_works(play: Play) -> None:
    server, came = play(), 0
    with Codex(server.config()) as codex:
        thread = codex.thread_start()
        for place in range(1, 130):
            ctrl_c = CtrlC(place, below=PACKAGE)
            with contextlib.suppress(KeyboardInterrupt), ctrl_c:
                thread.read()
            came += ctrl_c.came
            assert thread.read().thread.id == thread.id
            assert_idle(codex)
    assert came > 50


class Slipping:
    """A lock that is waited for just after a signal has come, which the interpreter has not seen.

    Nothing of Python runs between the two: both are calls into C, one after the other.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.release = self._lock.release

    def acquire(self, timeout: float = -1) -> bool:
        is_main = threading.current_thread() is threading.main_thread()
        if not (is_main and self._lock.locked()):  # a thread of another test may wait, too
            return self._lock.acquire(timeout=timeout)
        knock = functools.partial(getattr(ctypes.CDLL(None), "raise"), signal.SIGUSR1)
        calls = [knock, functools.partial(self._lock.acquire, timeout=timeout)]
        return bool(list(map(functools.partial.__call__, calls))[-1])


class LateError(Exception):
    """What the signal handler of the program raises."""


@pytest.mark.parametrize("seconds", [None, BOUND])
@pytest.mark.parametrize("waits_for", [Latch, Mailbox, Settlement])
def test_a_signal_that_comes_just_before_a_wait_does_not_wait_for_its_end(
    waits_for: Callable[[], Latch], seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on_signal(number: int, frame: FrameType | None) -> None:
        raise LateError

    waiting, began = waits_for(), time.monotonic()
    for module in (threads_waiting, settlement):
        monkeypatch.setattr(module, "threading", SimpleNamespace(Lock=Slipping))
    with _signal(signal.SIGUSR1, on_signal), pytest.raises(LateError):
        waiting.wait(seconds)
    assert time.monotonic() - began < BOUND / 2


@contextlib.contextmanager
def _signal(number: signal.Signals, handler: Any) -> Iterator[None]:
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


IMPORTING = """
import os, signal, sys

class Knock:
    "Sends a signal while a module of models is half loaded: when it imports another one."

    def find_spec(self, name, path=None, target=None):
        half = [name for name, module in list(sys.modules.items()) if is_half_loaded(name, module)]
        if half:
            os.kill(os.getpid(), signal.SIGUSR1)
        return None

def is_half_loaded(name, module):
    spec = getattr(module, "__spec__", None)
    return name.startswith("openai_codex._wire.") and getattr(spec, "_initializing", False)

from openai_codex import AppServerConfig, Codex, methods

def on_signal(number, frame):
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    print(type(thread.read().thread).__name__, type(codex.models()).__name__)

argv = {argv!r}
with Codex(AppServerConfig(launch_args_override=argv)) as codex:
    thread = codex.thread_start()
    signal.signal(signal.SIGUSR1, on_signal)
    sys.meta_path.insert(0, Knock())
    print(type(thread.read().thread).__name__)
"""


def test_a_signal_handler_may_call_while_the_first_models_are_imported(play: Play) -> None:
    argv = tuple(play().config().launch_args_override or ())
    command = [sys.executable, "-c", IMPORTING.format(argv=argv)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=BOUND, check=False)
    assert (done.stdout, done.stderr) == ("Thread ModelListResponse\nThread\n", "")
