"""Batches on a cluster of real scheduler and worker processes, which die, join and leave."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dask.config
import distributed  # noqa: F401  # what it sets must be there before a test sets some of it
import pytest

from openai_codex import AppServerConfig
from openai_codex.batch import EngineError, Outcome, Task, TaskResult, run_batch
from openai_codex.batch.ledger import entries
from openai_codex.testing import Gate, ModelRequest, hold, offline_config, run_command, say
from tests.batch.conftest import is_alive, until
from tests.conftest import SharedModel

pytestmark = pytest.mark.timeout(180)


OLDER = "import openai_codex.batch.engines.dask_worker as module; module.__version__ = '0.0.1'"


@dataclass
class Cluster:
    """A scheduler and workers, each a process with folders of its own."""

    folder: Path
    address: str = ""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Start the scheduler."""
        file = self.folder / "scheduler.json"
        self._run("scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
        until(lambda: file.exists() and file.read_text().rstrip().endswith("}"))
        self.address = json.loads(file.read_text())["address"]

    def add_worker(self, *, turns: int = 2, is_older: bool = False) -> subprocess.Popen[bytes]:
        """Start a worker without a nanny: one that dies stays away."""
        number = len(self.processes)
        local = self.folder / f"worker-{number}"
        options: tuple[str, ...] = ("--nthreads", str(turns), "--no-nanny", "--no-dashboard")
        if is_older:
            options = (*options, "--preload", OLDER)
        return self._run("worker", self.address, *options, "--local-directory", str(local))

    def _run(self, *words: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"log-{len(self.processes)}").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        self.processes.append(process)
        return process

    def stop(self) -> None:
        """End every process."""
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path / "cluster")
    made.folder.mkdir()
    with ExitStack() as stack:
        stack.callback(made.stop)
        made.start()
        yield made


def by_id(results: Any) -> dict[str, TaskResult]:
    return {result.id: result for result in results}


def worked(request: ModelRequest) -> bool:
    outputs = request.function_outputs.values()
    return any("exited with code 0" in str(output) for output in outputs)


def worker(request: ModelRequest) -> Any:
    if not worked(request):
        return run_command("echo done > done.txt")
    return say("done")


def runtimes_of(worker_pid: int) -> list[int]:
    """The runtimes that a worker started."""
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(worker_pid)], capture_output=True, text=True, check=False
    )
    return [int(pid) for pid in found.stdout.split()]


