"""Every promise of docs/reliability.md has a test that exists, and every fault test is in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
TEST_ID = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows() -> list[str]:
    """Return the rows of the tables that are headed by Promise; others are of another kind."""
    parts = PAGE.read_text(encoding="utf-8").split("| Promise | Proof |\n")[1:]
    tables = [part.split("\n\n")[0] for part in parts]
    return [line for table in tables for line in table.splitlines() if line.startswith("| ")]


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {each.name for each in tree.body if isinstance(each, functions)}


@pytest.mark.parametrize("row", rows())
def test_every_promise_names_tests_that_exist(row: str) -> None:
    promise, proof = (cell.strip() for cell in row.strip("| ").split(" | "))
    named = TEST_ID.findall(proof)
    assert promise
    assert named
    for path, name in named:
        assert name in names_in(ROOT / path)
    said = [TEST_ID.sub("", each) for each in proof.split("<br>")]
    assert set(said) <= {" real", " real, scripted", " scripted", " pure"}  # by gen_reliability


def test_every_fault_test_proves_a_promise() -> None:
    named = set(TEST_ID.findall(PAGE.read_text(encoding="utf-8")))
    folder = ROOT / "tests" / "faults"
    written = [*folder.glob("test_*.py"), *folder.glob("_async/test_*.py")]
    there = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in written
        for name in names_in(path)
        if name.startswith("test_")
    }
    assert there - named == set()


def test_the_page_covers_all_twelve_points() -> None:
    headings = re.findall(r"^## (\d+)\. ", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[:12] == [str(number) for number in range(1, 13)]


def test_both_apis_run_what_is_written_once() -> None:
    folder = ROOT / "tests" / "faults"
    for path in folder.glob("_async/test_*.py"):
        assert names_in(folder / "_sync" / path.name) == names_in(path)
