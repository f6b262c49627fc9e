"""What a checkpoint holds and says, who is blamed for a change, and what is in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from openai_codex._checkpoints.errors import (
    CheckpointError,
    CheckpointNotFoundError,
    FilesChangedError,
    GitNotFoundError,
    RewindBlockedError,
)
from openai_codex._checkpoints.ground import find_ground
from openai_codex._checkpoints.keeper import Keeper, Moment
from openai_codex._checkpoints.locking import locked
from openai_codex._checkpoints.records import ChangedFile
from tests.checkpoints.conftest import Ground
from tests.checkpoints.trees import picture

# --- coverage ------------------------------------------------------------------------------------


def test_a_checkpoint_says_what_it_left_out(ground: Ground) -> None:
    (ground.root / "file").write_text("1")
    os.mkfifo(ground.root / "pipe")
    (ground.root / "sub" / ".GIT").mkdir(parents=True)
    (ground.root / "sub" / ".GIT" / "file").write_text("1")
    coverage = ground.mark().coverage
    assert coverage.folder == str(ground.root)
    assert dict(coverage.left_out)["pipe"] == "a pipe, a socket or a device"
    text = str(coverage)
    assert "files that git ignores" in text
    assert "everything outside that folder" in text
    assert "'pipe' (a pipe, a socket or a device)" in text


def test_the_home_of_the_runtime_is_left_out(tmp_path: Path) -> None:
    ground = Ground(tmp_path)
    inside = ground.root / "home [x]"
    inside.mkdir()
    (inside / "auth.json").write_text("secret")
    keeper = Keeper(inside, "thread")
    (ground.root / "file").write_text("1")
    mark = keeper.mark(ground.moment(), kind="mark")
    assert dict(mark.coverage.left_out) == {"home [x]": "Codex keeps its own state here"}
    (inside / "auth.json").write_text("other")
    (ground.root / "file").write_text("2")
    assert [file.path for file in keeper.changes(mark).files] == ["file"]


def test_changes_list_every_kind_and_the_patch(ground: Ground) -> None:
    for name in ("changed", "deleted", "mode"):
        (ground.root / name).write_text("old\n")
    (ground.root / "empty").mkdir()
    mark = ground.mark()
    (ground.root / "changed").write_text("new\n")
    (ground.root / "deleted").unlink()
    (ground.root / "mode").chmod(0o600)
    (ground.root / "added").write_text("x\n")
    (ground.root / "empty").rmdir()
    changes = ground.keeper.changes(mark)
    assert changes.files == (
        ChangedFile("added", "added"),
        ChangedFile("changed", "changed"),
        ChangedFile("deleted", "deleted"),
        ChangedFile("empty/", "deleted"),
        ChangedFile("mode", "permissions"),
    )
    assert "-old\n+new\n" in changes.patch
    assert changes
    assert picture(ground.root).keys() == {b"changed", b"mode", b"added"}


def test_what_becomes_a_folder_or_a_file_is_changed(ground: Ground) -> None:
    (ground.root / "link").symlink_to("nowhere")
    (ground.root / "file").write_text("1")
    (ground.root / "folder").mkdir()
    mark = ground.mark()
    for name in ("link", "file"):
        (ground.root / name).unlink()
        (ground.root / name).mkdir()
    (ground.root / "folder").rmdir()
    (ground.root / "folder").write_text("2")
    assert ground.keeper.changes(mark).files == (
        ChangedFile("file/", "changed"),
        ChangedFile("folder", "changed"),
        ChangedFile("link/", "changed"),
    )


def test_nothing_changed_is_false(ground: Ground) -> None:
    (ground.root / "file").write_text("1")
    mark = ground.mark()
    changes = ground.keeper.changes(mark)
    assert not changes
    assert changes.patch == ""


def test_checkpoints_are_found_by_id_and_by_their_newest_name(ground: Ground) -> None:
    moment = ground.moment()
    first = ground.keeper.mark(moment, kind="mark", name="before")
    second = ground.keeper.mark(moment, kind="mark", name="before")
    assert ground.keeper.find(first.id).id == first.id
    assert ground.keeper.find("before").id == second.id
    assert ground.of("thread").checkpoints() == [first, second]
    with pytest.raises(CheckpointNotFoundError, match="has no checkpoint 'after'"):
        ground.keeper.find("after")


def test_a_refused_turn_has_no_checkpoint(ground: Ground) -> None:
    mark = ground.mark("turn")
    ground.keeper.void(mark)
    assert ground.keeper.checkpoints() == []


# --- who changed it ------------------------------------------------------------------------------


def test_a_change_by_somebody_else_is_refused_until_forced(ground: Ground) -> None:
    mark = ground.mark("turn")
    (ground.root / "agent").write_text("1")
    ground.mark("end", "turn")
    (ground.root / "person").write_text("1")
    with pytest.raises(FilesChangedError, match="'person'") as caught:
        ground.rewind(mark)
    assert caught.value.paths == ("person",)
    assert sorted(picture(ground.root)) == [b"agent", b"person"]
    ground.rewind(mark, force=True)
    assert picture(ground.root) == {}
    ground.redo()
    assert sorted(picture(ground.root)) == [b"agent", b"person"]


def test_a_change_between_two_turns_is_somebody_elses(ground: Ground) -> None:
    mark = ground.mark("turn")
    ground.mark("end", "one")
    (ground.root / "person").write_text("1")
    ground.mark("turn", "one")
    (ground.root / "agent").write_text("1")
    ground.mark("end", "two")
    with pytest.raises(FilesChangedError) as caught:
        ground.rewind(mark, "two")
    assert caught.value.paths == ("person",)


def test_a_change_that_a_rewind_would_keep_is_no_reason_to_refuse(ground: Ground) -> None:
    (ground.root / "both").write_text("1")
    mark = ground.mark("turn")
    (ground.root / "both").write_text("2")
    ground.mark("end", "turn")
    (ground.root / "both").write_text("1")
    (ground.root / "agent").write_text("1")
    with pytest.raises(FilesChangedError) as caught:
        ground.rewind(mark)
    assert caught.value.paths == ("agent",)


def test_what_changes_while_no_end_is_seen_counts_as_the_turns(ground: Ground) -> None:
    mark = ground.mark("turn")
    (ground.root / "agent").write_text("1")
    ground.rewind(mark, "a turn that nobody read")
    assert picture(ground.root) == {}


def test_a_change_after_a_rewind_is_not_lost_by_redo(ground: Ground) -> None:
    mark = ground.mark("turn")
    (ground.root / "file").write_text("agent")
    ground.mark("end", "turn")
    ground.rewind(mark)
    (ground.root / "file").write_text("person")
    with pytest.raises(FilesChangedError, match="'file'"):
        ground.redo()
    assert (ground.root / "file").read_text() == "person"


def test_redo_goes_back_rewind_by_rewind_until_a_turn_begins(ground: Ground) -> None:
    (ground.root / "file").write_text("1")
    first = ground.mark("turn")
    (ground.root / "file").write_text("2")
    ground.mark("end", "one")
    second = ground.mark("turn", "one")
    (ground.root / "file").write_text("3")
    ground.mark("end", "two")
    ground.rewind(second, "two")
    ground.rewind(first, "two")
    texts = []
    for _ in range(2):
        ground.redo("two")
        texts.append((ground.root / "file").read_text())
    assert texts == ["2", "3"]
    with pytest.raises(CheckpointNotFoundError, match="nothing to redo"):
        ground.redo("two")
    ground.rewind(first, "two")
    ground.mark("turn", "two")
    with pytest.raises(CheckpointNotFoundError, match="until the next turn begins"):
        ground.redo("two")


def test_a_change_after_a_rewind_in_two_halves_is_not_lost(ground: Ground) -> None:
    """The files first, the conversation then: it has no turn that could have made the change."""
    (ground.root / "file").write_text("1")
    mark = ground.mark("turn")
    (ground.root / "file").write_text("agent")
    ground.mark("end", "turn")
    ground.rewind(mark)  # which leaves the turn
    record = ground.keeper.find(mark)
    ground.keeper.rewind(record, ground.moment("turn"), files=True, left=None, force=False)
    (ground.root / "file").write_text("person")
    with pytest.raises(FilesChangedError, match="'file'"):
        ground.keeper.rewind(record, ground.moment(), files=True, left=None, force=False)
    assert (ground.root / "file").read_text() == "person"


# --- what is in the way --------------------------------------------------------------------------


def test_an_ignored_file_in_the_way_is_kept_by_a_rewind_and_comes_back(ground: Ground) -> None:
    (ground.root / "file").write_text("covered")
    mark = ground.mark("turn")
    (ground.root / "file").unlink()
    ground.mark("turn")  # so that the index forgets it
    (ground.root / ".gitignore").write_text("file\n")
    (ground.root / "file").write_text("ignored")
    ground.rewind(mark)
    assert (ground.root / "file").read_text() == "covered"
    ground.redo()
    assert (ground.root / "file").read_text() == "ignored"


def test_an_ignored_folder_in_the_way_blocks_a_rewind(ground: Ground) -> None:
    (ground.root / "file").write_text("covered")
    (ground.root / ".gitignore").write_text("*.o\n")
    mark = ground.mark()
    (ground.root / "file").unlink()
    (ground.root / "file").mkdir()
    (ground.root / "file" / "a.o").write_text("ignored")
    before = picture(ground.root)
    with pytest.raises(RewindBlockedError, match="'file'"):
        ground.rewind(mark)
    assert picture(ground.root) == before


def test_a_new_folder_with_ignored_files_remains_and_is_named(ground: Ground) -> None:
    (ground.root / ".gitignore").write_text("*.o\n")
    mark = ground.mark()
    (ground.root / "new").mkdir()
    (ground.root / "new" / "a.c").write_text("1")
    (ground.root / "new" / "a.o").write_text("1")
    move = ground.rewind(mark)
    assert (move.changed, move.remaining) == (("new/a.c",), ("new",))
    assert [path.name for path in (ground.root / "new").iterdir()] == ["a.o"]


def test_a_link_that_leads_out_is_not_written_through(ground: Ground, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (ground.root / "sub").mkdir()
    (ground.root / "sub" / "file").write_text("inside")
    mark = ground.mark()
    (ground.root / "sub" / "file").unlink()
    (ground.root / "sub").rmdir()
    (ground.root / "sub").symlink_to(outside)
    ground.rewind(mark)
    assert (ground.root / "sub" / "file").read_text() == "inside"
    assert list(outside.iterdir()) == []


def test_the_folder_itself_comes_back(ground: Ground) -> None:
    (ground.root / "file").write_text("1")
    mark = ground.mark()
    (ground.root / "file").unlink()
    ground.root.rmdir()
    ground.root.mkdir()
    ground.rewind(mark)
    assert (ground.root / "file").read_text() == "1"


# --- two at once ---------------------------------------------------------------------------------


def test_threads_in_one_folder_take_turns(ground: Ground) -> None:
    (ground.root / "shared").write_text("0")
    keepers = [ground.of(f"thread-{number}") for number in range(4)]
    failures: list[BaseException] = []

    def work(keeper: Keeper) -> None:
        try:
            for number in range(3):
                (ground.root / f"of-{id(keeper)}").write_text(str(number))
                mark = keeper.mark(ground.moment(), kind="mark")
                keeper.changes(mark)
        except BaseException as error:
            failures.append(error)

    workers = [Thread(target=work, args=(keeper,)) for keeper in keepers]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert [len(keeper.checkpoints()) for keeper in keepers] == [3] * 4


def test_what_one_thread_did_is_somebody_elses_to_the_other(ground: Ground) -> None:
    other = ground.of("other")
    mark = ground.mark("turn")
    (ground.root / "mine").write_text("1")
    ground.mark("end", "turn")
    other.mark(ground.moment(), kind="turn")
    (ground.root / "theirs").write_text("1")
    other.mark(ground.moment("their turn"), kind="end")
    with pytest.raises(FilesChangedError) as caught:
        ground.rewind(mark)
    assert caught.value.paths == ("theirs",)


@pytest.mark.parametrize("ends", ["other first", "other last", "other runs on"])
def test_what_changes_while_another_thread_works_here_too_may_be_its_own(
    ground: Ground, ends: str
) -> None:
    other = ground.of("other")
    mark = ground.mark("turn")
    other.mark(ground.moment(), kind="turn")
    (ground.root / "theirs").write_text("1")
    if ends == "other first":
        other.mark(ground.moment("their turn"), kind="end")
    ground.mark("end", "turn")
    if ends == "other last":
        other.mark(ground.moment("their turn"), kind="end")
    with pytest.raises(FilesChangedError, match="while another thread worked here") as caught:
        ground.rewind(mark)
    assert caught.value.paths == ("theirs",)
    later = ground.mark("turn", "turn")
    (ground.root / "mine").write_text("1")
    ground.mark("end", "second")
    if ends != "other runs on":  # its turn was over when the second began
        assert ground.rewind(later, "second").changed == ("mine",)
    ground.rewind(mark, "second", force=True)
    assert list(ground.root.iterdir()) == []


@pytest.mark.parametrize("ends", ["before the rewind", "never"])
def test_a_turn_of_another_thread_that_began_before_the_mark_counts_too(
    ground: Ground, ends: str
) -> None:
    other = ground.of("other")
    other.mark(ground.moment(), kind="turn")
    log = next(ground.home.rglob("other.jsonl"))
    os.utime(log, (1, 1))  # nothing was written since
    mark = ground.mark("turn")
    (ground.root / "theirs").write_text("1")
    ground.mark("end", "turn")
    if ends == "before the rewind":
        other.mark(ground.moment("their turn"), kind="end")
    with pytest.raises(FilesChangedError, match="while another thread worked here") as caught:
        ground.rewind(mark)
    assert caught.value.paths == ("theirs",)
    assert (ground.root / "theirs").exists()


@pytest.mark.parametrize("ends", ["refused", "seen", "its next turn is over"])
def test_a_turn_of_another_thread_that_is_over_stops_no_rewind(ground: Ground, ends: str) -> None:
    other = ground.of("other")
    theirs = other.mark(ground.moment(), kind="turn")
    if ends == "refused":
        other.void(theirs)
    if ends == "its next turn is over":
        other.mark(ground.moment("their turn"), kind="turn")
    if ends != "refused":
        other.mark(ground.moment("their second"), kind="end")
    mark = ground.mark("turn")
    (ground.root / "mine").write_text("1")
    ground.mark("end", "turn")
    assert ground.rewind(mark).changed == ("mine",)


@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.parametrize(("mine", "theirs"), [("", "sub"), ("sub", ""), ("sub", "sub/deep")])
def test_a_thread_in_a_folder_inside_or_around_counts_too(
    ground: Ground, mine: str, theirs: str, ends: bool
) -> None:
    subprocess.run(["git", "init", "-q", str(ground.root)], check=True)
    deep = ground.root / "sub" / "deep"
    deep.mkdir(parents=True)
    here, there = str(ground.root / mine), str(ground.root / theirs)
    other = ground.of("other")
    mark = ground.keeper.mark(Moment(here, None), kind="turn")
    other.mark(Moment(there, None), kind="turn")
    (deep / "theirs").write_text("1")
    if ends:
        other.mark(Moment(there, "their turn"), kind="end")
    ground.keeper.mark(Moment(here, "turn"), kind="end")
    record, moment = ground.keeper.find(mark), Moment(here, "turn")
    with pytest.raises(FilesChangedError, match="deep/theirs"):
        ground.keeper.rewind(record, moment, files=True, left="turn", force=False)
    assert (deep / "theirs").exists()


def test_a_thread_in_a_folder_beside_stops_no_rewind(ground: Ground) -> None:
    subprocess.run(["git", "init", "-q", str(ground.root)], check=True)
    here, there = ground.root / "sub", ground.root / "sub-two"
    for folder in (here, there):
        folder.mkdir()
    mark = ground.keeper.mark(Moment(str(here), None), kind="turn")
    ground.of("other").mark(Moment(str(there), None), kind="turn")
    for folder in (here, there):
        (folder / "file").write_text("1")
    moment = Moment(str(here), "turn")
    record = ground.keeper.find(mark)
    move = ground.keeper.rewind(record, moment, files=True, left="turn", force=False)
    assert move.changed == ("file",)
    assert (there / "file").exists()


def test_a_lock_that_somebody_holds_is_waited_for_no_longer_than_said(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    late = pytest.raises(CheckpointError, match=r"for 0\.05 s")
    with locked(lock), late, locked(lock, seconds=0.05):
        pass


def test_a_lock_goes_with_its_holder(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib\n"
        "from openai_codex._checkpoints.locking import locked\n"
        "with locked(pathlib.Path(sys.argv[1])): os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "lock")], check=True)
    with locked(tmp_path / "lock", seconds=1):
        pass


def test_names_of_files_cannot_forge_what_is_shown(ground: Ground) -> None:
    mark = ground.mark("turn")
    ground.mark("end", "turn")
    forged = "a\x1b[2J\u202e\nDone."
    (ground.root / forged).write_text("1")
    os.mkfifo(ground.root / f"{forged}-pipe")
    with pytest.raises(FilesChangedError) as caught:
        ground.rewind(mark)
    assert caught.value.paths == (forged,)
    shown = [str(caught.value), *str(ground.mark().coverage).splitlines()]
    assert not any(character in text for text in shown for character in "\x1b\u202e\n")


# --- trouble -------------------------------------------------------------------------------------


def test_without_git_the_error_says_what_to_do(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GitNotFoundError, match="install git"):
        ground.of("other")


def test_a_line_of_the_log_that_is_broken_off_is_passed_over(ground: Ground) -> None:
    mark = ground.mark()
    (log,) = ground.home.rglob("thread.jsonl")
    with log.open("a") as file:
        file.write('\n{"id": "x", "kind')
    other = ground.mark()
    assert ground.keeper.checkpoints() == [mark, other]


def test_what_the_store_holds_is_for_the_user_alone(ground: Ground) -> None:
    (ground.root / "secret").write_text("1")
    ground.mark()
    assert (ground.home / "python-sdk").stat().st_mode & 0o077 == 0


def test_content_that_the_store_lost_is_an_error(ground: Ground) -> None:
    (ground.root / "file").write_text("1")
    mark = ground.mark()
    (ground.root / "file").write_text("2")
    for path in ground.home.rglob("store/objects/*/*"):
        path.unlink()
    with pytest.raises(CheckpointError):
        ground.rewind(mark)
    assert (ground.root / "file").read_text() == "2"


def test_an_empty_git_folder_above_is_no_repository(ground: Ground) -> None:
    """The runtime's sandbox puts one over every writable folder for a while."""
    (ground.root / ".git").mkdir()
    project = ground.root / "project"
    project.mkdir()
    assert find_ground(project).folder == find_ground(project).top == project.resolve()
