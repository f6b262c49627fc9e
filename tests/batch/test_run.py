"""Batches with the real runtime: results, failures of every class, stopping and going on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openai_codex import AppServerConfig, Sandbox
from openai_codex.batch import (
    FolderError,
    FolderInUseError,
    Outcome,
    Summary,
    Task,
    TaskError,
    TaskResult,
    TasksFileError,
    async_run_batch,
    run_batch,
    running,
)
from openai_codex.batch.folder import write_whole
from openai_codex.batch.ledger import entries
from openai_codex.errors import RuntimeNotFoundError
from openai_codex.prices import Usage
from openai_codex.testing import Gate, ModelRequest, fail, hold, run_command, say, usage
from tests.batch.conftest import Look, is_alive, until
from tests.conftest import SharedModel
from tests.faults.leftovers import children
from tests.programs import child_process


@pytest.fixture(autouse=True)
def nothing_left(out: Path) -> Any:
    """No runtime, no command, no home outlives a batch."""
    before = set(children())
    yield
    assert set(children()) <= before
    assert not (out / "work" / "homes").exists()


@pytest.fixture
def gate() -> Iterator[Gate]:
    """Holds the model until it is opened, at the latest at the end of the test."""
    gate = Gate()
    yield gate
    gate.open()


def by_id(results: Any) -> dict[str, TaskResult]:
    return {result.id: result for result in results}


def events(out: Path, event: str) -> list[dict[str, Any]]:
    return [entry for entry in entries(out / "ledger.jsonl") if entry["event"] == event]


def has_run(request: ModelRequest) -> bool:
    """Tell whether a command ran to its end; one that was interrupted left an output, too."""
    return any("exited with code 0" in str(output) for output in request.function_outputs.values())


def worker(request: ModelRequest) -> Any:
    """Write the prompt into a file, then say that it is done."""
    if not has_run(request):
        return run_command(f"printf '%s' '{request.user_text}' > answer.txt")
    return say(f"wrote {request.user_text}")


def test_results_come_as_an_iterator_and_as_files(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    model.default(worker)
    tasks = [Task(f"t{number}", f"words {number}", meta={"n": number}) for number in range(6)]
    batch = run_batch(tasks, out, config=config, concurrency=3)
    results = by_id(batch)
    assert sorted(results) == [task.id for task in tasks]
    first = results["t0"]
    assert (first.outcome, first.answer, first.meta) == (Outcome.ok, "wrote words 0", {"n": 0})
    assert "+words 0" in first.patch
    assert first.folder == out / "tasks" / "t0"
    assert first.folder is not None
    assert (first.folder / "answer.md").read_text() == "wrote words 0"
    assert "task_complete" in (first.folder / "rollout.jsonl").read_text()
    assert first.spent.tokens == 220
    assert batch.summary is not None
    assert (batch.summary.ok, batch.summary.exit_code) == (6, 0)
    predictions = [json.loads(line) for line in (out / "preds.jsonl").read_text().splitlines()]
    assert predictions[0] == {
        "instance_id": "t0",
        "model_name_or_path": "codex",
        "model_patch": first.patch,
    }
    manifest = json.loads((out / "manifest.json").read_text())
    assert len(manifest["tasks"]["sha256"]) == 64
    assert not (out / "work").exists()


def test_the_next_task_begins_as_soon_as_one_is_over(
    config: AppServerConfig, model: SharedModel, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not at the next look of the loop, which here would never come."""
    monkeypatch.setattr(running, "HEARTBEAT", 86_400.0)
    model.default(say("done"))
    tasks = [Task(f"t{number}", "Do it.") for number in range(4)]
    with run_batch(tasks, out, config=config, concurrency=1) as batch:
        assert batch.wait().ok == 4


