"""Where the rules stand: the root folder, and whether a path really is below a folder.

The only look at the disk is `resolve`, which callers may replace; nothing is opened or written.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass


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
