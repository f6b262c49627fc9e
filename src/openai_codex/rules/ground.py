"""Where the rules stand: the root folder, and whether a path really is below a folder.

The disk is looked at by `resolve`, which callers may replace, and for links; nothing is opened or
written.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath


@dataclass(frozen=True, slots=True)
class Ground:
    """The folder that rules are relative to, and how symlinks are followed."""

    root: str | None = None
    resolve: Callable[[str], str] = os.path.realpath

    def holds(self, cwd: str | None) -> bool:
        """Say whether a command started in `cwd` stays on this ground. No root holds all."""
        if self.root is None:
            return True
        return (
            cwd is not None
            and is_plain(cwd)
            and all(
                names_below(place, top) is not None
                for place, top in self.readings(cwd, below=self.root)
            )
        )

    def is_root(self, cwd: str | None) -> bool:
        """Say whether `cwd` is the root itself."""
        return None not in (cwd, self.root) and names_of(cwd or "") == names_of(self.root or "")

    def readings(self, path: str, *, below: str) -> tuple[tuple[str, str], ...]:
        """Return (path, folder) twice: as written, and as the disk has them."""
        return ((path, below), (self.resolve(path), self.resolve(below)))

    def is_tangled(self, path: str) -> bool:
        """Say whether symlinks lead in a circle, so that nobody can say where the path ends."""
        if self.resolve is not os.path.realpath:
            return False
        real = self.resolve(path)  # which keeps the links of a circle as they are
        return any(map(os.path.islink, (real, *map(str, PurePath(real).parents))))

    def has_other_names(self, path: str) -> bool:
        """Say whether the file has hard links: what is written to it may be written elsewhere."""
        try:
            found = os.stat(self.resolve(path))  # noqa: PTH116 - text, perhaps of another system
        except (OSError, ValueError):
            return False
        return stat.S_ISREG(found.st_mode) and found.st_nlink > 1


def is_plain(path: str) -> bool:
    """Say whether a path is absolute, never climbs with `..`, and can name a file."""
    return (
        os.path.isabs(path)  # noqa: PTH117 - text, perhaps of another system
        and os.pardir not in names_of(path)
        and path.isprintable()  # control characters, lone surrogates
    )


def names_of(path: str) -> tuple[str, ...]:
    """Return the names in a path, without empty ones and `.`."""
    parts = path.replace(os.sep, "/").split("/")
    return tuple(part for part in parts if part not in ("", os.curdir))


def names_below(path: str, folder: str) -> tuple[str, ...] | None:
    """Return the names from `folder` down to `path`, or None when it is not below."""
    names, top = names_of(path), names_of(folder)
    return names[len(top) :] if names[: len(top)] == top else None


def root_of(root: str | os.PathLike[str] | None) -> str | None:
    """Return the root as an absolute path. Raises TypeError, or ValueError for no real folder."""
    if root is None:
        return None
    text = os.fspath(root)
    if not isinstance(text, str):
        raise TypeError(f"root is a str or a path, not {root!r}")
    if not text:
        raise ValueError("root is a folder, not '': write root='.' for the working folder")
    if text.startswith("~"):
        raise ValueError(f"'~' is not expanded: write root=os.path.expanduser({text!r})")
    return os.path.abspath(text)  # noqa: PTH100
