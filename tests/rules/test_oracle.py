from __future__ import annotations

from pathlib import Path

from tests.rules.oracle import Oracle


def test_the_oracle_sees_programs_words_missing_programs_and_files(tmp_path: Path) -> None:
    oracle = Oracle.with_programs(tmp_path, ["git"])
    script = "git a 'b c' $'\\n'; nothing 'x y'; > made; true"
    assert oracle.run("/bin/bash", script) == [
        ("git", "a", "b c", "\n"),
        ("nothing", "x y"),
        ("made", "made"),
    ]
    assert oracle.run("/bin/sh", "git") == [("git",)]
