"""Example 33 on a real web server that is killed or reloaded: its agents work on, and ask once."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from uvicorn.config import LOGGING_CONFIG

from openai_codex import RuntimeServer
from openai_codex.testing import Gate, ScriptedModel, hold, offline_config, run_command, say
from tests.connect.listening import left_in

EXAMPLE = Path(__file__).parents[2] / "examples/33_agents_outlive_a_reload"
WEB = ["-m", "uvicorn", "--app-dir", str(EXAMPLE), "app:app", "--timeout-graceful-shutdown", "1"]
SOON = 30.0


class Machine:
    """A home with a scripted model, and the web servers that run on it one after the other."""

    def __init__(self, model: ScriptedModel, folder: Path) -> None:
        config = offline_config(model)
        assert config.env is not None
        self.env = {**os.environ, **config.env}
        self.home = Path(config.env["CODEX_HOME"])
        (self.home / "config.toml").write_text("\n".join(config.config_overrides))
        self.folder = folder
        self.log = folder / "log.txt"  # of what is asked and decided
        self._log_config = folder / "log.json"
        self._log_config.write_text(json.dumps(logging_to(self.log)))

    @contextmanager
    def web(self) -> Iterator[Web]:
        """Run a web server; yields it when it serves."""
        words = [*WEB, "--port", "0", "--log-config", str(self._log_config)]
        with started(words, self.env, self.folder) as web:
            yield web

    @property
    def runtime(self) -> RuntimeServer | None:
        """The runtime that listens for this home."""
        return RuntimeServer.find(self.home)


class Web:
    """One web server: its process, and a client."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.http = httpx.Client(base_url=address, timeout=SOON, trust_env=False)

    def begin(self, text: str) -> str:
        """Begin a task."""
        reply = self.http.post("/tasks", json={"text": text})
        assert reply.status_code == 202, reply.text
        return str(reply.json()["task"])

    def asked(self) -> dict[str, str]:
        """Return what the agents ask, as soon as they ask."""
        asked: dict[str, str] = until(lambda: self.http.get("/questions").json())
        return asked

    def answer(self, key: str, *, yes: bool) -> int:
        """Answer a question; returns the HTTP status."""
        return self.http.post(f"/questions/{key}", json={"yes": yes}).status_code

    def result(self, task: str) -> Any:
        """Return how a task ended, when it has."""
        return self.http.get(f"/tasks/{task}").json()

    def end(self, how: signal.Signals) -> None:
        """End it: reloads send SIGTERM, the kernel SIGKILL."""
        self.process.send_signal(how)
        self.process.wait(SOON)


def logging_to(file: Path) -> dict[str, Any]:
    """Return how uvicorn logs, and the questions of the agents into a file."""
    mine = {"class": "logging.FileHandler", "filename": str(file), "formatter": "default"}
    logger = {"handlers": ["mine"], "level": "DEBUG"}
    return {
        **LOGGING_CONFIG,
        "handlers": {**LOGGING_CONFIG["handlers"], "mine": mine},
        "loggers": {**LOGGING_CONFIG["loggers"], "openai_codex.approvals": logger},
    }


@contextmanager
def started(words: list[str], env: dict[str, str], folder: Path) -> Iterator[Web]:
    """Start a Python program that prints where its web server listens."""
    process = subprocess.Popen(
        [sys.executable, *words],
        env=env,
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    with process:
        try:
            lines = iter(process.stderr.readline, "")
            told = ""
            while "running on" not in told or "startup complete" not in told:
                told += next(lines)
            address = re.search(r"running on (http://[\d.:]+)", told)
            assert address is not None
            web = Web(process, address[1])
            with web.http:
                yield web
        finally:
            process.kill()


def until(look: Callable[[], Any]) -> Any:
    """Return what `look` returns, once that is something."""
    end = time.monotonic() + SOON
    while not (found := look()):
        assert time.monotonic() < end
        time.sleep(0.01)
    return found


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[tuple[Machine, ScriptedModel]]:
    with ScriptedModel(strict=False) as model:
        machine = Machine(model, tmp_path)
        try:
            yield machine, model
        finally:
            runtime = machine.runtime
            if runtime is not None:
                runtime.stop()
        assert left_in(machine.home) == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "reloaded"])
def test_a_question_outlives_the_web_server_and_is_answered_at_the_next(
    machine: tuple[Machine, ScriptedModel], how: signal.Signals, tmp_path: Path
) -> None:
    place, model = machine
    model.script(run_command("echo once >> out.txt", escalate=True), say("It is noted."))
    with place.web() as web:
        task = web.begin("Note it")
        asked = web.asked()
        web.end(how)
    assert place.log.read_text().count("asked approve_command") == 1
    with place.web() as web:
        assert web.asked() == asked  # under the id that it had
        (key,) = asked
        assert web.answer(key, yes=True) == 204
        assert web.result(task) == {"status": "completed", "answer": "It is noted."}
        assert web.http.get("/questions").json() == {}
        assert web.answer(key, yes=True) == 404
    assert (tmp_path / "out.txt").read_text() == "once\n"
    log = place.log.read_text()
    assert (log.count("asked approve_command"), log.count("': accept")) == (2, 1)


def test_a_turn_goes_on_and_asks_while_no_web_server_is_there(
    machine: tuple[Machine, ScriptedModel],
) -> None:
    place, model = machine
    gate = Gate()
    asks = run_command("date", escalate=True)
    model.script(hold(gate), run_command("echo alone"), asks, say("I could not."))
    with place.web() as web:
        task = web.begin("Note it")
        gate.wait_reached()
        web.end(signal.SIGKILL)
    gate.open()
    until(lambda: len(model.requests) == 2)  # the command has run
    assert not place.log.read_text()
    with place.web() as web:
        (key,) = web.asked()
        assert web.answer(key, yes=False) == 204
        assert web.result(task) == {"status": "completed", "answer": "I could not."}


def test_the_example_runs_without_an_account(tmp_path: Path) -> None:
    words = [str(EXAMPLE / "offline.py"), "--port", "0"]
    with started(words, dict(os.environ), tmp_path) as web:
        try:
            task = web.begin("What time is it?")
            (key,) = web.asked()
            assert web.answer(key, yes=True) == 204
            assert web.result(task) == {"status": "completed", "answer": "It is noted."}
        finally:
            os.killpg(web.process.pid, signal.SIGINT)  # as Ctrl-C does
            web.process.wait(SOON)
