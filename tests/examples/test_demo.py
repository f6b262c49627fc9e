"""`scripts/demo` shows what happened, in order, and says so when it cannot."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

WANTED = (
    "codex runtime ",
    "scripted model, offline",
    "think  Run the test before reading any code",
    "codex  I'll run the test first.",
    "run    python3 -B test_prices.py",
    "AssertionError: 1061 != 1062",
    "exit code 1",
    "edit   prices.py",
    "run    python3 -B test_prices.py",
    "exit code 0",
    "codex  Fixed:",
    "-- diff ---",
    "-    return sum(cents) * (100 - discount_percent) // 100",
    "+    return (sum(cents) * (100 - discount_percent) + 50) // 100",
    "-- final response ---",
    "-- usage ---",
    "input   10,557   of it cached      7,616",
    "turn completed in ",
    "nothing was left behind",
)


def demo(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts/demo.py"), *arguments]
    return subprocess.run(
        command, env={**os.environ, **env}, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_demo_shows_a_turn_then_its_diff_answer_and_usage() -> None:
    done = demo()
    assert (done.returncode, done.stderr) == (0, "")
    place = 0
    for line in WANTED:
        found = done.stdout.find(line, place)
        assert found >= 0, f"{line!r} is missing or out of order:\n{done.stdout}"
        place = found + len(line)
    assert "\x1b" not in done.stdout
    folder = re.search(r"temporary repository (\S+)", done.stdout)
    assert folder is not None
    assert not Path(folder[1]).exists()


def test_the_live_demo_asks_for_a_login_when_there_is_none(tmp_path: Path) -> None:
    home = {"CODEX_HOME": str(tmp_path), "HOME": str(tmp_path), "OPENAI_API_KEY": ""}
    done = demo("--live", **home)
    assert done.returncode == 1
    assert "nobody is logged in" in done.stderr


def test_the_picture_of_the_demo_is_current() -> None:
    command = [sys.executable, "-m", "tools.demo_svg", "--check"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout[-300:]
