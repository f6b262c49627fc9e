"""Programs of the system that tests need, installed if need be, as root on Debian and its like."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

__all__ = ["program"]


def program(*names: str) -> str:
    """Return the path of the first of these programs that is there; the first is its package, too.

    Raises RuntimeError where none is there and none can be installed.
    """
    found = _found(names)
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        with _alone():
            if _found(names) is None:  # another worker may have installed it meanwhile
                for words in (["update", "-qq"], ["install", "-y", "-qq", names[0]]):
                    subprocess.run(["apt-get", *words], check=True, stdout=subprocess.DEVNULL)
        found = _found(names)
    if found is None:
        raise RuntimeError(f"this test needs {names[0]}: install it, `apt-get install {names[0]}`")
    return found


def _found(names: tuple[str, ...]) -> str | None:
    return next(filter(None, map(shutil.which, names)), None)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Be the only worker that installs: apt-get gives up where another one has its lock."""
    import fcntl

    lock = Path(tempfile.gettempdir(), "codex-tests-apt.lock")
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
