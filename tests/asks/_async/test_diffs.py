"""The diff of a turn, and that of a question, is the change: git makes the same files of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from openai_codex import AsyncCodex, FileChangeApproval, Handlers, Sandbox
from openai_codex.testing import apply_patch, say
from tests.asks.git import FILES, PATCHES, applied, by_chance, contents, fill
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


@pytest.mark.parametrize("body", PATCHES.values(), ids=PATCHES)
async def test_git_makes_of_the_diffs_what_the_runtime_made_of_the_patch(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path, body: str
) -> None:
    diffs: list[str] = []

    def approve(question: FileChangeApproval) -> bool:
        diffs.append(question.diff)
        return True

    folder = tmp_path / "work"
    folder.mkdir()
    fill(folder)
    model.script(apply_patch(body), say("Done"))
    thread = await codex.thread_start(
        cwd=str(folder),
        sandbox=Sandbox.read_only,
        handlers=Handlers(approve_file_change=approve),
    )
    result = await thread.run("hi")
    assert contents(folder) != FILES
    assert applied(result.diff, tmp_path / "again") == contents(folder)
    assert applied(diffs[0], tmp_path / "again") == contents(folder)


async def test_the_diff_of_a_turn_is_what_all_its_patches_came_to(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    fill(folder)
    model.script(
        apply_patch("*** Update File: lines.txt\n@@\n-one\n+1\n"),
        apply_patch("*** Update File: lines.txt\n@@\n-1\n+I\n*** Add File: gone\n+x\n"),
        apply_patch("*** Delete File: gone\n"),
        apply_patch("*** Update File: lines.txt\n*** Move to: moved.txt\n@@\n-two\n+2\n"),
        apply_patch("*** Update File: open.txt\n*** Move to: a.txt\n@@\n one\n"),
        apply_patch("*** Update File: a.txt\n*** Move to: b.txt\n@@\n one\n"),
        say("Done"),
    )
    thread = await codex.thread_start(cwd=str(folder), sandbox=Sandbox.full_access)
    result = await thread.run("hi")
    assert applied(result.diff, tmp_path / "again") == contents(folder)
    assert "rename from open.txt\nrename to b.txt\n" in result.diff


async def test_the_paths_of_a_diff_count_from_the_threads_folder(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    folder = tmp_path / "sub"
    folder.mkdir()
    model.script(apply_patch("*** Add File: new.txt\n+one\n"), say("Done"))
    thread = await codex.thread_start(cwd=str(folder), sandbox=Sandbox.full_access)
    result = await thread.run("hi")
    assert result.diff.startswith("diff --git a/new.txt b/new.txt\nnew file mode 100644\n")


@pytest.mark.parametrize("seed", range(4))
async def test_git_makes_the_same_files_of_lines_made_by_chance(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path, seed: int
) -> None:
    diffs: list[str] = []

    def approve(question: FileChangeApproval) -> bool:
        diffs.append(question.diff)
        return True

    files, body = by_chance(seed)
    folder = tmp_path / "work"
    folder.mkdir()
    fill(folder, files)
    model.script(apply_patch(body), say("Done"))
    thread = await codex.thread_start(
        cwd=str(folder),
        sandbox=Sandbox.read_only,
        handlers=Handlers(approve_file_change=approve),
    )
    result = await thread.run("hi")
    assert contents(folder) != files
    for diff in (result.diff, *diffs):
        assert applied(diff, tmp_path / "again", files) == contents(folder)
