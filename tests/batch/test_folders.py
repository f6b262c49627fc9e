"""What a batch's folder tells without being run, and what is to run again."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from openai_codex import AppServerConfig
from openai_codex.batch import (
    FolderError,
    Outcome,
    ResultTable,
    Task,
    TaskResult,
    collect,
    reopen,
    report,
    results,
    run_batch,
    status,
)
from openai_codex.batch.folder import Folder
from openai_codex.batch.ledger import Fold
from openai_codex.batch.plots import bins_of, histogram
from openai_codex.batch.report_page import cause_of, page_of
from openai_codex.batch.store import recover
from openai_codex.testing import ModelRequest, fail, run_command, say
from tests.conftest import SharedModel

TASKS = [Task("good", "good"), Task("bad", "bad", check="false"), Task("down", "down")]


def answer(request: ModelRequest) -> Any:
    if "down" in request.texts:
        return fail(status=500)
    if not request.function_outputs:
        return run_command("echo x > x.txt")
    return say("done")


@pytest.fixture
def done(model: SharedModel, config: AppServerConfig, out: Path) -> Path:
    """The folder of a batch with an ok task, a failed one, and one that infrastructure failed."""
    model.default(answer)
    run_batch(TASKS, out, config=config, retries=0).wait()
    return out


def test_the_folder_tells_results_and_state(done: Path) -> None:
    outcomes = {result.id: result.outcome for result in results(done)}
    assert outcomes == {
        "good": Outcome.ok,
        "bad": Outcome.task_failed,
        "down": Outcome.infrastructure,
    }
    summary = status(done)
    assert (summary.done, summary.ok, summary.running, summary.exit_code) == (3, 1, 0, 3)
    assert summary.spent.tokens == 440


def test_what_a_dead_driver_had_begun_waits_and_does_not_run(done: Path) -> None:
    with (done / "ledger.jsonl").open("a") as ledger:
        ledger.write('{"at": 1, "event": "started", "id": "late", "attempt": 1, "task": "0"}\n')
    assert (status(done).running, status(done).waiting) == (0, 1)
    with Folder(done).locked():
        assert (status(done).running, status(done).waiting) == (1, 0)


def test_failed_tasks_are_no_predictions(done: Path) -> None:
    lines = collect(done).read_text().splitlines()
    assert [line.partition(",")[0] for line in lines] == ['{"instance_id": "good"']


def test_chosen_tasks_run_again_from_where_their_outcome_allows(
    done: Path, model: SharedModel, config: AppServerConfig
) -> None:
    assert reopen(done, outcomes=["infrastructure"]) == ["down"]
    assert reopen(done, outcomes=["infrastructure"]) == [], "it is open already"
    assert reopen(done, ids=["bad"]) == ["bad"]
    assert status(done).waiting == 2
    model.default(say("done"))
    batch = run_batch(TASKS, done, config=config, only=["down"])
    (result,) = batch
    assert (result.ok, result.attempts) == (True, 2)
    assert model.requests[-1].user_text.startswith("Continue.")
    (again,) = run_batch(TASKS, done, config=config)
    assert (again.id, again.outcome) == ("bad", Outcome.task_failed)
    assert model.requests[-1].user_text == "bad", "from zero: its own work was not good"


def test_a_class_that_is_none_is_refused(done: Path) -> None:
    with pytest.raises(ValueError, match="unlucky"):
        reopen(done, outcomes=["unlucky"])


def test_a_folder_that_is_no_batch_is_told(tmp_path: Path) -> None:
    for look in (status, collect, report):
        with pytest.raises(FolderError, match="no folder of a batch"):
            look(tmp_path)
    with pytest.raises(FolderError):
        next(results(tmp_path / "gone"))


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"id": "a", "outcome": "of tomorrow"}'])
def test_a_result_that_this_version_cannot_read_is_named(tmp_path: Path, text: str) -> None:
    folder = Folder(tmp_path)
    folder.create()
    path = folder.of("a") / "result.json"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(FolderError, match="damaged, or of a later version") as raised:
        list(results(tmp_path))
    assert raised.value.path == path


def test_a_file_that_a_killed_driver_left_half_written_goes(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.create()
    half = folder.of("a") / ".result.json.1234.new"
    half.parent.mkdir()
    half.write_text("{")
    fold = Fold()
    fold.add({"event": "started", "id": "a", "attempt": 1})
    recover(folder, fold)
    assert not half.exists()


# --- the report --------------------------------------------------------------------------------


class Page(HTMLParser):
    """The elements of a page: tags, attributes, texts, and links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_report_is_one_page_with_links_to_each_transcript(done: Path) -> None:
    path = report(done)
    page = Page(path.read_text(encoding="utf-8"))
    assert "default-src 'none'" in path.read_text()
    assert "script" not in page.tags
    assert "style" not in page.names, "the policy would not apply it"
    assert page.links
    for link in page.links:
        assert (done / link).is_file(), link
    assert "tasks/good/transcript.html" in page.links
    assert "check command exited with # (#)" not in page.text
    assert page.tags.count("svg") == 2, "no money is known, so there is no plot of it"
    assert "task_failed" in page.text
    assert "done" in (done / "tasks" / "good" / "transcript.html").read_text()


def test_what_others_wrote_is_escaped_on_the_page(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\x1b[31m\u202e&\"'"
    result = TaskResult(evil, Outcome.task_failed, why=evil, answer=evil, model=evil)
    text = page_of(Folder(tmp_path / "<b>out"), [result])
    assert "<script" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "<b>" not in text
    assert "alert(1)" in Page(text).text


def test_a_report_of_nothing_is_a_page(tmp_path: Path) -> None:
    page = Page(page_of(Folder(tmp_path), []))
    assert "Outcomes" in page.text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("task 17 died after 3.5 s", "task 18 died after 1.2 s"),
        ("worker tcp://10.0.0.1:4000 is gone", "worker tcp://10.0.0.2:4777 is gone"),
        ("thread 019ac3f2-7b1d-7c3e lost", "thread 019ac3f2-0000-7c3e lost"),
    ],
)
def test_failures_with_the_same_cause_are_together(one: str, other: str) -> None:
    assert cause_of(one) == cause_of(other) != cause_of("something else")


def test_bins_count_every_value_once() -> None:
    values = [0.0, 1.0, 2.0, 2.0, 10.0]
    assert sum(count for _, _, count in bins_of(values)) == 5
    assert sum(count for _, _, count in bins_of([3.0, 3.0])) == 2
    assert histogram([], title="x", unit="s") == ""
    assert len(re.findall("<rect", histogram(values, title="<x>", unit="s"))) == 24
    assert "&lt;x&gt;" in histogram(values, title="<x>", unit="s")


def test_results_show_as_a_table_without_obeying_anything(done: Path) -> None:
    table = ResultTable(results(done))
    lines = str(table).splitlines()
    assert lines[0].split() == ["task", "outcome", "tokens", "seconds", "answer", "or", "reason"]
    assert [line.split()[:2] for line in lines[1:]] == [
        ["bad", "task_failed"],
        ["down", "infrastructure"],
        ["good", "ok"],
    ]
    assert max(map(len, lines)) <= 100
    evil = ResultTable([TaskResult("<b>\x1b[2J", Outcome.ok, answer="<script>\u202e")])
    assert "<script" not in evil._repr_html_()
    assert "&lt;b&gt;\\x1b[2J" in evil._repr_html_()
    assert "\x1b" not in str(evil)
