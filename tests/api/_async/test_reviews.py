"""Reviews on the real runtime: typed findings, what is reviewed, and stopping one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from openai_codex import (
    AsyncCodex,
    AsyncThread,
    Finding,
    NotARepositoryError,
    TurnFailedError,
    TurnTimeoutError,
    read_review,
)
from openai_codex.testing import Gate, hold, say
from openai_codex.types import TurnStatus
from tests.api._async.reached import requested
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


def findings(path: Path) -> str:
    place = {"absolute_file_path": str(path), "line_range": {"start": 1, "end": 2}}
    finding = {
        "title": "[P1] Divides by zero",
        "body": "When it is empty.\nAlways then.",
        "confidence_score": 0.9,
        "priority": 1,
        "code_location": place,
    }
    return json.dumps(
        {
            "findings": [finding, {**finding, "title": "Second", "body": "Also."}],
            "overall_correctness": "patch is incorrect",
            "overall_explanation": "It does not work yet.",
            "overall_confidence_score": 0.8,
        }
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for command in (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        ["commit", "-qm", "x", "--allow-empty"],
    ):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *identity, *command], cwd=tmp_path, check=True)
    (tmp_path / "a.py").write_text("1 / 0\n")
    return tmp_path


async def started(codex: AsyncCodex, folder: Path) -> AsyncThread:
    return await codex.thread_start(cwd=str(folder))


async def test_a_review_has_typed_findings(
    codex: AsyncCodex, model: SharedModel, repository: Path
) -> None:
    thread, events = await started(codex, repository), []
    model.script(say(findings(repository / "a.py")), kind="review")
    review = await thread.review(on_event=lambda event: events.append(event.method))
    path = str(repository / "a.py")
    assert review.findings == (
        Finding("Divides by zero", "When it is empty.\nAlways then.", path, 1, 2, 1),
        Finding("Second", "Also.", path, 1, 2),
    )
    assert review.explanation == "It does not work yet."
    assert review.result.status == TurnStatus.completed
    assert "turn/completed" in events


async def test_what_is_reviewed_can_be_said(
    codex: AsyncCodex, model: SharedModel, repository: Path
) -> None:
    head = (repository / ".git" / "refs" / "heads" / "main").read_text().strip()
    wanted = [({"instructions": "Only the docs."}, "Only the docs."), ({"commit": head}, head)]
    for options, said in wanted:
        thread = await started(codex, repository)
        review = await thread.review(**options)  # type: ignore[arg-type]
        assert said in str(model.requests[-1].body["input"])
        assert not review.findings


async def test_a_review_can_be_interrupted(
    codex: AsyncCodex, model: SharedModel, repository: Path
) -> None:
    thread, gate = await started(codex, repository), Gate()
    model.script(hold(gate), say("{}"), kind="review")
    async with await thread.review_turn() as turn:
        await requested(model, 1)
        await turn.interrupt()
        result = await turn.run()
    gate.open()
    assert result.status == TurnStatus.interrupted
    assert read_review(result).findings == ()


async def test_a_review_that_takes_too_long_is_interrupted(
    codex: AsyncCodex, model: SharedModel, repository: Path
) -> None:
    thread, gate = await started(codex, repository), Gate()
    model.script(hold(gate), say("{}"), kind="review")
    with pytest.raises(TurnTimeoutError):
        await thread.review(timeout=1.0)
    gate.open()
    assert (await thread.read()).thread.status.type == "idle"


async def test_a_detached_review_leaves_the_conversation_alone(
    codex: AsyncCodex, model: SharedModel, repository: Path
) -> None:
    thread, gate = await started(codex, repository), Gate()
    model.script([hold(gate), say(findings(repository / "a.py"))], kind="review")
    model.script(say("hello"))
    async with await thread.review_turn(detached=True) as turn:
        await requested(model, 1)
        assert turn.thread_id != thread.id
        assert (await thread.run("hi")).final_response == "hello"
        gate.open()
        review = read_review(await turn.run())
    assert [finding.title for finding in review.findings] == ["Divides by zero", "Second"]
    assert turn.id not in [entry.id async for entry in thread.history()]


async def test_a_detached_review_can_be_interrupted(
    codex: AsyncCodex, model: SharedModel, repository: Path
) -> None:
    thread, gate = await started(codex, repository), Gate()
    model.script(hold(gate), say("{}"), kind="review")
    with pytest.raises(TurnTimeoutError):
        await thread.review(detached=True, timeout=1.0)
    gate.open()
    with pytest.raises(TypeError, match="detached"):
        await thread.review(detached="yes")  # type: ignore[arg-type]


async def test_a_review_against_a_branch_needs_a_repository(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await started(codex, tmp_path)
    with pytest.raises(NotARepositoryError, match=r"start the thread in a repository$") as caught:
        await thread.review(base="main")
    assert (caught.value.folder, caught.value.base) == (str(tmp_path), "main")
    with pytest.raises(NotARepositoryError):
        await thread.review_turn(base="main", detached=True)
    model.script(say("Nothing was sent"))
    assert (await thread.run("Go on")).final_response == "Nothing was sent"
    # Where it cannot be seen from here, the runtime's own words are what the turn fails with.
    monkeypatch.setenv("GIT_DIR", "elsewhere")
    for each in (thread, await started(codex, tmp_path)):
        with pytest.raises(TurnFailedError, match="is not a git repository"):
            await each.review(base="main")
