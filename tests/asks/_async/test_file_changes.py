"""May these files be changed? Every answer, and the diff, which only the item has."""

from __future__ import annotations

from pathlib import Path

import pytest

from openai_codex import AsyncCodex, Decision, FileChangeApproval, Handlers, Sandbox
from openai_codex.testing import add_file, apply_patch, edit_file, say
from openai_codex.types import FileChangeThreadItem
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def text(path: Path) -> str:
    return path.read_text()


def write(path: Path, content: str) -> None:
    path.write_text(content)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Decision.accept, "completed"),
        (True, "completed"),
        (Decision.accept_for_session, "completed"),
        (Decision.decline, "declined"),
        (False, "declined"),
    ],
)
async def test_each_answer_has_its_effect(
    codex: AsyncCodex,
    model: SharedModel,
    tmp_path: Path,
    answer: Decision | bool,
    status: str,
) -> None:
    model.script(add_file("new.txt", "one\n"), say("Done"))
    thread = await codex.thread_start(
        cwd=str(tmp_path),
        sandbox=Sandbox.read_only,
        handlers=Handlers(approve_file_change=lambda _: answer),
    )
    result = await thread.run("hi")
    (change,) = [item for item in result.items if isinstance(item, FileChangeThreadItem)]
    assert change.status == status
    assert names(tmp_path) == (["new.txt"] if status == "completed" else [])
    assert result.final_response == "Done"


async def test_cancel_stops_the_turn(codex: AsyncCodex, model: SharedModel, tmp_path: Path) -> None:
    model.script(add_file("new.txt", "one\n"))
    thread = await codex.thread_start(
        cwd=str(tmp_path),
        sandbox=Sandbox.read_only,
        handlers=Handlers(approve_file_change=lambda _: Decision.cancel),
    )
    assert (await thread.run("hi")).status == "interrupted"
    assert names(tmp_path) == []


async def test_accept_for_session_is_not_asked_again(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    asked: list[FileChangeApproval] = []

    def approve(question: FileChangeApproval) -> Decision:
        asked.append(question)
        return Decision.accept_for_session

    thread = await codex.thread_start(
        cwd=str(tmp_path),
        sandbox=Sandbox.read_only,
        handlers=Handlers(approve_file_change=approve),
    )
    model.script(add_file("same.txt", "one\n"), say("Done"))
    await thread.run("hi")
    model.script(edit_file("same.txt", "one", "two"), say("Done"))
    await thread.run("hi")
    assert len(asked) == 1
    assert text(tmp_path / "same.txt") == "two\n"


async def test_the_question_holds_the_diff_of_every_file(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    write(tmp_path / "old.txt", "one\n")
    write(tmp_path / "gone.txt", "bye\n")
    asked: list[FileChangeApproval] = []

    def approve(question: FileChangeApproval) -> bool:
        asked.append(question)
        return False

    patch = [
        "*** Begin Patch",
        "*** Add File: new.txt",
        "+hello",
        "*** Delete File: gone.txt",
        "*** Update File: old.txt",
        "*** Move to: moved.txt",
        "@@",
        "-one",
        "+two",
        "*** End Patch",
        "",
    ]
    model.script(apply_patch("\n".join(patch)), say("Done"))
    thread = await codex.thread_start(
        cwd=str(tmp_path),
        sandbox=Sandbox.read_only,
        handlers=Handlers(approve_file_change=approve),
    )
    await thread.run("hi")
    (question,) = asked
    changes = {Path(change.path).name: change for change in question.changes}
    assert {name: change.kind.type for name, change in changes.items()} == {
        "new.txt": "add",
        "gone.txt": "delete",
        "old.txt": "update",
    }
    assert changes["new.txt"].diff == "hello\n"
    assert getattr(changes["old.txt"].kind, "move_path", None) == str(tmp_path / "moved.txt")
    assert "-one\n+two" in question.diff
    assert str(tmp_path / "new.txt") in question.summary
    assert question.grant_root is None
