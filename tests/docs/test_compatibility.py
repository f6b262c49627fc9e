"""The table of runtimes was made with the pinned one, for every path, and none fails."""

from __future__ import annotations

import re
from pathlib import Path

from openai_codex._version import __version__
from tools.test_runtimes import PAGE, PATHS, TABLE

ROOT = Path(__file__).parents[2]


def rows() -> list[list[str]]:
    (table,) = TABLE.findall(PAGE.read_text(encoding="utf-8"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def test_the_table_has_every_path_and_every_runtime() -> None:
    header, _, *paths = rows()
    script = (ROOT / "scripts" / "test-runtimes").read_text(encoding="utf-8")
    (versions,) = re.findall(r"versions=\((\d[^)]*)\)", script)
    assert header[1:] == [*versions.split(), __version__]
    assert [row[0] for row in paths] == [(path.__doc__ or "").rstrip(".") for path in PATHS]


def test_every_path_works_or_is_refused_and_all_work_with_the_pinned_runtime() -> None:
    _, _, *paths = rows()
    cells = {cell for row in paths for cell in row[1:]}
    assert all(cell == "works" or cell.startswith("refused, needs ") for cell in cells)
    assert {row[-1] for row in paths} == {"works"}