def test_a_batch_runs_on_a_local_cluster_and_leaves_nothing(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    model.default(worker)
    tasks = [Task(f"t{number}", "x") for number in range(6)]
    batch = run_batch(tasks, out, config=config, engine="dask", concurrency=4, runtimes=2)
    results = by_id(batch)
    assert {result.outcome for result in results.values()} == {Outcome.ok}
    assert "done.txt" in results["t0"].patch
    assert "task_complete" in (out / "tasks" / "t0" / "rollout.jsonl").read_text()
    assert results["t0"].spent.tokens == 220
    assert not (out / "work").exists()


def test_a_worker_that_is_killed_loses_nothing_and_the_rest_is_resumed_elsewhere(
    model: SharedModel, config: AppServerConfig, out: Path, cluster: Cluster
) -> None:
    victim = cluster.add_worker(turns=4)
    gate = Gate()

    def answer(request: ModelRequest) -> Any:
        if request.user_text == "quick":
            return worker(request)
        if not worked(request):
            return run_command("echo begun > begun.txt; printf '\\377' > b.bin")
        if request.user_text == "slow":
            return [hold(gate), say("never")]
        return say("went on")

    model.default(answer)
    tasks = [Task("slow", "slow"), *(Task(f"t{n}", "quick") for n in range(4))]

    def kill() -> None:
        until(lambda: len(finished(out)) == 4 and (out / "tasks/slow/rollout.jsonl").exists())
        gate.wait_reached()
        runtimes = runtimes_of(victim.pid)
        victim.kill()
        victim.wait()
        until(lambda: not any(is_alive(pid) for pid in runtimes))
        cluster.add_worker(turns=2)

    killing = threading.Thread(target=kill)
    killing.start()
    results = by_id(run_batch(tasks, out, config=config, engine=cluster.address))
    killing.join()
    gate.open()
    assert (results["slow"].ok, results["slow"].answer) == (True, "went on")
    assert results["slow"].attempts == 2
    assert "begun.txt" in results["slow"].patch
    assert "b.bin" in results["slow"].patch
    assert all(results[f"t{n}"].attempts == 1 for n in range(4))
    quick = [request for request in model.requests if request.user_text == "quick"]
    assert len(quick) == 8, "nothing that was finished ran again"


def finished(out: Path) -> list[dict[str, Any]]:
    return [entry for entry in entries(out / "ledger.jsonl") if entry["event"] == "finished"]


def test_workers_join_and_leave_while_it_runs(
    model: SharedModel, config: AppServerConfig, out: Path, cluster: Cluster
) -> None:
    first = cluster.add_worker(turns=1)
    model.default(worker)
    tasks = [Task(f"t{number}", "x") for number in range(8)]
    for number, result in enumerate(run_batch(tasks, out, config=config, engine=cluster.address)):
        assert result.ok
        if number == 0:
            cluster.add_worker(turns=2)
        if number == 2:
            first.send_signal(signal.SIGTERM)
    first.wait()


@pytest.mark.parametrize("patience", ["15s", "1ms"])
def test_a_task_that_kills_its_worker_is_given_up(
    model: SharedModel, config: AppServerConfig, out: Path, patience: str
) -> None:
    """Also where dask has no patience with a worker that starts again, and gives it up."""

    def answer(request: ModelRequest) -> Any:
        if "poison" in request.texts:
            os.kill(worker_of(out, request.thread_id), signal.SIGKILL)
        return say("done")

    model.default(answer)
    tasks = [Task("poison", "poison"), *(Task(f"t{n}", "x") for n in range(4))]
    batch = run_batch(
        tasks, out, config=config, engine="dask", concurrency=2, runtimes=1, max_deaths=3
    )
    with dask.config.set({"distributed.deploy.lost-worker-timeout": patience}):
        results = by_id(batch)
    assert (results["poison"].outcome, results["poison"].attempts) == (Outcome.infrastructure, 3)
    assert "worker" in results["poison"].why
    assert all(results[f"t{n}"].ok for n in range(4))


def test_a_batch_without_a_worker_waits_for_one_and_can_be_stopped(
    model: SharedModel, config: AppServerConfig, out: Path, cluster: Cluster
) -> None:
    only = cluster.add_worker(turns=1)
    gate = Gate()
    model.default(hold(gate), say("never"))
    batch = run_batch([Task("a", "x"), Task("b", "x")], out, config=config, engine=cluster.address)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(batch.wait)
        model.wait_for_request(1)
        only.kill()
        until(lambda: any(entry["event"] == "ended" for entry in entries(out / "ledger.jsonl")))
        batch.interrupt()
        summary = waiting.result(60)
    gate.abandon()
    assert summary.exit_code == 130
    assert finished(out) == []


def worker_of(out: Path, thread: str) -> int:
    """The worker whose runtime has a thread."""
    for note in (out / "work").rglob("batch-runtime.json"):
        if list(note.parent.glob(f"sessions/*/*/*/*{thread}*")):
            runtime = json.loads(note.read_text())["pid"]
            parent = int(Path(f"/proc/{runtime}/stat").read_text().rpartition(")")[2].split()[1])
            assert parent > 1, "its worker is gone, and nobody else is to be killed"
            return parent
    raise AssertionError("no runtime has the thread")


def test_a_worker_without_a_login_is_told_at_the_start(
    model: SharedModel, out: Path, cluster: Cluster, tmp_path: Path
) -> None:
    cluster.add_worker()
    config = offline_config(model, config={"model_provider": "openai"})
    with pytest.raises(EngineError, match=r"worker tcp.*nobody is logged in.*openai-codex login"):
        run_batch([Task("a", "x")], out, config=config, engine=cluster.address).wait()
    assert model.requests == []


def test_a_worker_that_is_not_fit_gets_nothing_while_others_do_the_work(
    model: SharedModel, config: AppServerConfig, out: Path, cluster: Cluster
) -> None:
    """It would fail everything at once, and so take more and more tasks."""
    cluster.add_worker(turns=1)
    cluster.add_worker(turns=4, is_older=True)
    model.default(worker)
    tasks = [Task(f"t{number}", "x") for number in range(5)]
    batch = run_batch(tasks, out, config=config, engine=cluster.address, retries=0)
    assert {result.outcome for result in batch} == {Outcome.ok}


def test_a_scheduler_that_is_not_there_is_told(
    config: AppServerConfig, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openai_codex.batch.engines.dask.CONNECT_WITHIN", 1.0)
    with pytest.raises(EngineError, match=r"no dask scheduler answers at tcp://127.0.0.1:9"):
        run_batch([Task("a", "x")], out, config=config, engine="tcp://127.0.0.1:9").wait()


async def test_a_client_is_taken_as_an_engine(
    model: SharedModel, config: AppServerConfig, out: Path, cluster: Cluster
) -> None:
    from distributed import Client

    cluster.add_worker()
    model.default(worker)
    async with Client(cluster.address, asynchronous=True) as client:
        batch = run_batch([Task("a", "x")], out, config=config, engine=client)
        summary = await asyncio.to_thread(batch.wait)
    assert summary.exit_code == 0


def test_a_task_that_cannot_travel_to_a_worker_fails_alone(
    cluster: Cluster, model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    model.default(say("done"))
    cluster.add_worker()
    held: Any = threading.Lock()
    tasks = [Task("local", "x", tools=[held]), Task("good", "x")]
    found = run_batch(tasks, out, config=config, engine=cluster.address, retries=0)
    results = by_id(found)
    assert results["good"].ok
    assert results["local"].outcome is Outcome.infrastructure
    assert "cannot be sent to a worker" in results["local"].why


@pytest.mark.parametrize("is_held", [False, True])
def test_a_scheduler_that_dies_ends_the_run_and_nothing_is_lost(
    cluster: Cluster,
    model: SharedModel,
    config: AppServerConfig,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_held: bool,
) -> None:
    """Also where every seat is taken by a task that goes on without it."""
    monkeypatch.setattr("openai_codex.batch.engines.dask.CONNECT_WITHIN", 5.0)
    gate = Gate()
    model.script(say("done"))
    model.default(*([hold(gate)] if is_held else []), say("done"))
    cluster.add_worker()

    def listen(entry: dict[str, Any]) -> None:
        if entry["event"] == "finished":
            cluster.processes[0].kill()

    tasks = [Task(f"t{number}", "x") for number in range(12)]
    with pytest.raises(EngineError, match=r"the scheduler tcp:.* is gone"):
        run_batch(tasks, out, config=config, engine=cluster.address, on_event=listen).wait()
    gate.open()
    assert run_batch(tasks, out, config=config).wait().ok == 12
