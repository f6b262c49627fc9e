"""Working folders: made from what a task names, which stays as it was; and what changed there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from openai_codex.batch import Task, WorkspaceError
from openai_codex.batch.workspaces import Workspace, Workspaces
from tests.batch.conftest import Look, git


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "work" / "a"


@pytest.fixture
def workspaces(tmp_path: Path) -> Workspaces:
    return Workspaces(tmp_path / "clones", excluded=tmp_path / "out")


async def patch_of(workspaces: Workspaces, workspace: Workspace, place: Path) -> bytes:
    await workspaces.write_patch(workspace, place, place / "patch.diff")
    return (place / "patch.diff").read_bytes()


def change(path: Path) -> None:
    """Do what an agent may: change, add, delete, rename, also binary files and odd names."""
    (path / "app.py").write_text("three = 3\r\n")
    (path / "logo.bin").write_bytes(b"\x00\xff" * 300)
    (path / "new folder").mkdir()
    (path / "new folder" / "ä ö.txt").write_text("no newline at the end")
    (path / "run.sh").write_text("#!/bin/sh\n")
    (path / "run.sh").chmod(0o755)
    (path / "link").symlink_to("app.py")


@pytest.mark.parametrize(
    ("ref", "text"), [(None, "two = 2\n"), ("first", "one = 1\n"), ("main", "two = 2\n")]
)
async def test_a_repository_becomes_a_worktree_of_a_kept_clone(
    workspaces: Workspaces, place: Path, repo: Path, look: Look, ref: str | None, text: str
) -> None:
    before = look(repo)
    workspace = await workspaces.make(Task("a", "x", repo=str(repo), ref=ref), place)
    assert (workspace.path / "app.py").read_text() == text
    assert workspace.commit == git(repo, "rev-parse", ref or "HEAD")
    change(workspace.path)
    git(workspace.path, "add", "app.py")
    git(workspace.path, "commit", "-qm", "Of the agent")
    patch = await patch_of(workspaces, workspace, place)
    workspaces.remove(place)
    assert look(repo) == before, "the user's checkout is never touched"
    fresh = place.parent / "fresh"
    git(repo, "clone", "-q", str(repo), str(fresh))
    git(fresh, "checkout", "-q", workspace.commit or "")
    (place.parent / "p.diff").write_bytes(patch)
    git(fresh, "apply", str(place.parent / "p.diff"))
    assert (fresh / "app.py").read_bytes() == b"three = 3\r\n"
    assert (fresh / "logo.bin").read_bytes() == b"\x00\xff" * 300
    assert (fresh / "new folder" / "ä ö.txt").read_text() == "no newline at the end"
    assert (fresh / "link").readlink() == Path("app.py")
    assert os.access(fresh / "run.sh", os.X_OK)


async def test_a_branch_that_moved_is_fetched_again_in_a_later_run(
    tmp_path: Path, place: Path, repo: Path
) -> None:
    task = Task("a", "x", repo=str(repo), ref="main")
    first = await Workspaces(tmp_path / "clones", excluded=tmp_path).make(task, place)
    git(repo, "commit", "-qam", "Three")
    second = await Workspaces(tmp_path / "clones", excluded=tmp_path).make(task, place)
    assert first.commit != second.commit == git(repo, "rev-parse", "main")
    assert len(list((tmp_path / "clones").glob("*.git"))) == 1


async def test_a_folder_is_copied_with_what_is_not_committed(
    workspaces: Workspaces, place: Path, repo: Path, look: Look
) -> None:
    os.mkfifo(repo / "pipe")  # would block whoever reads it
    before = look(repo)
    workspace = await workspaces.make(Task("a", "x", cwd=str(repo)), place)
    assert (workspace.path / "app.py").read_text() == "not committed\n"
    assert not (workspace.path / "pipe").exists()
    change(workspace.path)
    patch = await patch_of(workspaces, workspace, place)
    assert look(repo) == before
    (place / "patch.diff").write_bytes(patch)
    again = await workspaces.make(Task("b", "x", cwd=str(repo)), place.parent / "b")
    await workspaces.apply_patch(again, place.parent / "b", place / "patch.diff")
    assert await patch_of(workspaces, again, place.parent / "b") == patch


async def test_a_copy_leaves_out_the_folder_of_the_batch_inside_it(
    tmp_path: Path, workspaces: Workspaces
) -> None:
    (tmp_path / "out" / "work").mkdir(parents=True)
    (tmp_path / "code.py").write_text("x")
    task = Task("a", "x", cwd=str(tmp_path))
    workspace = await workspaces.make(task, tmp_path / "out" / "work" / "a")
    assert [path.name for path in workspace.path.iterdir()] == ["code.py"]


async def test_a_new_folder_has_the_files_and_only_what_came_later_is_a_change(
    workspaces: Workspaces, place: Path
) -> None:
    task = Task("a", "x", files={"src/a.py": "a\n", "b.txt": "b"})
    workspace = await workspaces.make(task, place)
    assert (workspace.path / "src" / "a.py").read_text() == "a\n"
    assert await patch_of(workspaces, workspace, place) == b""
    (workspace.path / "b.txt").write_text("c")
    patch = await patch_of(workspaces, workspace, place)
    assert b"a/b.txt b/b.txt" in patch
    assert b"src/a.py" not in patch


async def test_what_the_set_up_made_is_no_change_of_the_agent(
    workspaces: Workspaces, place: Path
) -> None:
    task = Task("a", "x", setup=["true"])
    workspace = await workspaces.make(task, place)
    left = workspaces.found(task, place)
    assert left is not None
    assert not left.is_ready
    (workspace.path / "made").write_text("by set-up")
    workspace = await workspaces.mark(workspace, place)
    assert await patch_of(workspaces, workspace, place) == b""
    (workspace.path / "more").write_text("by the agent")
    assert b"b/made" not in await patch_of(workspaces, workspace, place)
    assert workspaces.found(task, place) == workspace


async def test_a_trivial_task_costs_no_run_of_git(
    workspaces: Workspaces, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(place))  # where there is none
    task = Task("a", "x")
    assert workspaces.found(task, place) is None
    workspace = await workspaces.make(task, place)
    assert await patch_of(workspaces, workspace, place) == b""
    assert workspaces.found(task, place) == workspace
    workspaces.remove(place)
    assert workspaces.found(task, place) is None


async def test_a_folder_that_was_half_made_is_not_taken_up(
    workspaces: Workspaces, place: Path
) -> None:
    task = Task("a", "x", files={"a.py": "a\n", "b.py": "b\n"})
    (place / "files").mkdir(parents=True)
    (place / "files" / "a.py").write_text("a\n")
    assert workspaces.found(task, place) is None


@pytest.mark.parametrize("field", ["repo", "cwd"])
async def test_what_is_not_there_is_told(
    workspaces: Workspaces, place: Path, tmp_path: Path, field: str
) -> None:
    task = Task.from_record({"id": "a", "prompt": "x", field: str(tmp_path / "gone")})
    with pytest.raises(WorkspaceError, match="gone is not there"):
        await workspaces.make(task, place)


async def test_a_ref_that_is_not_there_is_told(
    workspaces: Workspaces, place: Path, repo: Path
) -> None:
    with pytest.raises(WorkspaceError, match="no commit, branch or tag 'gone'"):
        await workspaces.make(Task("a", "x", repo=str(repo), ref="gone"), place)


async def test_a_folder_that_is_no_repository_is_told(
    workspaces: Workspaces, place: Path, tmp_path: Path
) -> None:
    (tmp_path / "plain").mkdir()
    with pytest.raises(WorkspaceError, match=r"git clone failed: .*plain"):
        await workspaces.make(Task("a", "x", repo=str(tmp_path / "plain")), place)
    assert list((tmp_path / "clones").glob("*.git")) == []


async def test_a_repository_that_the_agent_makes_is_not_obeyed(
    workspaces: Workspaces, place: Path, repo: Path, tmp_path: Path
) -> None:
    """A configuration in the folder could run any program, as the user and without a sandbox."""
    workspace = await workspaces.make(Task("a", "x", repo=str(repo)), place)
    (workspace.path / ".git").unlink()
    git(workspace.path, "init", "-q")
    trap = tmp_path / "trap"
    git(workspace.path, "config", "core.fsmonitor", f"touch {trap}; false")
    git(workspace.path, "config", "filter.x.clean", f"touch {trap}; cat")
    git(workspace.path, "config", "diff.x.textconv", f"touch {trap}; cat")
    (workspace.path / ".gitattributes").write_text("* filter=x diff=x\n")
    (workspace.path / "app.py").write_text("changed\n")
    assert b"+changed" in await patch_of(workspaces, workspace, place)
    assert not trap.exists()


def commit_all(folder: Path) -> None:
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "Of the agent")


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def plant_repositories(path: Path) -> None:
    """Do what `cargo new`, `git clone` and `git init` leave in a folder."""
    write(path / "crate" / "src" / "main.rs", b"fn main() {}\n")
    git(path / "crate", "init", "-q")  # without a commit
    write(path / "app" / "new.py", b"in a folder that was there\n")
    commit_all(path / "app")
    write(path / "clone" / "vendor" / "deep.txt", b"deep\n")
    write(path / "clone" / "ignored.log", b"x")
    write(path / "clone" / ".gitignore", b"*.log\n")
    commit_all(path / "clone" / "vendor")
    commit_all(path / "clone")
    write(path / "clone" / "later.txt", b"not committed\n")
    write(path / 'odd :(glob)*\n"name' / "file", b"odd\n")
    commit_all(path / 'odd :(glob)*\n"name')


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.parts and path.suffix != ".log"
    }


async def make_of(kind: str, workspaces: Workspaces, place: Path, source: Path) -> Workspace:
    if kind == "repo":
        commit_all(source)
        return await workspaces.make(Task("a", "x", repo=str(source)), place)
    if kind == "cwd":
        return await workspaces.make(Task("a", "x", cwd=str(source)), place)
    files = {name: data.decode() for name, data in files_of(source).items()}
    return await workspaces.make(Task("a", "x", files=files), place)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    write(tmp_path / "source" / "app" / "old.py", b"old\n")
    write(tmp_path / "source" / "top.txt", b"top\r\n")
    return tmp_path / "source"


def apply_to(source: Path, patch: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(source.parent))
    (source.parent / "p.diff").write_bytes(patch)
    git(source, "apply", "--whitespace=nowarn", str(source.parent / "p.diff"))


async def assert_applied(
    workspaces: Workspaces,
    workspace: Workspace,
    place: Path,
    source: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The patch makes the files of the source those of the workspace, byte for byte."""
    made = files_of(workspace.path)
    apply_to(source, await patch_of(workspaces, workspace, place), monkeypatch)
    assert files_of(source) == made


