"""A rewind that is killed, at whatever step, is finished by the next one or undone by redo."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from openai_codex._checkpoints.errors import CheckpointError, CheckpointNotFoundError
from openai_codex._checkpoints.folder import STAGING
from openai_codex._checkpoints.keeper import Moment
from openai_codex._checkpoints.records import Checkpoint
from tests.checkpoints.conftest import Ground
from tests.checkpoints.trees import picture, play

FIRST = [
    ("write", b"a/b", b"1"),
    ("write", b"b", b"2"),
    ("mode", b"b", 0o600),
    ("link", b"c d", b"b"),
    ("folder", b"-x/a"),
]
THEN = [
    ("remove", b"a"),
    ("write", b"a", b"a file now"),
    ("write", b"b", b"other"),
    ("mode", b"b", 0o755),
    ("remove", b"c d"),
    ("write", b"c d/a", b"a folder now"),
    ("remove", b"-x"),
    ("write", b"*?/a", b"new"),
]


class Broken:
    """A folder with a checkpoint and later changes, and copies of it to be killed in."""

    def __init__(self, place: Path) -> None:
        self.place = place
        ground = Ground(place)
        play(ground.root, FIRST)
        self.mark: Checkpoint = ground.mark()
        self.before = picture(ground.root)
        play(ground.root, THEN)
        self.after = picture(ground.root)

    def killed_at(self, step: int, *, redo: bool = False) -> bool:
        """Rewind or redo in another process; tells whether it was killed before it was done."""
        what = "redo" if redo else self.mark.id
        command = [sys.executable, "-m", "tests.checkpoints.killed", str(self.place), what]
        done = subprocess.run([*command, str(step)], capture_output=True, check=False)
        assert done.returncode in (0, -9), done.stderr.decode()
        return done.returncode != 0


def renewed(tmp_path: Path) -> Broken:
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    return Broken(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.timeout(600)
def test_the_next_rewind_finishes_a_killed_one(tmp_path: Path) -> None:
    step, was_killed = 0, True
    while was_killed:
        broken = renewed(tmp_path)
        was_killed = broken.killed_at(step)
        ground = Ground(tmp_path)
        ground.rewind(broken.mark)
        assert picture(ground.root) == broken.before, f"killed at step {step}"
        ground.redo()
        assert picture(ground.root) == broken.after, f"killed at step {step}"
        step += 1
    assert step > 20  # so many steps were there to be killed at


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.timeout(600)
def test_redo_undoes_a_killed_rewind(tmp_path: Path) -> None:
    step, was_killed = 0, True
    while was_killed:
        broken = renewed(tmp_path)
        was_killed = broken.killed_at(step)
        ground = Ground(tmp_path)
        try:
            ground.redo()
        except CheckpointNotFoundError:  # it had not begun
            assert picture(ground.root) == broken.after, f"killed at step {step}"
        assert picture(ground.root) == broken.after, f"killed at step {step}"
        step += 3


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.timeout(600)
def test_redo_goes_on_with_a_killed_redo(tmp_path: Path) -> None:
    step, was_killed = 0, True
    while was_killed:
        broken = renewed(tmp_path)
        Ground(tmp_path).rewind(broken.mark)
        was_killed = broken.killed_at(step, redo=True)
        ground = Ground(tmp_path)
        try:
            ground.redo()
        except CheckpointNotFoundError:  # it was done already
            assert picture(ground.root) == broken.after, f"killed at step {step}"
        assert picture(ground.root) == broken.after, f"killed at step {step}"
        step += 3


def test_a_checkpoint_finishes_a_broken_rewind_first(tmp_path: Path) -> None:
    broken = Broken(tmp_path)
    assert broken.killed_at(16)
    ground = Ground(tmp_path)
    assert picture(ground.root) not in (broken.before, broken.after)
    ground.mark()
    assert picture(ground.root) == broken.before


@pytest.mark.parametrize("by", ["a checkpoint", "a redo"])
def test_a_broken_rewind_is_ended_from_a_folder_inside_too(tmp_path: Path, by: str) -> None:
    inside = tmp_path / "work" / "sub"
    inside.mkdir(parents=True)
    (inside / "file").write_text("1")
    subprocess.run(["git", "init", "-q", str(tmp_path / "work")], check=True)
    broken = Broken(tmp_path)
    assert broken.killed_at(16)
    ground = Ground(tmp_path)
    assert picture(ground.root) not in (broken.before, broken.after)
    if by == "a checkpoint":
        ground.of("other").mark(Moment(str(inside), None), kind="mark")
        assert picture(ground.root) == broken.before
    else:
        ground.keeper.redo(Moment(str(inside), "turn"), force=False)
        assert picture(ground.root) == broken.after


def test_a_move_that_the_disk_stops_says_how_to_go_on(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ground.root / "file").write_text("1")
    mark = ground.mark()
    (ground.root / "file").write_text("2")

    def full(source: str | bytes, target: str | bytes) -> None:
        if isinstance(target, bytes):  # a file that goes into its place
            raise OSError(errno.ENOSPC, "No space left on device")
        os.rename(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(CheckpointError, match=r"the rewind stopped .* call rewind\(\) again"):
            ground.rewind(mark)
    assert not list(ground.root.glob("file.*"))
    ground.rewind(mark)
    assert (ground.root / "file").read_text() == "1"
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(CheckpointError, match=r"the redo stopped .* call redo\(\) again"):
            ground.redo()
    ground.redo()
    assert (ground.root / "file").read_text() == "2"


def test_files_that_others_change_after_a_broken_rewind_stay(tmp_path: Path) -> None:
    broken = Broken(tmp_path)
    assert broken.killed_at(16)
    ground = Ground(tmp_path)
    (ground.root / "theirs").write_text("new")
    (ground.root / "b").write_text("theirs")
    ground.mark()
    assert (ground.root / "theirs").read_text() == "new"
    assert (ground.root / "b").read_text() == "theirs"
    assert (ground.root / "a/b").read_text() == "1"


def test_nothing_of_the_staging_folder_is_left(tmp_path: Path) -> None:
    broken = Broken(tmp_path)
    assert broken.killed_at(16)
    ground = Ground(tmp_path)
    assert list(ground.root.glob(f"{STAGING}*"))
    ground.mark()
    assert not list(ground.root.glob(f"{STAGING}*"))


def test_a_journal_that_cannot_be_read_is_an_error_that_names_it(tmp_path: Path) -> None:
    broken = Broken(tmp_path)
    assert broken.killed_at(16)
    (journal,) = tmp_path.rglob("journal.json")
    journal.write_text("{")
    with pytest.raises(CheckpointError, match=r"journal\.json cannot be read"):
        Ground(tmp_path).mark()
