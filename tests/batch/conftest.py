"""What tests of batches share: a folder, a cache, and a repository to work on."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from openai_codex import AppServerConfig
from openai_codex.testing import offline_config
from tests.conftest import SharedModel

GIT = ("git", "-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")


def git(folder: Path, *words: str) -> str:
    """Run git in a folder and return what it prints."""
    command = [*GIT, "-C", str(folder), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that only waits to be reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def until(holds: Callable[[], bool]) -> None:
    """Block until something holds; the time-out is the test's."""
    while not holds():
        time.sleep(0.01)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The folder of a batch."""
    return tmp_path / "out"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache folder, so that no test sees another's clones."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def config(model: SharedModel) -> AppServerConfig:
    """The configuration of hermetic runtimes."""
    return offline_config(model)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with two commits, a tag and an uncommitted change."""
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "app.py").write_text("one = 1\n")
    (folder / "logo.bin").write_bytes(bytes(range(256)))
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "One")
    git(folder, "tag", "first")
    (folder / "app.py").write_text("two = 2\n")
    git(folder, "commit", "-qam", "Two")
    (folder / "app.py").write_text("not committed\n")
    return folder


Look = Callable[[Path], dict[str, str]]


@pytest.fixture
def look() -> Look:
    """Read all of a folder, to compare it before and after."""

    def contents(folder: Path) -> dict[str, str]:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): path.read_bytes().hex() for path in files}

    return contents
