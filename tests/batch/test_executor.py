"""Batches over any executor: threads and processes here, a cluster's own elsewhere."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from openai_codex import AppServerConfig
from openai_codex.batch import EngineError, Outcome, Task, run_batch
from openai_codex.testing import Gate, ModelRequest, hold, run_command, say
from tests.conftest import SharedModel


def processes() -> Executor:
    return ProcessPoolExecutor(2, mp_context=get_context("spawn"))


def threads() -> Executor:
    return ThreadPoolExecutor(2)


def worker(request: ModelRequest) -> Any:
    if not any("exited with code 0" in str(one) for one in request.function_outputs.values()):
        return run_command("echo done > done.txt")
    return say("done")


@pytest.mark.parametrize("make", [threads, processes])
def test_attempts_run_as_calls_of_an_executor(
    model: SharedModel, config: AppServerConfig, out: Path, make: Callable[[], Executor]
) -> None:
    model.default(worker)
    with make() as executor:
        tasks = [Task(f"t{number}", "x") for number in range(3)]
        results = list(run_batch(tasks, out, config=config, engine=executor))
    assert {result.outcome for result in results} == {Outcome.ok}
    assert all("done.txt" in result.patch for result in results)
    assert "task_complete" in (out / "tasks" / "t0" / "rollout.jsonl").read_text()
    assert not (out / "work").exists()


def test_a_batch_over_an_executor_is_interrupted_and_goes_on(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    gate = Gate()

    def answer(request: ModelRequest) -> Any:
        done = worker(request)
        return done if not isinstance(done, type(say("x"))) else [hold(gate), say("never")]

    model.default(answer)
    with threads() as executor:
        batch = run_batch([Task("a", "x")], out, config=config, engine=executor)

        def interrupt() -> None:
            gate.wait_reached()
            batch.interrupt()

        threading.Thread(target=interrupt).start()
        assert batch.wait().exit_code == 130
        gate.open()
        model.default(say("went on"))
        (result,) = run_batch([Task("a", "x")], out, config=config, engine=executor)
    assert (result.answer, result.attempts) == ("went on", 2)
    assert "done.txt" in result.patch
    assert model.requests[-1].user_text.startswith("Continue.")


def test_an_executor_that_breaks_ends_the_run_and_a_new_one_goes_on(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    def answer(request: ModelRequest) -> Any:
        if request.user_text == "quick":
            return say("done")
        (note,) = (out / "work" / "homes").rglob("batch-runtime.json")
        runtime = int(note.read_text().split(":")[1].split(",")[0])
        status = Path(f"/proc/{runtime}/stat").read_text().rpartition(")")[2].split()
        os.kill(int(status[1]), signal.SIGKILL)
        return say("never")

    model.default(answer)
    tasks = [Task("quick", "quick"), Task("bad", "bad")]
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor,
        pytest.raises(EngineError, match="executor is broken"),
    ):
        run_batch(tasks, out, config=config, engine=executor, concurrency=1).wait()
    model.default(say("done"))
    summary = run_batch(tasks, out, config=config).wait()
    assert (summary.ok, summary.settled_now) == (2, 1)


def test_a_task_that_cannot_travel_fails_alone(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    model.default(say("done"))
    tasks = [Task("local", "x", tools=[lambda: 1]), Task("good", "x")]
    with processes() as executor:
        found = run_batch(tasks, out, config=config, engine=executor, retries=0)
        results = {result.id: result for result in found}
    assert results["good"].ok
    assert results["local"].outcome is Outcome.infrastructure
    assert "cannot be sent to a worker" in results["local"].why


def test_an_executor_that_was_shut_down_is_told(out: Path, config: AppServerConfig) -> None:
    executor = threads()
    executor.shutdown()
    with pytest.raises(EngineError, match="after shutdown"):
        run_batch([Task("a", "x")], out, config=config, engine=executor).wait()


def test_what_is_no_engine_is_refused(out: Path, config: AppServerConfig) -> None:
    with pytest.raises(EngineError, match="engine must be"):
        run_batch([Task("a", "x")], out, config=config, engine="slurm").wait()
