"""Random trees of files, what happens to them, and a picture of a tree to compare with."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

Step = tuple[Any, ...]

NAMES = [
    b"a",
    b"b",
    b"c d",
    "\u00e9\u4e2d".encode(),
    b"n\nl",
    b"-x",
    b"*?",
    b"[z]",
    b"back\\slash",
    b"\xff",
]
CONTENTS = [b"", b"1", b"two\r\nlines\n", b"\0binary\xff", b"$Id$\n"]
MODES = [0o644, 0o600, 0o755, 0o700, 0o666, 0o400]

paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(b"/".join)
steps = st.one_of(
    st.tuples(st.just("write"), paths, st.sampled_from(CONTENTS)),
    st.tuples(st.just("write"), paths, st.sampled_from(CONTENTS)),
    st.tuples(st.just("folder"), paths),
    st.tuples(st.just("link"), paths, st.sampled_from(NAMES)),
    st.tuples(st.just("mode"), paths, st.sampled_from(MODES)),
    st.tuples(st.just("remove"), paths),
    st.tuples(st.just("move"), paths, paths),
    st.tuples(st.just("repository"), paths),
    st.tuples(st.just("forget"), paths),
)
histories = st.lists(steps, max_size=12)


def play(root: Path, history: Sequence[Step]) -> None:
    """Let a history happen; a step that makes no sense where it comes does nothing."""
    base = os.fsencode(root) + b"/"
    for name, path, *rest in history:
        with contextlib.suppress(OSError, shutil.Error):
            _STEPS[name](base + path, *(base + r if name == "move" else r for r in rest))


def _write(path: bytes, content: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.islink(path):
        os.unlink(path)
    Path(os.fsdecode(path)).write_bytes(content)


def _link(path: bytes, target: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.symlink(target, path)


def _mode(path: bytes, mode: int) -> None:
    if os.path.islink(path):
        return
    os.chmod(path, mode | (0o700 if os.path.isdir(path) else 0))


def _remove(path: bytes) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def _move(path: bytes, target: bytes) -> None:
    os.rename(path, target)


def _repository(path: bytes) -> None:
    """Make a repository, without a commit: git itself refuses to add such a one."""
    os.makedirs(path, exist_ok=True)
    place = os.fsdecode(path)
    subprocess.run(["git", "init", "-q", "--template=", place], check=True, capture_output=True)


def _forget(path: bytes) -> None:
    shutil.rmtree(path + b"/.git")


_STEPS: dict[str, Any] = {
    "write": _write,
    "folder": lambda path: os.makedirs(path, exist_ok=True),
    "link": _link,
    "mode": _mode,
    "remove": _remove,
    "move": _move,
    "repository": _repository,
    "forget": _forget,
}


def picture(root: Path) -> dict[bytes, tuple[int, bytes]]:
    """Return every path with its mode and content, but for `.git` folders."""
    base = os.fsencode(root)
    seen = {}
    for folder, names, files in os.walk(base):
        names[:] = [name for name in names if name != b".git"]
        for name in [*names, *files]:
            path = os.path.join(folder, name)
            mode = os.lstat(path).st_mode
            seen[os.path.relpath(path, base)] = (mode, _content(path, mode))
    return seen


def _content(path: bytes, mode: int) -> bytes:
    if stat.S_ISLNK(mode):
        return os.readlink(path)
    return Path(os.fsdecode(path)).read_bytes() if stat.S_ISREG(mode) else b""
