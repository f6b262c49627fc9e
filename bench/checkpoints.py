"""What a checkpoint costs: 10,000 files of which none changed, beside `git status`; and 1 GB.

    python bench/checkpoints.py          a checkpoint and `git status`, in turn, medians
    python bench/checkpoints.py --huge   a sparse file of 1 GB: kept, lost, brought back, compared

Exits with 1 when the first costs 150 ms more than `git status`, or the second is not the same. Not
a row of the results: there is no other client to compare with.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from openai_codex._checkpoints.keeper import Keeper, Moment

FILES, FOLDERS, TIMES = 10_000, 200, 15
GOAL_MS = 150
GIGABYTE = 1 << 30
CLEAN = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "PATH": "/usr/bin:/bin"}


def git(root: Path, *arguments: str) -> None:
    """Run git without anybody's settings."""
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments]
    subprocess.run(command, cwd=root, env=CLEAN, check=True, capture_output=True)


def milliseconds(work: Callable[[], object]) -> float:
    """Return how long some work takes."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def unchanged(place: Path) -> bool:
    """Compare a checkpoint with `git status` where nothing changed."""
    root, home = place / "work", place / "home"
    home.mkdir()
    for folder in range(FOLDERS):
        inner = root / f"package{folder // 20}" / f"module{folder}"
        inner.mkdir(parents=True)
        for number in range(FILES // FOLDERS):
            (inner / f"file{number}.py").write_text(f"x = {folder * number}\n" * 20)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    time.sleep(1.1)  # so that no file is as new as git's index
    keeper, moment = Keeper(home, "thread"), Moment(str(root), None)
    print(f"the first one: {milliseconds(lambda: keeper.mark(moment, kind='mark')):.0f} ms")
    time.sleep(1.1)
    keeper.mark(moment, kind="mark")
    marks, statuses = [], []
    for _ in range(TIMES):
        statuses.append(milliseconds(lambda: git(root, "status", "--short")))
        marks.append(milliseconds(lambda: keeper.mark(moment, kind="mark")))
    mark, status = statistics.median(marks), statistics.median(statuses)
    print(f"{FILES} files, none changed: {mark:.0f} ms; git status: {status:.0f} ms")
    print(f"beyond git status: {mark - status:.0f} ms, of at most {GOAL_MS} ms")
    return mark - status < GOAL_MS


def huge(place: Path) -> bool:
    """Keep, lose and bring back 1 GB that is mostly a hole."""
    root, home = place / "work", place / "home"
    root.mkdir()
    home.mkdir()
    path = root / "huge"
    write_huge(path)
    keeper = Keeper(home, "thread")
    mark = keeper.mark(Moment(str(root), None), kind="turn")
    path.write_text("small now")
    now = Moment(str(root), "turn")
    keeper.rewind(keeper.find(mark), now, files=True, left="turn", force=False)
    write_huge(root / "wanted")
    same = subprocess.run(["cmp", str(path), str(root / "wanted")], check=False).returncode == 0
    taken = path.stat().st_blocks * 512
    print(f"1 GB came back {'the same' if same else 'DIFFERENT'}; it takes {taken} bytes of disk")
    return same


def write_huge(path: Path) -> None:
    """Write a gigabyte with two islands of text in it."""
    with path.open("wb") as file:
        file.write(b"head")
        file.seek(GIGABYTE // 2)
        file.write(b"middle")
        file.truncate(GIGABYTE)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        work = huge if sys.argv[1:] == ["--huge"] else unchanged
        sys.exit(0 if work(Path(folder)) else 1)
