"""The user's own git: nothing of it is touched, nothing of it runs, and its ignore rules hold."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from openai_codex._checkpoints.errors import CheckpointUnsupportedError
from openai_codex._checkpoints.ground import find_ground
from openai_codex._checkpoints.keeper import Moment
from tests.checkpoints.conftest import Ground
from tests.checkpoints.trees import picture


def git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


def everything(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Return all files of a folder with their times, so that even a rewrite of the same shows."""
    return {
        str(path): (path.stat().st_mtime_ns, path.stat().st_ino, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def repository(ground: Ground) -> Ground:
    """A repository with a commit, a staged file, a stash, and hooks that would tell."""
    root = ground.root
    git(root, "init", "-q")
    (root / "kept").write_text("1\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    (root / "kept").write_text("stashed\n")
    git(root, "stash", "-q")
    (root / "staged").write_text("staged\n")
    git(root, "add", "staged")
    for name in ("pre-commit", "post-checkout", "post-index-change", "fsmonitor"):
        hook = root / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {ground.home}/ran-{name}\n")
        hook.chmod(0o755)
    git(root, "config", "core.fsmonitor", str(root / ".git" / "hooks" / "fsmonitor"))
    return ground


def test_index_stash_head_config_and_hooks_stay_as_they_are(repository: Ground) -> None:
    root = repository.root
    for told in repository.home.glob("ran-*"):  # by the user's own git, while it was set up
        told.unlink()
    before = everything(root / ".git")
    mark = repository.mark()
    (root / "kept").write_text("2\n")
    (root / "staged").unlink()
    repository.keeper.changes(mark)
    repository.rewind(mark)
    repository.redo()
    repository.rewind(mark)
    assert everything(root / ".git") == before
    assert not list(repository.home.glob("ran-*"))
    assert git(root, "-c", "core.fsmonitor=false", "stash", "list").count("\n") == 1


def test_ignored_files_stay_wherever_the_rule_stands(
    repository: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = repository.root
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    everywhere = tmp_path / "settings" / "git" / "ignore"
    everywhere.parent.mkdir(parents=True)
    everywhere.write_text("by-the-user\n")
    (root / ".gitignore").write_text("by-the-tree\n")
    (root / ".git" / "info" / "exclude").write_text("by-the-repository\n")
    ignored = ["by-the-user", "by-the-tree", "by-the-repository"]
    for name in ignored:
        (root / name).write_text("before")
    mark = repository.mark()
    for name in ignored:
        (root / name).write_text("after")
    (root / "kept").write_text("2\n")
    assert [file.path for file in repository.keeper.changes(mark).files] == ["kept"]
    repository.rewind(mark)
    assert [(root / name).read_text() for name in ignored] == ["after"] * 3


def test_a_named_excludes_file_of_the_user_holds_too(repository: Ground, tmp_path: Path) -> None:
    named = tmp_path / "named"
    named.write_text("mine\n")
    git(repository.root, "config", "core.excludesFile", str(named))
    mark = repository.mark()
    (repository.root / "mine").write_text("1")
    assert not repository.keeper.changes(mark)


def test_a_file_that_the_user_tracks_is_covered_though_a_rule_ignores_it(
    repository: Ground,
) -> None:
    root = repository.root
    (root / ".gitignore").write_text("*.log\n")
    (root / "wanted.log").write_text("1")
    git(root, "add", "-f", "wanted.log")
    mark = repository.mark()
    (root / "wanted.log").write_text("2")
    repository.rewind(mark)
    assert (root / "wanted.log").read_text() == "1"


def test_rules_of_the_folders_above_hold_and_files_there_are_not_covered(
    repository: Ground,
) -> None:
    root = repository.root
    (root / ".gitignore").write_text("/inner/ignored\n")
    inner = root / "inner"
    inner.mkdir()
    (inner / "file").write_text("1")
    (inner / "ignored").write_text("1")
    keeper = repository.keeper
    mark = keeper.mark(Moment(str(inner), None), kind="mark")
    for path in (inner / "file", inner / "ignored", root / "kept"):
        path.write_text("2")
    changes = keeper.changes(mark)
    assert [file.path for file in changes.files] == ["file"]
    assert "--- a/file\n" in changes.patch
    keeper.rewind(
        keeper.find(mark), Moment(str(inner), "turn"), files=True, left="turn", force=False
    )
    assert (inner / "file").read_text() == "1"
    assert (inner / "ignored").read_text() == (root / "kept").read_text() == "2"


@pytest.mark.parametrize("rule", ["/scratch/", "scratch", "scratch/*"])
def test_a_folder_that_is_ignored_as_a_whole_is_covered_all_the_same(
    repository: Ground, rule: str
) -> None:
    (repository.root / ".gitignore").write_text(f"{rule}\n")
    folder = repository.root / "scratch" / "work"
    folder.mkdir(parents=True)
    (folder / ".gitignore").write_text("own.tmp\n")
    for name in ("file", "own.tmp"):
        (folder / name).write_text("1")
    for each in (folder, folder.parent):
        mark = repository.keeper.mark(Moment(str(each), None), kind="mark")
        (folder / "file").write_text("2")
        (folder / "own.tmp").write_text("2")
        record = repository.keeper.find(mark)
        moment = Moment(str(each), "turn")
        repository.keeper.rewind(record, moment, files=True, left="turn", force=False)
        assert (folder / "file").read_text() == "1"
        assert (folder / "own.tmp").read_text() == "2"


@pytest.mark.parametrize(
    "rules",
    [
        "site/*\n!site/kept/\n",
        "/*\n!/site/\n/site/*\n!/site/kept/\n",
        "site/**\n!site/kept\n!site/kept/**\n",
    ],
)
@pytest.mark.parametrize("is_empty", [False, True])
def test_the_rules_hold_in_a_folder_that_they_ignore_in_part(
    repository: Ground, rules: str, is_empty: bool
) -> None:
    (repository.root / ".gitignore").write_text(rules)
    folder = repository.root / "site"
    (folder / "kept").mkdir(parents=True)
    if not is_empty:
        (folder / "kept" / "file").write_text("1")
    (folder / "ignored").write_text("1")
    mark = repository.keeper.mark(Moment(str(folder), None), kind="mark")
    (folder / "kept" / "file").write_text("2")
    (folder / "ignored").write_text("2")
    (folder / "ignored too").write_text("2")
    record, moment = repository.keeper.find(mark), Moment(str(folder), "turn")
    move = repository.keeper.rewind(record, moment, files=True, left="turn", force=False)
    assert move.changed == ("kept/file",)
    assert (folder / "ignored").read_text() == (folder / "ignored too").read_text() == "2"


def test_no_filter_and_no_line_ending_of_attributes_changes_a_byte(repository: Ground) -> None:
    root = repository.root
    git(root, "config", "filter.shout.clean", "tr a-z A-Z")
    git(root, "config", "filter.shout.smudge", "tr A-Z a-z")
    git(root, "config", "core.autocrlf", "true")
    (root / ".gitattributes").write_text(
        "[attr]odd text eol=crlf ident\n* text=auto eol=lf\n*.s filter=shout\n*.o odd\n"
        "*.u working-tree-encoding=UTF-16\n"
    )
    contents = {"a.txt": b"a\r\nb\n", "a.s": b"Quiet", "a.o": b"$Id: x$\r\n", "a.u": b"\xff\xfe1"}
    for name, content in contents.items():
        (root / name).write_bytes(content)
    mark = repository.mark()
    for name in contents:
        (root / name).unlink()
    repository.rewind(mark)
    assert {name: (root / name).read_bytes() for name in contents} == contents


def test_variables_that_steer_git_do_not_reach_it(
    repository: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = repository.home / "elsewhere"
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, str(elsewhere))
    mark = repository.mark()
    (repository.root / "kept").write_text("2\n")
    repository.rewind(mark)
    assert (repository.root / "kept").read_text() == "1\n"
    assert not elsewhere.exists()


def test_submodules_and_linked_working_trees_are_covered_inside(
    repository: Ground, tmp_path: Path
) -> None:
    root = repository.root
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    (other / "inside").write_text("1")
    git(other, "add", "-A")
    git(other, "commit", "-qm", "first")
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "module")
    git(other, "worktree", "add", "-q", str(root / "linked"))
    mark = repository.mark()
    before = picture(root)
    (root / "module" / "inside").write_text("2")
    (root / "linked" / "inside").unlink()
    (root / "linked" / "new").write_text("3")
    assert [file.path for file in repository.keeper.changes(mark).files] == [
        "linked/inside",
        "linked/new",
        "module/inside",
    ]
    repository.rewind(mark)
    now = picture(root)
    assert {path: now[path] for path in now if not path.endswith(b"/.git")} == {
        path: before[path] for path in before if not path.endswith(b"/.git")
    }


def test_a_home_folder_and_the_root_are_too_wide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for folder in (tmp_path, Path(os.path.abspath(os.sep))):
        with pytest.raises(CheckpointUnsupportedError, match="would take everything"):
            find_ground(folder)


def test_a_folder_that_is_not_on_this_machine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointUnsupportedError, match=r"no folder .* on this machine"):
        find_ground(tmp_path / "elsewhere")
