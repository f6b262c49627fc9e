"""Every example runs offline, in both faces, and prints what its `output.txt` says."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.parent for path in ROOT.glob("examples/*/output.txt"))
STATUS = {"21_review_a_diff": 1}  # it found something that must be fixed
SAME = doctest.ELLIPSIS


def run(program: Path, *, typed: str | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    kept = program.parent / "input.txt"
    if typed is None:
        typed = kept.read_text(encoding="utf-8") if kept.exists() else ""
    return subprocess.run(
        [sys.executable, str(program), "--offline"],
        input=typed,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize("face", ["sync", "async"])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_prints_what_it_says(example: Path, face: str) -> None:
    done = run(example / f"{face}.py")
    assert (done.returncode, done.stderr) == (STATUS.get(example.name, 0), "")
    wanted = (example / "output.txt").read_text(encoding="utf-8")
    printed = done.stdout if done.stdout.endswith("\n") else f"{done.stdout}\n"
    assert doctest.OutputChecker().check_output(wanted, printed, SAME), printed


@pytest.mark.parametrize("face", ["sync", "async"])
def test_the_tests_in_an_example_pass(face: str) -> None:
    program = ROOT / f"examples/22_testing_your_app/{face}.py"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("face", ["sync", "async"])
@pytest.mark.parametrize("typed", [0, 1, 12])
def test_the_chat_ends_cleanly_however_many_questions_are_typed(face: str, typed: int) -> None:
    program = ROOT / f"examples/11_cli_mini_app/{face}.py"
    done = run(program, typed="Another question\n" * typed)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("You are welcome.") == max(0, typed - 1)


@pytest.mark.parametrize("face", ["sync", "async"])
def test_an_app_with_its_tests_in_it_runs_where_pytest_is_not_installed(
    face: str, tmp_path: Path
) -> None:
    for name in ("pytest", "_pytest"):
        (tmp_path / f"{name}.py").write_text(f"raise ImportError('no {name} here')\n")
    program = ROOT / f"examples/22_testing_your_app/{face}.py"
    done = run(program, PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Uploads are tried again before they fail.\n"


def test_the_index_lists_every_example_once() -> None:
    index = (ROOT / "examples/README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[`(\w+)`\]\(\1/\)", index, re.MULTILINE)
    folders = [path.name for path in sorted(ROOT.glob("examples/*/")) if path.name[0] not in "_."]
    assert sorted(listed) == folders


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_two_versions_of_an_example_do_the_same(example: Path) -> None:
    """They differ in what async needs: the words of one are nearly those of the other."""
    words = [set(re.findall(r"\w+", (example / f"{face}.py").read_text())) for face in FACES]
    assert len(words[0] ^ words[1]) <= 25


FACES = ("sync", "async")
