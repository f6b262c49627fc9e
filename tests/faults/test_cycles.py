"""Opening and closing clients again and again leaves nothing, in neither API."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("face", ["threads", "tasks"])
def test_200_cycles_of_open_and_close_leave_the_counts_where_they_were(face: str) -> None:
    command = [sys.executable, "-W", "error", "-m", "tests.faults.cycles", face]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert (done.stdout, done.stderr) == ("nothing is left\n", "")
