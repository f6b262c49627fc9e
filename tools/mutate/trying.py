"""Runs the tests of a room against a mutant, on a copy of the checkout, each time in a fork.

What is slow to import, and is not ours, is imported once by the mother of all forks.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import coverage
import hypothesis
import pydantic  # noqa: F401  # it takes long to import
import pytest

from .reach import Reach, Watching

__all__ = ["copied", "finds", "watched"]

# Of no use to a test, or large.
_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", ".site-check", "site", "__pycache__", ".*_cache"
)
_SHOWN = 4000  # characters of what tests say that fail without any mutant
_QUIET = ("-x", "-q", "-n0", "-p", "no:cacheprovider", "--no-header")
# What the mother imported cannot have its assertions rewritten, and need not.
_IMPORTED = ("-W", "ignore::pytest.PytestAssertRewriteWarning")


@contextlib.contextmanager
def copied(root: Path) -> Iterator[Path]:
    """Copy a checkout into a folder of its own, which goes again."""
    with TemporaryDirectory(prefix="mutate-") as folder:
        place = Path(folder, "tree")
        shutil.copytree(root, place, ignore=_LEFT_OUT, symlinks=True)
        (place / ".venv").symlink_to(root / ".venv")
        subprocess.run(["git", "init", "-q", str(place)], check=True)
        yield place


def passes(place: Path, tests: list[str], *, seconds: float) -> bool | None:
    """Run some tests in the copy; None for a run that takes longer than `seconds`."""
    return _forked(place, tests, seconds, None)


def finds(place: Path, tests: list[str], path: Path, text: str, *, seconds: float) -> bool:
    """Tell whether tests find that a file of the copy has another text, or never end with it.

    A run that takes longer than `seconds` is held against one without the fault, for a machine that
    is busy makes all of them slow: it has to take four times as long.
    """
    whole = path.read_text()
    while True:
        path.write_text(text)
        try:
            passed = passes(place, tests, seconds=seconds)
        finally:
            path.write_text(whole)
        if passed is not None:
            return not passed
        begin = time.monotonic()
        passed = passes(place, tests, seconds=seconds)
        needed = time.monotonic() - begin
        if passed is not None and needed * 4 <= seconds:
            return True
        seconds = max(seconds, needed) * 4


def watched(place: Path, tests: list[str], *, seconds: float) -> Reach | None:
    """Run tests without any mutant and return which lines each runs.

    None when one fails, of which the end of the tests' output tells, on standard error.
    Keeps the byte code of what is imported, for later runs to begin sooner.
    """
    with TemporaryDirectory(prefix="mutate-") as folder:
        noted = Path(folder, "reach")
        if not _forked(place, tests, seconds, noted):
            sys.stderr.write(noted.with_suffix(".out").read_text(errors="replace")[-_SHOWN:])
            return None
        reach: Reach = pickle.loads(noted.read_bytes())
        return reach


def _forked(place: Path, tests: list[str], seconds: float, noted: Path | None) -> bool | None:
    child = os.fork()
    if child == 0:
        _test(place, tests, noted)
    until = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended or time.monotonic() > until:
            break
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):  # and what the tests left behind
        os.killpg(child, signal.SIGKILL)
    if not ended:
        os.waitpid(child, 0)
        return None
    code = os.waitstatus_to_exitcode(status)
    if noted and code in (4, 5):  # with a mutant it is a module that cannot be imported
        raise SystemExit(f"mutate: no tests ran: {tests}")
    return code == 0


def _test(place: Path, tests: list[str], noted: Path | None) -> None:
    """Be the fork: run the tests and end. Never returns."""
    code = 70
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        shown = os.devnull if noted is None else str(noted.with_suffix(".out"))
        output = os.open(shown, os.O_WRONLY | os.O_CREAT, 0o600)
        for stream in (1, 2):
            os.dup2(output, stream)
        os.chdir(place)
        sys.path[:] = [str(place / "src"), str(place), *sys.path[1:]]
        os.environ["PYTHONPATH"] = str(place / "src")  # for the tests that start Python
        # A mutant leaves no byte code behind that the next run might take for its own.
        sys.dont_write_bytecode = noted is None
        if noted is None:
            os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        # The same examples each time: whether a mutant is found must not be chance.
        hypothesis.settings.register_profile("mutate", derandomize=True, database=None)
        hypothesis.settings.load_profile("mutate")
        arguments = [*_QUIET, *_IMPORTED, *tests]
        code = pytest.main(arguments) if noted is None else _note(place, arguments, noted)
    finally:
        os._exit(code)


def _note(place: Path, arguments: list[str], noted: Path) -> int:
    """Run the tests and write down which lines each of them runs."""
    measured = coverage.Coverage(data_file=None, config_file=False, source=[str(place / "src")])
    watching = Watching(measured)
    measured.start()
    try:
        code = pytest.main(arguments, plugins=[watching])
    finally:
        measured.stop()
    noted.write_bytes(pickle.dumps(Reach.of(measured.get_data(), watching.seconds)))
    return code
