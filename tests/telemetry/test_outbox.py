"""The queue between those who see what happens and OpenTelemetry: when it is worked off."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider

from openai_codex import Codex, Telemetry
from openai_codex.telemetry import outbox as module
from openai_codex.telemetry.outbox import Outbox
from openai_codex.testing import ScriptedModel, offline_config, say

LONG = 60.0


def workers() -> set[threading.Thread]:
    return {each for each in threading.enumerate() if each.name == "codex-telemetry"}


@pytest.fixture
def worker() -> Callable[[], threading.Thread]:
    """Return what gives the one thread that began to work in this test."""
    before = workers()

    def found() -> threading.Thread:
        (thread,) = workers() - before
        return thread

    return found


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[Outbox]:
    """Return an outbox whose thread does nothing by itself before the test is long over."""
    monkeypatch.setattr(module, "_GATHER", LONG)
    outbox = Outbox()
    yield outbox
    outbox.rest()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Outbox:
    """Return an outbox whose thread looks all the time."""
    monkeypatch.setattr(module, "_GATHER", 0.001)
    return Outbox()


def waited_for(outbox: Outbox) -> bool:
    told = threading.Event()
    outbox.tell_when_done(told.set)
    return told.wait(LONG / 2)


def test_work_is_left_together_until_somebody_waits_and_is_done_in_order(
    unhurried: Outbox,
) -> None:
    done: list[int] = []
    for number in range(3):
        unhurried.put(done.append, number)
    assert done == []
    assert unhurried.is_busy
    assert waited_for(unhurried)
    assert done == [0, 1, 2]
    unhurried.put(done.append, 3)
    assert waited_for(unhurried)
    assert done == [0, 1, 2, 3]


def test_work_is_done_though_nobody_waits(hasty: Outbox) -> None:
    done = threading.Event()
    hasty.put(done.set)
    assert done.wait(LONG)


@pytest.mark.parametrize("ended", [Outbox.rest, lambda outbox: None])
def test_the_thread_ends_when_nothing_comes_and_another_begins_with_the_next_work(
    hasty: Outbox,
    ended: Callable[[Outbox], object],
    worker: Callable[[], threading.Thread],
) -> None:
    assert waited_for(hasty)
    thread = worker()
    ended(hasty)
    thread.join(LONG)
    assert not thread.is_alive()
    assert waited_for(hasty)


def test_an_outbox_at_rest_does_first_what_is_left(
    unhurried: Outbox, worker: Callable[[], threading.Thread]
) -> None:
    done = threading.Event()
    unhurried.put(done.set)
    thread = worker()
    unhurried.rest()
    thread.join(LONG / 2)
    assert done.is_set()
    assert not thread.is_alive()


def test_those_who_wait_are_told_though_work_fails(unhurried: Outbox) -> None:
    def fails() -> None:
        raise OSError("the processor's disk is full")

    unhurried.put(fails)
    assert waited_for(unhurried)


def test_without_a_thread_work_is_done_where_it_comes(
    unhurried: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    done: list[int] = []
    unhurried.put(done.append, 1)
    unhurried.tell_when_done(lambda: done.append(2))
    assert done == [1, 2]


def test_a_client_that_is_closed_leaves_no_thread_of_its_telemetry(
    model: ScriptedModel, worker: Callable[[], threading.Thread]
) -> None:
    model.script(say("done"))
    telemetry = Telemetry(tracer_provider=TracerProvider())
    with Codex(offline_config(model), telemetry=telemetry) as codex:
        codex.thread_start().run("go")
        thread = worker()
    thread.join(LONG)
    assert not thread.is_alive()


STRUCK = """
import sys
from openai_codex._drivers.threads import wait_told
from openai_codex.telemetry import outbox as module

module._GATHER = 60.0
outbox = module.Outbox()

def struck(step):
    told = []
    def strike(*_):
        nonlocal step
        step -= 1
        if step == 0:
            told.append(wait_told(outbox.tell_when_done, 60.0))
    sys.setprofile(strike)
    told.append(wait_told(outbox.tell_when_done, 60.0))
    sys.setprofile(None)
    return told

step = 1
while len(told := struck(step)) == 2:
    assert told == [True, True], step
    step += 1
print(step > 20)
"""


def test_a_signal_handler_may_wait_wherever_it_strikes_one_who_waits() -> None:
    """On the main thread, where handlers run: a step is what a profiler is told of."""
    done = subprocess.run(
        [sys.executable, "-c", STRUCK], capture_output=True, text=True, timeout=LONG, check=False
    )
    assert (done.stdout, done.stderr) == ("True\n", "")
