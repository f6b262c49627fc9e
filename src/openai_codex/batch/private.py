"""Files that hold conversations: their owner alone may read them."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

__all__ = ["copy_private", "link_private", "make_private", "opened_private", "private_folder"]

FILE = 0o600
FOLDER = 0o700


def opened_private(path: Path, flags: int) -> int:
    """Open a file, made for its owner alone, and close it to others where it was there before."""
    file = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, FILE)
    if os.name == "posix":
        with contextlib.suppress(OSError):  # another's, which was open to us
            os.fchmod(file, FILE)
    return file


def private_folder(path: Path) -> None:
    """Make a folder into which its owner alone may look."""
    path.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        path.chmod(FOLDER)


def make_private(path: Path) -> None:
    """Close a file of another program's making to others."""
    with contextlib.suppress(OSError):
        path.chmod(FILE)


def copy_private(source: Path, target: Path) -> None:
    """Copy a file's content to a new one that its owner alone may read."""
    target.unlink(missing_ok=True)  # it may be another name of a file that is to stay
    os.close(opened_private(target, os.O_WRONLY))
    shutil.copyfile(source, target)


def link_private(source: Path, target: Path) -> bool:
    """Give a file another name, for its owner alone; False where the disk has no such names."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        return False
    make_private(target)
    return True
