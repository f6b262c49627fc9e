"""What checkpoints raise. Data and texts only."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import CodexError

__all__ = [
    "CheckpointError",
    "CheckpointNotFoundError",
    "CheckpointUnsupportedError",
    "FilesChangedError",
    "GitNotFoundError",
    "RewindBlockedError",
]

_SHOWN = 10


class CheckpointError(CodexError):
    """Raised when a checkpoint cannot be made, compared or gone back to; its family's base."""

    def __str__(self) -> str:  # names of files, and what git says about them, are not ours
        from .._safe_text import one_line

        return one_line(str(self.args[0]))


class GitNotFoundError(CheckpointError):
    """Raised when there is no git program; checkpoints keep their files in git's format."""

    def __init__(self, message: str = "") -> None:
        super().__init__(
            message
            or "checkpoints need the git program, and none is on PATH: install git, or work "
            "without checkpoints"
        )


class CheckpointUnsupportedError(CheckpointError):
    """Raised where a thread's files or its conversation cannot be kept; the message says why."""


class CheckpointNotFoundError(CheckpointError, LookupError):
    """Raised when a thread has no such checkpoint, or nothing that could be redone."""


class FilesChangedError(CheckpointError):
    """Raised when others changed files that a rewind would change back; nothing was touched.

    `paths` are the files, relative to the folder of the checkpoint.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(tuple(paths))
        self.paths = tuple(paths)

    def __str__(self) -> str:
        return (
            f"{_counted(self.paths)} changed by someone else than this thread, or while another "
            f"thread worked here, and the change would be lost: {_listed(self.paths)}. Pass "
            "force=True to go back all the same"
        )


class RewindBlockedError(CheckpointError):
    """Raised when ignored files are in the way of files that would come back; nothing was touched.

    `paths` are the places, relative to the folder of the checkpoint.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(tuple(paths))
        self.paths = tuple(paths)

    def __str__(self) -> str:
        return (
            "files that checkpoints do not cover are in the way: "
            f"{_listed(self.paths)}. Move them away and rewind again"
        )


def _counted(paths: Sequence[str]) -> str:
    return "1 file was" if len(paths) == 1 else f"{len(paths)} files were"


def _listed(paths: Sequence[str]) -> str:
    shown = ", ".join(repr(path) for path in paths[:_SHOWN])
    more = len(paths) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
