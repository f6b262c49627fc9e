"""The text of a file on the disk: of a plain file that is not too large, and of nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from openai_codex.display.git_text import relative
from openai_codex.display.on_disk import read_text

MEBIBYTE = 1024 * 1024


def test_a_plain_file_of_text_is_read_up_to_four_mebibytes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes("é\r\n".encode())
    assert read_text(str(path)) == "é\r\n"
    path.write_bytes(b"x" * 4 * MEBIBYTE)
    assert read_text(str(path)) == "x" * 4 * MEBIBYTE
    path.write_bytes(b"x" * (4 * MEBIBYTE + 1))
    assert read_text(str(path)) is None


def test_what_is_no_text_or_no_file_has_none(tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(b"\xff")
    os.mkfifo(tmp_path / "pipe")
    for name in ("raw", "pipe", "gone", ".", "a\0b"):
        assert read_text(str(tmp_path / name)) is None


@pytest.mark.skipif(os.sep != "/", reason="paths of this system")
@pytest.mark.parametrize(
    ("path", "folder", "named"),
    [
        ("/repo/a/b", "/repo", "a/b"),
        ("/other/b", "/repo", "../other/b"),
        ("a/b", "/repo", "a/b"),
        ("/repo/a", None, "repo/a"),
        ("a/b", None, "a/b"),
        ("//a", None, "a"),
        ("a\\b", None, "a\\b"),
    ],
)
def test_a_path_is_named_in_its_folder_or_below_the_root(
    path: str, folder: str | None, named: str
) -> None:
    assert relative(path, folder) == named
