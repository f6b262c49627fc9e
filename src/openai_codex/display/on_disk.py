"""The text of a file that a diff is about. The one look at the disk of all that is displayed.

The agent chooses the path: nothing but a plain file of bounded size is opened.
"""

from __future__ import annotations

import os
import stat

__all__ = ["FarFolder", "read_text"]

_LARGEST = 4 * 1024 * 1024


class FarFolder(str):
    """A folder in an environment: paths count from it, and its like on this disk is another."""

    __slots__ = ("environment",)
    environment: str

    def __new__(cls, folder: str, environment: str) -> FarFolder:
        """Make one of a path and the name of the environment that it is in."""
        made = super().__new__(cls, folder)
        made.environment = environment
        return made

    def __reduce__(self) -> tuple[type[FarFolder], tuple[str, str]]:
        return FarFolder, (str(self), self.environment)


def read_text(path: str) -> str | None:
    """Return the text of a file, or None for what is not there, too large, or no text."""
    try:
        found = os.stat(path)  # noqa: PTH116 - text, perhaps of another system
        if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
            return None
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read(_LARGEST).decode()
    except (OSError, ValueError):
        return None
