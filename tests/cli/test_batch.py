"""`openai-codex batch`, as a program: exit codes, JSON lines, retry, reports."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from codex_cli_bin import bundled_codex_path  # type: ignore[import-untyped]

from openai_codex.testing import ModelRequest, fail, say, usage
from tests.cli.processes import COMMAND, Place
from tests.conftest import SharedModel
from tests.programs import child_process


@pytest.fixture
def tasks(place: Place) -> Path:
    path = place.work / "tasks.jsonl"
    path.write_text('{"id": "a", "prompt": "good"}\n{"id": "b", "prompt": "bad"}\n')
    return path


def answer(request: ModelRequest) -> Any:
    return fail(status=400, message="no") if "bad" in request.texts else say("done")


def test_a_batch_runs_goes_on_and_reports(place: Place, model: SharedModel, tasks: Path) -> None:
    model.default(answer)
    first = place.run("batch", "run", str(tasks), "-o", "out", "-j", "2")
    assert (first.code, first.out) == (3, "1 ok, 1 agent_error; 110 tokens\n")
    assert "2/2 done, 1 failed" in first.err
    again = place.run("batch", "run", str(tasks), "-o", "out", "--json")
    assert again.code == 3
    assert [line["event"] for line in again.lines] == ["run", "summary"]
    status = place.run("batch", "status", "out", COLUMNS="60")
    assert status.code == 3
    assert status.out.splitlines()[-1].startswith("b     agent_error  ")
    assert place.run("batch", "collect", "out").out == f"{place.work / 'out/preds.jsonl'}\n"
    report = place.run("batch", "report", "out", "--json")
    assert Path(report.json["path"]).is_file()


def test_failed_tasks_are_retried_from_the_file_that_the_batch_knows(
    place: Place, model: SharedModel, tasks: Path
) -> None:
    model.default(answer)
    place.run("batch", "run", str(tasks), "-o", "out")
    model.default(say("better"))
    done = place.run("batch", "retry", "out", "--class", "agent_error", "--json")
    assert done.code == 0
    assert done.lines[-1]["counts"] == {"ok": 2}
    none = place.run("batch", "retry", "out", "--class", "infrastructure")
    assert (none.code, none.err) == (0, "there is no such task in this batch\n")


def test_another_runtime_may_know_more_words_for_the_effort(
    place: Place, model: SharedModel, tasks: Path
) -> None:
    model.default(say("done"))
    words = ("batch", "run", str(tasks), "-o", "out", "--effort", "huge")
    refused = place.run(*words)
    assert (refused.code, "--effort huge: expected one of none, minimal" in refused.err) == (
        2,
        True,
    )
    assert place.run(*words, "--codex-bin", str(bundled_codex_path())).code == 0
    assert {each.body["reasoning"]["effort"] for each in model.requests} == {"huge"}


def test_the_status_of_a_task_with_a_long_id_is_shown(place: Place, model: SharedModel) -> None:
    model.default(fail(status=400, message="no"))
    line = f'{{"id": "{"a" * 300}", "prompt": "x"}}\n'
    assert place.run("batch", "run", "-", "-o", "out", input=line).code == 3
    assert "agent_error" in place.run("batch", "status", "out", COLUMNS="80").out


def test_events_are_json_lines(place: Place, model: SharedModel, tasks: Path) -> None:
    model.default(say("done"))
    done = place.run("batch", "run", "-", "-o", "out", "--json", input=tasks.read_text())
    assert done.code == 0
    events = [line["event"] for line in done.lines]
    assert sorted(set(events)) == ["finished", "run", "started", "summary", "thread"]
    assert events[-1] == "summary"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_tasks_that_are_typed_run_at_once_and_a_signal_is_heard_meanwhile(
    place: Place, model: SharedModel, number: signal.Signals
) -> None:
    model.default(say("done"))
    command = [*COMMAND, "batch", "run", "-", "-o", "out", "--json"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 0}
    before = signal.signal(number, signal.SIG_DFL)  # below nohup it is ignored, and stays so
    with child_process(command, cwd=place.work, env=place.env, **pipes) as run:
        signal.signal(number, before)
        assert run.stdin is not None
        assert run.stdout is not None
        for one in (b"a", b"b"):
            run.stdin.write(b'{"id": "%s", "prompt": "x"}\n{"id' % one)
            run.stdin.flush()
            while b'"finished"' not in run.stdout.readline():
                pass
            run.stdin.write(b'":\n')  # the rest of a line that is refused
        run.send_signal(number)
        assert run.wait(60) == 130
    assert not (place.work / "out" / "work").exists()


def test_money_is_known_and_limited(place: Place, model: SharedModel, tasks: Path) -> None:
    model.default(usage(input=1_000_000, output=1_000_000), say("done"))
    words = ("batch", "run", str(tasks), "-o", "out", "-j", "1", "--model", "gpt-5")
    done = place.run(*words, "--budget", "usd=1", "--json")
    assert done.code == 4
    assert done.lines[-1]["spent"]["usd"] > 1


def test_a_budget_has_its_exit_code(place: Place, model: SharedModel, tasks: Path) -> None:
    model.default(say("done"))
    words = ("batch", "run", str(tasks), "-o", "out", "-j", "1", "--budget", "tokens=50")
    done = place.run(*words)
    assert done.code == 4
    assert "the same command goes on from here" in done.out


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("run", "gone.jsonl", "-o", "out"), 1, "file first:   No such file"),
        (("run", "tasks.jsonl", "-o", "out", "-j", "0"), 2, "at least 1"),
        (("run", "tasks.jsonl", "-o", "out", "--budget", "many"), 2, "tokens=100000"),
        (("run", "tasks.jsonl", "-o", "out", "--budget", "token=5"), 2, "tokens"),
        (("run", "tasks.jsonl", "-o", "out", "--sandbox", "all"), 2, "full_access"),
        (("run", "tasks.jsonl", "-o", "out", "--effort", "huge"), 2, "expected one of none"),
        (("run", "tasks.jsonl"), 2, "-o"),
        (("status", "nowhere"), 1, "no folder of a batch"),
        (("retry", "nowhere"), 2, "--class"),
    ],
)
def test_wrong_usage_is_told(
    place: Place, tasks: Path, words: tuple[str, ...], code: int, text: str
) -> None:
    assert tasks.exists()
    done = place.run("batch", *words)
    assert done.code == code
    assert text in done.err
    assert not (place.work / "out" / "ledger.jsonl").exists()
