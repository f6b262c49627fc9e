"""Tasks that work in environments, on the real runtime; and who may read what a batch writes."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openai_codex import AppServerConfig, ExecServer, Sandbox
from openai_codex.batch import Outcome, Task, run_batch
from openai_codex.testing import ModelRequest, add_file, fail, run_command, say, usage
from tests.conftest import SharedModel


@pytest.fixture
def box(tmp_path: Path) -> Iterator[ExecServer]:
    folder = tmp_path / "box"
    folder.mkdir()
    with ExecServer(cwd=folder, name="box", env={"WHERE": "the box"}) as server:
        yield server


def work(request: ModelRequest) -> Any:
    """Write down where it ran and make a patch, then say so."""
    outputs = request.function_outputs
    if not outputs:
        return run_command("echo $WHERE > where.txt; pwd > folder.txt")
    return add_file("patched.txt", "new\rer") if len(outputs) == 1 else say("done")


def test_a_task_works_in_its_environment_and_its_commands_run_here(
    model: SharedModel, config: AppServerConfig, out: Path, box: ExecServer, tmp_path: Path
) -> None:
    model.default(work)
    here = f"pwd > {tmp_path}/setup; echo here > {tmp_path}/check"
    task = Task("a", "x", environment=box.environment, sandbox=Sandbox.full_access, setup=here)
    (result,) = run_batch([task], out, config=config)
    assert result.ok, result.why
    folder = Path(box.environment.cwd or "")
    assert (folder / "where.txt").read_text() == "the box\n"
    assert (folder / "folder.txt").read_text().strip() == str(folder)
    assert str(out) in (tmp_path / "setup").read_text()
    assert "patched.txt" in result.patch
    assert "+new" in result.patch


def test_tasks_of_one_runtime_each_have_their_own_place(
    model: SharedModel, config: AppServerConfig, out: Path, tmp_path: Path
) -> None:
    model.default(work)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with (
        ExecServer(cwd=tmp_path / "one", name="box", env={"WHERE": "one"}) as one,
        ExecServer(cwd=tmp_path / "two", name="box", env={"WHERE": "two"}) as two,
    ):
        tasks = [
            Task(place.environment.cwd or "", "x", environment=place.environment)
            for place in (one, two)
        ]
        results = list(run_batch(tasks, out, config=config, concurrency=2, runtimes=1))
    assert [result.outcome for result in results] == [Outcome.ok] * 2
    for name in ("one", "two"):
        assert (tmp_path / name / "where.txt").read_text() == f"{name}\n"


def test_a_task_that_is_tried_again_goes_on_in_its_environment(
    model: SharedModel, config: AppServerConfig, out: Path, box: ExecServer
) -> None:
    failed: list[bool] = []

    def breaks_once(request: ModelRequest) -> Any:
        if len(request.function_outputs) == 2 and not failed:
            failed.append(True)
            return fail(status=500)
        return work(request)

    model.default(breaks_once)
    task = Task("a", "x", environment=box.environment, sandbox=Sandbox.full_access)
    (result,) = run_batch([task], out, config=config)
    assert (result.outcome, result.attempts, failed) == (Outcome.ok, 2, [True])
    assert result.patch.count("+++ b/patched.txt") == 1
    assert "+new\rer\n" in result.patch, "also when the patch was kept from one attempt to the next"


def test_an_environment_that_is_not_there_is_infrastructure(
    config: AppServerConfig, out: Path, box: ExecServer
) -> None:
    gone = replace(box.environment, url="ws://127.0.0.1:9")
    (result,) = run_batch([Task("a", "x", environment=gone)], out, config=config, retries=0)
    assert result.outcome is Outcome.infrastructure
    assert "EnvironmentUnreachableError" in result.why
    token = box.environment.token
    assert isinstance(token, str)
    assert token not in "".join(
        path.read_text(errors="replace") for path in out.rglob("*") if path.is_file()
    )


@pytest.mark.skipif("os.name != 'posix'")
def test_what_a_batch_writes_is_for_its_owner_alone(
    model: SharedModel, config: AppServerConfig, out: Path, repo: Path
) -> None:
    model.default(work)
    task = Task("a", "x", repo=str(repo), setup="echo set up", check="false")
    (result,) = run_batch([task], out, config=config)
    assert result.outcome is Outcome.task_failed
    kept = [path for path in (out / "tasks").rglob("*") if path.is_file()]
    kept += [out / "ledger.jsonl", out / "manifest.json"]
    kept += list((out / "work").rglob("*.log"))
    assert {"result.json", "patch.diff", "rollout.jsonl", "answer.md", "check.log"} <= {
        path.name for path in kept
    }
    modes = {str(path): stat.S_IMODE(path.stat().st_mode) for path in kept}
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}
    assert stat.S_IMODE((out / "tasks").stat().st_mode) == 0o700


def test_a_task_wraps_up_when_its_budget_is_spent(
    model: SharedModel, config: AppServerConfig, out: Path
) -> None:
    def obeys(request: ModelRequest) -> Any:
        told = any("Finish now" in text for text in request.texts)
        step = say("This is what I have.") if told else run_command("sleep 5")
        return [usage(input=20 if told else 3000, output=10), step]

    model.default(obeys)
    budget = {"tokens": 3005, "on_exceeded": "wrap_up", "grace": 20}
    (result,) = run_batch([Task("a", "x", budget=budget)], out, config=config)
    assert (result.outcome, result.answer) == (Outcome.ok, "This is what I have.")
    manifest = json.loads((out / "manifest.json").read_text())
    assert "wrap_up" not in json.dumps(manifest.get("options", {}))