def test_threads_are_kept_on_a_disk_without_second_names(
    config: AppServerConfig, model: SharedModel, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(source: object, target: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refused)
    model.default(say("done"))
    with run_batch([Task("one", "Do it.")], out, config=config) as batch:
        assert batch.wait().ok == 1
    kept = out / "tasks" / "one" / "rollout.jsonl"
    assert "Do it." in kept.read_text()
    assert kept.stat().st_nlink == 1


async def test_the_async_batch_does_the_same(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    model.default(worker)
    tasks = [{"id": "a", "prompt": "one"}, {"id": "b", "prompt": "two"}]
    batch = async_run_batch(tasks, out, config=config)
    results = by_id([result async for result in batch])
    assert results["b"].answer == "wrote two"
    assert batch.status.exit_code == 0
    assert (await async_run_batch(tasks, out, config=config).wait()).ok == 2


def test_a_second_call_starts_nothing_that_is_settled(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    model.default(worker)
    run_batch([Task("a", "one")], out, config=config).wait()
    asked = len(model.requests)
    batch = run_batch([Task("a", "one"), Task("b", "two")], out, config=config)
    assert [result.id for result in batch] == ["b"]
    assert len(model.requests) == asked + 2
    changed = run_batch([Task("a", "other"), Task("b", "two")], out, config=config)
    assert [result.answer for result in changed] == ["wrote other"]
    assert changed.summary is not None
    assert changed.summary.changed == 1
    fresh = run_batch([Task("b", "two")], out, config=config, fresh=True).wait()
    assert (fresh.done, (out / "tasks" / "a").exists()) == (1, False)


@dataclass
class Grade:
    points: int


def test_an_answer_gets_its_type_and_one_repair(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    answers = {"good": ['{"points": 3}'], "late": ["what?", '{"points": 4}'], "bad": ["x", "y"]}

    def answer(request: ModelRequest) -> Any:
        kind = next(kind for kind in answers if f"task {kind}" in request.texts)
        return say(answers[kind].pop(0))

    model.default(answer)
    tasks = [Task(kind, f"task {kind}", output_type=Grade) for kind in answers]
    results = by_id(run_batch(tasks, out, config=config, concurrency=1))
    assert results["good"].output == Grade(3)
    assert results["late"].output == Grade(4)
    assert (results["bad"].outcome, results["bad"].answer) == (Outcome.task_failed, "y")
    stored = json.loads((out / "tasks" / "late" / "result.json").read_text())
    assert stored["output"] == {"points": 4}


def test_setup_check_and_teardown_run_around_the_turn(
    model: SharedModel, config: AppServerConfig, out: Path, tmp_path: Path
) -> None:
    model.default(worker)
    ends = tmp_path / "ends"
    common: dict[str, Any] = {"teardown": f"echo end >> {ends}", "setup": "echo ready > made"}
    tasks = [
        Task("good", "yes", check=["test -f made", "grep -q yes answer.txt"], **common),
        Task("bad", "no", check="echo is wrong; grep -q yes answer.txt", **common),
        Task("broken", "yes", setup="echo no luck; exit 5", teardown=common["teardown"]),
    ]
    batch = run_batch(tasks, out, config=config, retries=0)
    results = by_id(batch)
    assert results["good"].ok
    assert "made" not in results["good"].patch, "what the set-up did is not the agent's"
    assert results["bad"].outcome is Outcome.task_failed
    assert "is wrong" in results["bad"].why
    assert results["broken"].outcome is Outcome.infrastructure
    assert "exited with 5" in results["broken"].why
    assert "no luck" in results["broken"].why
    assert ends.read_text().split() == ["end"] * 3 if results["broken"].workspace else True
    assert batch.summary is not None
    assert batch.summary.exit_code == 3
    kept = results["bad"].workspace
    assert kept is not None
    assert (Path(kept) / "answer.txt").read_text() == "no", "kept, since it is not ok"
    assert results["good"].workspace is None


def test_a_repository_is_worked_on_beside_the_users_checkout(
    model: SharedModel, config: AppServerConfig, out: Path, repo: Path, look: Look
) -> None:
    model.default(worker)
    before = look(repo)
    tasks = [
        Task("here", "x", repo=str(repo), ref="first"),
        Task("gone", "x", repo=str(repo) + "-gone"),
    ]
    results = by_id(run_batch(tasks, out, config=config, retries=0))
    assert results["here"].ok
    assert results["here"].commit is not None
    assert look(repo) == before
    assert results["gone"].outcome is Outcome.infrastructure
    assert "is not there" in results["gone"].why


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (fail(status=400, message="no"), Outcome.agent_error),
        (fail(code="context_length_exceeded"), Outcome.agent_error),
        (fail(status=401), Outcome.infrastructure),
        (fail(status=500), Outcome.infrastructure),
    ],
)
def test_a_failed_turn_has_its_class(
    model: SharedModel, config: AppServerConfig, out: Path, step: Any, outcome: Outcome
) -> None:
    model.default(step)
    (result,) = run_batch([Task("a", "x")], out, config=config, retries=0)
    assert result.outcome is outcome
    assert result.why


def test_a_turn_that_takes_too_long_is_an_error_of_the_agent(
    model: SharedModel, config: AppServerConfig, out: Path, gate: Gate
) -> None:
    model.default(hold(gate), say("never"))
    (result,) = run_batch([Task("a", "x", timeout=0.5)], out, config=config)
    assert result.outcome is Outcome.agent_error
    assert "0.5 s" in result.why


def test_a_budget_of_a_task_stops_it_with_what_it_has(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    def loop(request: ModelRequest) -> Any:
        number = len(request.function_outputs)
        return [usage(input=400, output=100), run_command(f"echo {number} > {number}.txt")]

    model.default(loop)
    batch = run_batch([Task("a", "x", budget={"tokens": 1200})], out, config=config)
    (result,) = batch
    assert (result.outcome, result.spent.tokens) == (Outcome.budget, 1500)
    assert "0.txt" in result.patch
    assert batch.summary is not None
    assert batch.summary.exit_code == 4


def test_the_budget_of_the_run_stops_everything_and_a_larger_one_goes_on(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    model.default(usage(input=90, output=10), say("done"))
    tasks = [Task(f"t{number}", "x") for number in range(20)]
    first = run_batch(tasks, out, config=config, concurrency=2, budget={"tokens": 500}).wait()
    assert (first.exit_code, first.halted) == (4, "budget")
    assert 500 <= first.spent.tokens <= 600, "at most one response more for each that ran"
    assert 4 <= first.ok <= 6
    second = run_batch(tasks, out, config=config, budget={"tokens": 10_000}).wait()
    assert (second.exit_code, second.ok) == (0, 20)


def test_a_usage_limit_pauses_all_and_costs_no_retry(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    times: list[float] = []

    def answer(_: ModelRequest) -> Any:
        times.append(time.time())
        # The runtime tells the minute alone: one that begins meanwhile would end the pause early.
        told = {"resets_at": int(times[0]) // 60 * 60 + 59}
        limit = fail(status=429, code="usage_limit_reached", details=told)
        return limit if len(times) <= 3 else say("done")

    model.default(answer)
    tasks = [Task(f"t{number}", "x") for number in range(6)]
    batch = run_batch(tasks, out, config=config, concurrency=3, retries=0)
    assert {result.outcome for result in batch} == {Outcome.ok}
    (paused,) = events(out, "paused")
    early = [moment for moment in times if moment < paused["until"]]
    assert len(early) == 3, "those that ran when the limit was met, and no other"
    assert len(times) == 3 + len(tasks)


def test_infrastructure_is_tried_again_in_the_same_thread(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    prompts: list[str] = []

    def answer(request: ModelRequest) -> Any:
        prompts.append(request.user_text)
        if not has_run(request):
            return run_command("echo begun > begun.txt")
        return fail(status=500) if len(prompts) == 2 else say("done")

    model.default(answer)
    (result,) = run_batch([Task("a", "Do it")], out, config=config)
    assert (result.ok, result.attempts, len(prompts)) == (True, 2, 3)
    assert prompts[-1].startswith("Continue.")
    assert "begun.txt" in result.patch
    assert len({entry["thread"] for entry in events(out, "thread")}) == 1


def test_a_runtime_that_dies_costs_its_tasks_a_resume(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    killed: list[int] = []

    def answer(request: ModelRequest) -> Any:
        if not has_run(request):
            return run_command("echo begun > begun.txt")
        if not killed:
            killed.extend(runtime_pids(out))
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
        return say("done")

    model.default(answer)
    tasks = [Task(f"t{number}", "x") for number in range(4)]
    results = by_id(run_batch(tasks, out, config=config, concurrency=4, retries=0))
    assert all(result.ok for result in results.values())
    assert len(killed) == 1
    assert all("begun.txt" in result.patch for result in results.values())
    assert {entry["deaths"] for entry in events(out, "ended")} == {1}


def test_a_runtime_that_cannot_be_started_at_all_ends_the_run_and_fails_no_task(
    model: SharedModel, config: AppServerConfig, out: Path, tmp_path: Path
) -> None:
    """A thousand tasks would fail for the one cause, each as often as it is tried again."""
    model.default(say("done"))
    tasks = [Task(f"t{number}", "x") for number in range(4)]
    gone = replace(config, codex_bin=str(tmp_path / "gone"))
    with pytest.raises(RuntimeNotFoundError, match="gone"):
        run_batch(tasks, out, config=gone, concurrency=2).wait()
    assert (events(out, "ended"), events(out, "finished")) == ([], [])
    summary = run_batch(tasks, out, config=config, concurrency=2).wait()
    assert (summary.ok, summary.exit_code) == (4, 0)


def runtime_pids(out: Path) -> list[int]:
    notes = (out / "work" / "homes").glob("*/batch-runtime.json")
    return [json.loads(note.read_text())["pid"] for note in notes]


def test_a_task_that_kills_its_runtime_is_given_up_and_harms_no_other(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    def answer(request: ModelRequest) -> Any:
        if "poison" in request.texts[-1] or any("poison" in text for text in request.texts):
            home = request_home(request)
            os.kill(home, signal.SIGKILL)
        return say("done")

    def request_home(request: ModelRequest) -> int:
        for note in (out / "work" / "homes").glob("*/batch-runtime.json"):
            if list(note.parent.glob(f"sessions/*/*/*/*{request.thread_id}*")):
                return int(json.loads(note.read_text())["pid"])
        raise AssertionError("no runtime has the thread")

    model.default(answer)
    tasks = [Task("poison", "poison"), *(Task(f"t{number}", "x") for number in range(5))]
    batch = run_batch(tasks, out, config=config, concurrency=3, max_deaths=4)
    results = by_id(batch)
    assert results["poison"].outcome is Outcome.infrastructure
    assert results["poison"].attempts == 4
    assert all(results[f"t{number}"].ok for number in range(5))


# --- stopping and going on ----------------------------------------------------------------------


def test_leaving_the_loop_interrupts_and_the_next_call_goes_on(
    model: SharedModel, config: AppServerConfig, out: Path, gate: Gate
) -> None:
    def answer(request: ModelRequest) -> Any:
        if request.user_text == "quick":
            return say("done")
        if not has_run(request):
            return run_command("echo begun > begun.txt")
        return [hold(gate), say("never")]

    model.default(answer)
    tasks = [Task("slow", "slow"), Task("quick", "quick")]
    for result in run_batch(tasks, out, config=config):
        assert result.id == "quick"
        model.wait_for_request(3)
        break
    interrupted = json.loads((out / "tasks" / "slow" / "result.json").read_text())
    assert interrupted["outcome"] == "cancelled"
    asked = len(model.requests)
    model.default(say("went on"))
    (result,) = run_batch(tasks, out, config=config)
    assert (result.ok, result.answer) == (True, "went on")
    assert len(model.requests) == asked + 1
    assert "begun.txt" in result.patch
    assert model.requests[-1].user_text.startswith("Continue.")
    assert any(text == "slow" for text in model.requests[-1].texts)


def test_a_batch_goes_on_in_a_copy_of_its_folder_on_another_machine(
    model: SharedModel, config: AppServerConfig, out: Path, gate: Gate, tmp_path: Path
) -> None:
    """What travels is the ledger and the tasks' folders; the working folders stayed behind."""

    def answer(request: ModelRequest) -> Any:
        if not has_run(request):
            return run_command("echo begun > begun.txt; printf '\\000\\377' > b.bin")
        return [hold(gate), say("never")]

    model.default(answer)
    batch = run_batch([Task("a", "slow")], out, config=config)

    def interrupt() -> None:
        model.wait_for_request(2)
        batch.interrupt()

    threading.Thread(target=interrupt).start()
    assert batch.wait().exit_code == 130
    other = tmp_path / "other"
    (other / "tasks").mkdir(parents=True)
    (other / "ledger.jsonl").write_bytes((out / "ledger.jsonl").read_bytes())
    (out / "tasks" / "a").rename(other / "tasks" / "a")
    model.default(say("went on"))
    (result,) = run_batch([Task("a", "slow")], other, config=config)
    assert (result.ok, result.answer) == (True, "went on")
    assert "begun.txt" in result.patch
    assert "b.bin" in result.patch
    assert model.requests[-1].user_text.startswith("Continue.")


def test_draining_lets_what_runs_end(
    model: SharedModel, config: AppServerConfig, out: Path, gate: Gate
) -> None:
    model.default(hold(gate), say("done"))
    batch = run_batch(
        [Task(f"t{number}", "x") for number in range(9)], out, config=config, concurrency=2
    )

    def drain() -> None:
        model.wait_for_request(2)
        batch.drain()
        gate.open()

    threading.Thread(target=drain).start()
    summary = batch.wait()
    assert (summary.halted, summary.exit_code, summary.ok) == ("drained", 130, 2)


async def test_cancelling_the_wait_interrupts_and_leaves_all_resumable(
    model: SharedModel, config: AppServerConfig, out: Path, gate: Gate
) -> None:
    model.default(hold(gate), say("never"))
    waiting = asyncio.ensure_future(async_run_batch([Task("a", "x")], out, config=config).wait())
    await asyncio.to_thread(model.wait_for_request, 1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert [entry["outcome"] for entry in events(out, "ended")] == ["cancelled"]
    assert events(out, "finished") == []


PROGRAM = """
import sys, pickle
from openai_codex.batch import Task, run_batch
config = pickle.loads(bytes.fromhex(sys.argv[2]))
batch = run_batch([Task("a", "x"), Task("b", "x")], sys.argv[1], config=config, concurrency=1)
try:
    for result in batch:
        print(result.id, result.outcome.value, flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@contextlib.contextmanager
def program(out: Path, config: AppServerConfig) -> Iterator[subprocess.Popen[str]]:
    import pickle

    command = [sys.executable, "-c", PROGRAM, str(out), pickle.dumps(config).hex()]
    pipe = subprocess.PIPE
    with child_process(
        command, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as running:
        yield running


def test_ctrl_c_once_drains(
    model: SharedModel, config: AppServerConfig, out: Path, gate: Gate
) -> None:
    model.default(hold(gate), say("done"))
    with program(out, config) as running:
        model.wait_for_request(1)
        running.send_signal(signal.SIGINT)
        assert running.stderr is not None
        assert "Ctrl-C again" in running.stderr.readline()
        gate.open()
        assert running.communicate(timeout=60)[0] == "a ok\ninterrupted\n"


def test_ctrl_c_twice_interrupts(
    model: SharedModel, config: AppServerConfig, out: Path, gate: Gate
) -> None:
    model.default(hold(gate), say("never"))
    with program(out, config) as running:
        model.wait_for_request(1)
        running.send_signal(signal.SIGINT)
        assert running.stderr is not None
        assert "Ctrl-C again" in running.stderr.readline()
        running.send_signal(signal.SIGINT)
        assert running.communicate(timeout=60)[0] == "interrupted\n"
    assert [entry["outcome"] for entry in events(out, "ended")] == ["cancelled"]


def test_a_driver_that_is_killed_is_gone_on_from(
    model: SharedModel, config: AppServerConfig, out: Path, gate: Gate
) -> None:
    def answer(request: ModelRequest) -> Any:
        if not has_run(request):
            return run_command("echo begun > begun.txt")
        return [hold(gate), say("never")]

    model.default(answer)
    with program(out, config) as running:
        model.wait_for_request(2)
        pids = runtime_pids(out)
        with pytest.raises(FolderInUseError, match=str(running.pid)):
            run_batch([Task("a", "x")], out, config=config).wait()
        running.kill()
    assert pids
    model.default(say("went on"))
    results = by_id(run_batch([Task("a", "x"), Task("b", "x")], out, config=config))
    assert all(result.ok for result in results.values())
    assert "begun.txt" in results["a"].patch
    until(lambda: not any(is_alive(pid) for pid in pids))


# --- bad input, full disks ----------------------------------------------------------------------


def test_a_bad_file_of_tasks_is_refused_before_anything_is_made(
    out: Path, config: AppServerConfig, tmp_path: Path
) -> None:
    path = tmp_path / "tasks.jsonl"
    path.write_text('{"id": "a", "prompt": "x"}\n{"id": "a", "prompt": "x"}\n{"id"\n')
    with pytest.raises(TasksFileError, match=r"(?s)line 2.*twice.*line 3.*JSON"):
        run_batch(path, out, config=config).wait()
    assert not out.exists()


def test_bad_members_of_an_iterable_are_told_and_the_rest_is_done(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    model.default(say("done"))
    tasks = [{"id": "a", "prompt": "x"}, {"id": "b"}, {"id": "a", "prompt": "y"}]
    summary = run_batch(tasks, out, config=config).wait()
    assert (summary.ok, summary.rejected, summary.exit_code) == (1, 2, 3)
    again = run_batch(tasks, out, config=config).wait()
    assert (again.rejected, again.exit_code) == (2, 3), "told again, and not counted twice"
    corrected = run_batch([tasks[0], {"id": "b", "prompt": "y"}], out, config=config).wait()
    assert (corrected.ok, corrected.rejected, corrected.exit_code) == (2, 0, 0)


async def test_a_result_that_could_not_be_written_is_refused_as_a_task(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    model.default(say("done"))
    tasks: list[dict[str, Any]] = [
        {"id": "a", "prompt": "x", "meta": {"when": object()}},
        {"id": "b", "prompt": "x"},
    ]
    summary = await async_run_batch(tasks, out, config=config).wait()
    assert (summary.ok, summary.rejected) == (1, 1)


# --- what the user's own code raises ------------------------------------------------------------


@pytest.mark.parametrize("event", ["run", "started", "thread", "finished"])
def test_an_error_of_a_listener_ends_the_run_and_is_no_failure_of_a_task(
    model: SharedModel, config: AppServerConfig, out: Path, event: str
) -> None:
    model.default(say("done"))
    heard: list[str] = []

    def listen(entry: dict[str, Any]) -> None:
        heard.append(entry["event"])
        if entry["event"] == event:
            raise LookupError("of the listener")

    tasks = [Task("a", "x"), Task("b", "y")]
    with pytest.raises(LookupError, match="of the listener"):
        run_batch(tasks, out, config=config, retries=0, on_event=listen).wait()
    assert heard[0] == "run"
    assert not [entry for entry in events(out, "ended") if entry["outcome"] == "infrastructure"]
    assert run_batch(tasks, out, config=config).wait().ok == 2


def test_an_input_that_waits_holds_up_neither_what_runs_nor_who_stops_it(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    model.default(say("done"))
    is_done, never = threading.Event(), threading.Event()

    def tasks() -> Iterator[Task]:
        yield Task("a", "x")
        assert is_done.wait(120), "the result of the first came while the input waited"
        yield Task("b", "y")
        never.wait()

    batch = run_batch(tasks(), out, config=config)
    found: list[str] = []
    for result in batch:
        found.append(result.id)
        is_done.set()
        if len(found) == 2:
            batch.drain()
    assert found == ["a", "b"]
    assert batch.summary is not None
    assert batch.summary.halted == "drained"
    never.set()


async def test_an_error_of_the_input_interrupts_what_runs_and_loses_nothing(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    model.default(say("done"))

    def tasks() -> Iterator[Task]:
        yield Task("a", "x")
        raise LookupError("of the input")

    with pytest.raises(LookupError, match="of the input"):
        await async_run_batch(tasks(), out, config=config).wait()
    assert (await async_run_batch([Task("a", "x")], out, config=config).wait()).ok == 1


def test_a_budget_in_money_without_prices_is_refused(out: Path, config: AppServerConfig) -> None:
    with pytest.raises(TaskError, match="prices="):
        run_batch([Task("a", "x")], out, config=config, budget={"usd": 1})


def test_money_is_counted_and_limited_where_prices_are_known(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    model.default(usage(input=1000, output=0), say("done"))

    def prices(model: str | None, tier: str | None, used: Usage) -> Decimal:
        assert (model, tier) == ("gpt-5.5", None)
        return Decimal(used.input) / 1000

    tasks = [Task(f"t{number}", "x") for number in range(9)]
    options: dict[str, Any] = {"config": config, "prices": prices, "concurrency": 1}
    summary = run_batch(tasks, out, budget={"usd": 3}, **options).wait()
    assert (summary.spent.usd, summary.exit_code) == (3.0, 4)


def test_a_full_disk_stops_the_run_with_a_clear_error_and_loses_nothing(
    model: SharedModel, config: AppServerConfig, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.default(say("done"))
    tasks = [Task(f"t{number}", "x") for number in range(4)]
    module = "openai_codex.batch.store.write_whole"
    whole = write_whole
    written: list[Path] = []

    def full(path: Path, data: bytes | str, *, is_derived: bool = False) -> None:
        written.append(path)
        if len(written) > 3:
            raise FolderError(path, "No space left on device")
        whole(path, data, is_derived=is_derived)

    monkeypatch.setattr(module, full)
    with pytest.raises(FolderError, match="No space left"):
        run_batch(tasks, out, config=config, concurrency=1).wait()
    monkeypatch.undo()
    summary: Summary = run_batch(tasks, out, config=config, concurrency=1).wait()
    assert (summary.ok, summary.exit_code) == (4, 0)
    assert len(events(out, "finished")) == 4


def test_a_task_reads_only_when_its_sandbox_says_so(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    model.script(run_command("echo x > answer.txt"), say("could not"))
    (result,) = run_batch([Task("a", "x", sandbox=Sandbox.read_only)], out, config=config)
    assert result.patch == ""
