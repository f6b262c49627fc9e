"""Every example runs offline on both faces and prints what its folder says it does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = sorted(path for path in EXAMPLES.iterdir() if path.is_dir() and path.name[:1].isdigit())


@pytest.mark.parametrize("face", ["sync", "async"])
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_example_prints_what_its_folder_says(folder: Path, face: str, tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "CODEX_HOME": str(tmp_path / "must-not-be-used")}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(folder / f"{face}.py"), "--offline"],
        cwd=tmp_path,
        env={**os.environ, **home},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == (folder / "output.txt").read_text()
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_the_index_names_every_example() -> None:
    links = re.findall(r"\]\((\d\w+)\)", (EXAMPLES / "README.md").read_text())
    assert links == [folder.name for folder in FOLDERS]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_both_faces_tell_the_same(folder: Path) -> None:
    docs = [(folder / f"{face}.py").read_text().split('"""')[1] for face in ("sync", "async")]
    assert docs[0] == docs[1].replace("async.py", "sync.py")
