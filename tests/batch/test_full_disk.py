"""A real disk that is full in the middle of a batch, and has room again later."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from openai_codex import AppServerConfig
from openai_codex.batch import FolderError, Outcome, Task, results, run_batch
from openai_codex.testing import say
from tests.conftest import SharedModel
from tests.strict import needs

SMALL, LARGE = "16m", "200m"


def _mount(place: Path, *options: str) -> bool:
    command = ["mount", "-t", "tmpfs", *options, "none", str(place)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@cache
def can_mount() -> bool:
    """Tell whether this user may mount a file system of a size."""
    if os.name != "posix" or os.geteuid() != 0:
        return False
    probe = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    assert _mount(place, "-o", f"size={SMALL}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@needs(can_mount(), "the right to mount")
def test_a_disk_that_fills_up_loses_nothing_and_the_rest_is_done_later(
    model: SharedModel, config: AppServerConfig, disk: Path
) -> None:
    model.default(say("word " * 20_000))
    tasks = [Task(f"t{number}", "x") for number in range(60)]
    out = disk / "out"
    with pytest.raises(FolderError, match="No space left"):
        run_batch(tasks, out, config=config, concurrency=4, retries=0).wait()
    done = [result for result in results(out) if result.ok]
    assert 0 < len(done) < 60
    assert all(len(result.answer or "") == 100_000 for result in done), "whole, or not there"
    assert _mount(disk, "-o", f"remount,size={LARGE}")
    summary = run_batch(tasks, out, config=config, concurrency=4).wait()
    assert (summary.ok, summary.exit_code) == (60, 0)
    assert {result.outcome for result in results(out)} == {Outcome.ok}
