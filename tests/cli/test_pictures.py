"""The pictures of the command line show what it prints today."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.cli_svg import FOLDER, ROOT, rows

NAMES = ("cli-run", "cli-threads", "cli-watch")


def rows_of(folder: Path, name: str) -> list[str]:
    return rows((folder / f"{name}.svg").read_text(encoding="utf-8"))


@pytest.mark.skipif(shutil.which("tmux") is None, reason="the pictures are drawn in tmux")
def test_the_pictures_of_the_command_line_are_current(tmp_path: Path) -> None:
    draw = ["-m", "tools.cli_svg", "--columns", "80", "--folder", str(tmp_path)]
    subprocess.run([sys.executable, *draw], cwd=ROOT, check=True)
    for name in NAMES:
        kept, drawn = (rows_of(folder, name) for folder in (FOLDER, tmp_path))
        assert kept == drawn, f"{name}.svg is out of date: python -m tools.cli_svg"
    # What a doctor finds is of the machine; what it looks at is not.
    kept, drawn = (
        re.findall(r"sdk\.\w+", "\n".join(rows_of(folder, "cli-doctor")))
        for folder in (FOLDER, tmp_path)
    )
    assert kept == drawn != []


@pytest.mark.parametrize("name", NAMES)
def test_a_wide_picture_says_what_the_narrow_one_says(name: str) -> None:
    narrow, wide = rows_of(FOLDER, name), rows_of(FOLDER, f"{name}-120")
    assert " ".join(narrow).split() == " ".join(wide).split()


def test_a_picture_is_read_row_by_row() -> None:
    svg = (
        '<text class="a" x="20" y="5" clip-path="x">took&#160;1.5&#160;s</text>'
        '<text x="0" y="5.0">ran&#160;&lt;ls&gt;&#160;</text>'
        '<text x="0" y="9">01a22a59-0b19-7380-b379-3ead53c1f1cb of 12:30</text>'
    )
    assert rows(svg) == ["ran <ls> took 0 s", "0 of 0"]
