"""Points 5, 7 and 8: however the program that uses a client ends, no runtime survives it."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from openai_codex import AppServerConfig
from openai_codex.testing import Gate, hold, offline_config, say
from openai_codex.testing.fake import faults, pause, silent, turn
from tests.conftest import SharedModel
from tests.faults.play import Play

BOUND = 30.0
HOST = Path(__file__).with_name("host.py")
FACES = pytest.mark.parametrize("face", ["sync", "async"])


class Host:
    """Hold a program that uses a client, and the runtime that it started."""

    def __init__(self, face: str, end: str, config: AppServerConfig) -> None:
        settings = json.dumps({k: v for k, v in asdict(config).items() if v is not None})
        self.process = subprocess.Popen(
            [sys.executable, "-X", "dev", "-W", "error", str(HOST), face, end, settings],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        first = self.heard()
        assert first.isdigit(), self.process.communicate()
        self.runtime = os.pidfd_open(int(first))

    def heard(self) -> str:
        """Return the next word of the program."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go_on(self) -> None:
        """Let it go on to its end."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def runtime_ends(self) -> bool:
        """Wait until the runtime has ended."""
        poll = select.poll()
        poll.register(self.runtime, select.POLLIN)
        return bool(poll.poll(BOUND * 1000))

    def output(self) -> tuple[int, str, str]:
        """Wait for its end; return its exit code, and what it said and complained."""
        said, complained = self.process.communicate(timeout=BOUND)
        return self.process.returncode, said, complained

    def close(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.communicate()
        os.close(self.runtime)


@pytest.fixture
def hosts(nothing_is_left: None) -> Iterator[Any]:
    started: list[Host] = []

    def start(face: str, end: str, config: AppServerConfig) -> Host:
        started.append(Host(face, end, config))
        return started[-1]

    yield start
    for host in started:
        host.close()


@pytest.fixture(params=["fake", "real"])
def config(request: pytest.FixtureRequest, play: Play, model: SharedModel) -> Iterator[Any]:
    """Give the settings of a fake and of a real runtime, whose turns never end."""
    if request.param == "fake":
        yield play(turn(pause(), times=None)).config()
        return
    gate = Gate()
    model.default(hold(gate), say("never"))
    yield offline_config(model)
    gate.abandon()


CLEAN = [("close", 0), ("return", 0), ("exit", 3), ("collect", 0)]


@FACES
@pytest.mark.parametrize(("end", "code"), CLEAN, ids=[end for end, _ in CLEAN])
def test_no_runtime_survives_a_program_that_ends(
    hosts: Any, config: AppServerConfig, face: str, end: str, code: int
) -> None:
    host = hosts(face, end, config)
    host.go_on()
    if end == "collect":
        assert host.heard() == "collected"
        assert host.runtime_ends()
        host.go_on()
    assert host.output() == (code, "", "")
    assert host.runtime_ends()


@FACES
@pytest.mark.parametrize("end", ["return", "collect", "exit"])
def test_no_stubborn_runtime_survives_its_program(
    hosts: Any, play: Play, face: str, end: str
) -> None:
    stubborn = play(turn(pause(), times=None), faults.ignores_eof(), faults.ignores_sigterm())
    host = hosts(face, end, stubborn.config(shutdown_timeout=0.5))
    host.go_on()
    if end == "collect":
        assert host.heard() == "collected"
        host.go_on()
    assert host.output() == (dict(CLEAN)[end], "", "")
    assert host.runtime_ends()


@FACES
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_no_runtime_survives_a_program_that_is_killed(
    hosts: Any, config: AppServerConfig, face: str, number: signal.Signals
) -> None:
    host = hosts(face, "return", config)
    host.process.send_signal(number)
    assert host.runtime_ends()
    assert host.output() == (-number, "", "")


@FACES
def test_no_runtime_survives_an_exception_which_is_shown_alone(
    hosts: Any, play: Play, face: str
) -> None:
    host = hosts(face, "raise", play(turn(pause())).config())
    host.go_on()
    code, _, complained = host.output()
    assert code == 1
    assert complained.rstrip().endswith("ValueError: on purpose")
    assert complained.count("Traceback") == 1
    assert host.runtime_ends()


@FACES
def test_a_client_may_be_collected_on_any_thread(hosts: Any, play: Play, face: str) -> None:
    host = hosts(face, "collect_elsewhere", play(turn(pause())).config())
    host.go_on()
    assert host.output() == (0, "", "")
    assert host.runtime_ends()


@FACES
def test_ctrl_c_in_run_interrupts_the_turn(hosts: Any, play: Play, face: str) -> None:
    server = play(turn(pause("now")))
    host = hosts(face, "run", server.config())
    server.wait_for("now", kind="paused")
    assert host.heard() == "reading"
    host.process.send_signal(signal.SIGINT)
    assert host.output() == (130, "interrupted\n", "")
    assert host.runtime_ends()
    assert server.requests("turn/interrupt")


@FACES
def test_ctrl_c_ends_though_the_runtime_does_not_answer(hosts: Any, play: Play, face: str) -> None:
    server = play(turn(silent()))
    host = hosts(face, "run", server.config(interrupt_timeout=0.3))
    server.wait_for("silent", kind="paused")
    assert host.heard() == "reading"
    host.process.send_signal(signal.SIGINT)
    code, said, complained = host.output()
    assert (code, said) == (130, "interrupted\n")
    assert complained == "" or complained.startswith("could not interrupt")
    assert complained.count("\n") <= 1
    assert host.runtime_ends()


def test_a_forked_child_is_refused_and_does_no_harm(hosts: Any, play: Play) -> None:
    host = hosts("sync", "fork", play(turn(pause())).config())
    host.go_on()
    assert host.output() == (0, "child refused\nchild ended with 0\nparent works\n", "")
    assert host.runtime_ends()
