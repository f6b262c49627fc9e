"""Names of folders are safe and never clash; one process at a time writes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_codex.batch import FolderError, FolderInUseError
from openai_codex.batch.folder import PLAIN, Folder, folder_name, write_whole
from tests.programs import child_process


def test_a_plain_id_is_its_own_name() -> None:
    assert folder_name("django__django-11001") == "django__django-11001"


@pytest.mark.parametrize(
    "task_id",
    ["../../etc", "a/b", ".", "..", ".git", "con", "NUL.txt", "a:b", "x" * 900, "ä", "a."],
)
def test_an_id_that_is_no_file_name_gets_a_safe_one(task_id: str) -> None:
    name = folder_name(task_id)
    assert Path(name).name == name
    assert name.isascii()
    assert len(name) < 100
    assert name != task_id
    assert not name.startswith((".", "-"))


@given(st.lists(st.text(min_size=1), unique=True, max_size=50))
def test_different_ids_have_different_names(ids: list[str]) -> None:
    assert len({folder_name(one) for one in ids}) == len(ids)
    folded = {folder_name(one, folds_case=True).lower() for one in ids}
    assert len(folded) == len(ids)


@given(st.from_regex(PLAIN, fullmatch=True))
def test_no_plain_id_looks_like_a_made_name(task_id: str) -> None:
    assert "~" not in task_id


def test_a_file_is_replaced_in_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    write_whole(path, "one")
    write_whole(path, "two")
    assert path.read_text() == "two"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(FolderError):
        write_whole(tmp_path / "gone" / "result.json", "x")


def test_threads_that_write_one_file_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    path = tmp_path / "patch.diff"
    ready = threading.Barrier(4)

    def write(text: str) -> None:
        ready.wait()
        for _ in range(50):
            write_whole(path, text)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, ("a" * 4000, "b" * 4000, "c" * 4000, "d" * 4000)))
    assert len(set(path.read_text())) == 1
    assert list(tmp_path.iterdir()) == [path]


HOLD = """
import sys
from openai_codex.batch.folder import Folder
with Folder(sys.argv[1]).locked():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_dead_writer_does_not_hold_the_lock(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "out")
    folder.create()
    command = [sys.executable, "-c", HOLD, str(folder.path)]
    with child_process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(FolderInUseError, match=f"process {other.pid} on") as raised:
            folder.locked().__enter__()
        assert str(other.pid) in raised.value.owner
        assert folder.has_writer()
        other.kill()
        other.wait()
        assert not folder.has_writer()
        with folder.locked():
            assert folder.lock.read_text().startswith(f"process {os.getpid()} ")
            assert folder.has_writer()
        assert not folder.has_writer()


def test_a_writer_on_another_machine_is_believed_to_be_there(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert not folder.has_writer()
    folder.create()
    folder.lock.write_text("process 1 on a host that is not this one")
    assert folder.has_writer()
    folder.lock.write_bytes(b"\xff of a package manager")
    assert not folder.has_writer()


def test_a_folder_of_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(FolderError, match="not empty"):
        Folder(tmp_path).create()
    with pytest.raises(FolderError, match=r"no ledger\.jsonl"):
        Folder(tmp_path).check()
    (tmp_path / "file").write_text("x")
    with pytest.raises(FolderError):
        Folder(tmp_path / "file").create()


def test_what_lies_beside_a_lock_of_somebody_else_is_not_taken_for_a_batch(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("of a package manager")
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "thesis.tex").write_text("x")
    with pytest.raises(FolderError, match="not empty"):
        Folder(tmp_path).create()


def test_a_batch_that_was_killed_while_its_folder_was_made_goes_on(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("process 1 on host")
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "tasks").mkdir()
    Folder(tmp_path).create()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"format": 2}', "has the format 2, of another version"),
        ('{"format": 1, "tasks": null}', "damaged"),
        ("[]", "damaged"),
        ("[" * 100_000, "recursion"),
        ('{"for', "Unterminated"),
    ],
)
def test_a_manifest_that_this_version_cannot_read_is_refused(
    tmp_path: Path, text: str, why: str
) -> None:
    folder = Folder(tmp_path)
    folder.manifest.write_text(text)
    with pytest.raises(FolderError, match=why):
        folder.read_manifest()
