"""Whether a review has a git repository to compare branches in, as far as it is known here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from .._checks import check_kind
from ..display.on_disk import FarFolder
from ..errors import NotARepositoryError

if TYPE_CHECKING:
    from .connection import AsyncConnection

__all__ = ["check_repository"]


def check_repository(connection: AsyncConnection, thread_id: str, base: str | None) -> None:
    """Raise NotARepositoryError for a branch to compare with in a folder without a repository.

    A folder on another machine, and one whose repository the environment names, is left to the
    runtime, whose turn fails. What can be seen here is not: the runtime keeps the error of a review
    that it refused, and reports the thread's next turn as failed with it.
    """
    check_kind("base", base, str)
    folder = connection.folder_of(thread_id)
    if base is None or folder is None or isinstance(folder, FarFolder):
        return
    named = {**os.environ, **(connection.config.env or {})}
    if connection.process_facts() is None or "GIT_DIR" in named:
        return
    place = Path(folder)
    if not any(_is_repository(above / ".git") for above in (place, *place.parents)):
        raise NotARepositoryError(folder, base)


def _is_repository(place: Path) -> bool:
    return place.is_file() or (place / "HEAD").exists()  # a file in a worktree, or a submodule