@pytest.mark.parametrize("kind", ["repo", "cwd", "files"])
async def test_the_work_in_a_repository_inside_the_folder_is_in_the_patch(
    workspaces: Workspaces,
    place: Path,
    source: Path,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace = await make_of(kind, workspaces, place, source)
    plant_repositories(workspace.path)
    await assert_applied(workspaces, workspace, place, source, monkeypatch)
    assert len(files_of(source)) == 8


async def test_changes_in_repositories_that_were_there_are_changes(
    workspaces: Workspaces, place: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant_repositories(source)
    workspace = await make_of("cwd", workspaces, place, source)
    assert await patch_of(workspaces, workspace, place) == b""
    (workspace.path / "clone" / "vendor" / "deep.txt").write_text("changed\n")
    (workspace.path / "app" / "old.py").unlink()
    await assert_applied(workspaces, workspace, place, source, monkeypatch)


async def test_a_submodule_stays_one(
    workspaces: Workspaces, place: Path, source: Path, repo: Path
) -> None:
    commit_all(source)
    git(source, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repo), "lib")
    git(source, "commit", "-qm", "With a submodule")
    workspace = await workspaces.make(Task("a", "x", repo=str(source)), place)
    git(workspace.path, "-c", "protocol.file.allow=always", "submodule", "update", "--init")
    assert (workspace.path / "lib" / "app.py").is_file()
    assert await patch_of(workspaces, workspace, place) == b""
    git(workspace.path / "lib", "checkout", "-q", "first")
    (workspace.path / ".gitmodules").write_text(
        (workspace.path / ".gitmodules").read_text() + "\tignore = all\n"
    )
    patch = await patch_of(workspaces, workspace, place)
    assert b"+Subproject commit " + git(repo, "rev-parse", "first").encode() in patch


@pytest.mark.parametrize("kind", ["repo", "cwd", "files"])
async def test_attributes_that_git_cannot_follow_lose_no_work(
    workspaces: Workspaces,
    place: Path,
    source: Path,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace = await make_of(kind, workspaces, place, source)
    write(workspace.path / ".gitattributes", b"* working-tree-encoding=UTF-16\n")
    write(workspace.path / "new.txt", b"new\r\n")
    await assert_applied(workspaces, workspace, place, source, monkeypatch)


@pytest.mark.parametrize("kind", ["cwd", "files"])
async def test_attributes_change_no_bytes_of_what_is_no_repository(
    workspaces: Workspaces,
    place: Path,
    source: Path,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace = await make_of(kind, workspaces, place, source)
    write(workspace.path / ".gitattributes", b"* text=auto ident\n")
    write(workspace.path / "new.txt", b"$Id: mine$\r\n")
    (workspace.path / "top.txt").write_bytes(b"top\r\nmore\r\n")
    await assert_applied(workspaces, workspace, place, source, monkeypatch)


async def test_what_the_user_ignores_everywhere_is_in_the_patch(
    workspaces: Workspaces, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers on other machines have other users: a patch must not depend on them."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    write(tmp_path / "config" / "git" / "ignore", b"*.out\n")
    write(tmp_path / "config" / "git" / "attributes", b"* text=auto\n")
    workspace = await workspaces.make(Task("a", "x", files={"a": "a"}), place)
    write(workspace.path / "made.out", b"made\r\n")
    assert b"+made\r\n" in await patch_of(workspaces, workspace, place)


async def test_folders_go_also_when_they_are_read_only(
    workspaces: Workspaces, place: Path, repo: Path
) -> None:
    workspace = await workspaces.make(Task("a", "x", repo=str(repo)), place)
    (workspace.path / "d").mkdir()
    (workspace.path / "d" / "f").write_text("x")
    (workspace.path / "d").chmod(0o500)
    workspaces.remove(place)
    assert not place.exists()
    assert not Path(workspace.git_dir).exists()


def repository(folder: Path) -> Path:
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    return folder


async def test_a_repository_that_counts_by_sha_256_becomes_a_worktree(
    workspaces: Workspaces, place: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main", "--object-format=sha256")
    (folder / "a").write_text("1\n")
    git(folder, "add", "a")
    git(folder, "commit", "-qm", "One")
    workspace = await workspaces.make(Task("a", "x", repo=str(folder)), place)
    (workspace.path / "a").write_text("2\n")
    assert b"+2" in await patch_of(workspaces, workspace, place)


async def test_a_repository_without_commits_is_told(
    workspaces: Workspaces, place: Path, tmp_path: Path
) -> None:
    empty = repository(tmp_path / "empty")
    with pytest.raises(WorkspaceError, match="empty has no commits"):
        await workspaces.make(Task("a", "x", repo=str(empty)), place)
