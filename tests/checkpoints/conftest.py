"""A folder to work in, and the keeper of one thread's checkpoints."""

from __future__ import annotations

from pathlib import Path

import pytest

from openai_codex._checkpoints.keeper import Keeper, Moment, Move
from openai_codex._checkpoints.records import Checkpoint


class Ground:
    """A working folder, a home for the state, and threads with their keepers."""

    def __init__(self, place: Path) -> None:
        self.root = place / "work"
        self.home = place / "home"
        for folder in (self.root, self.home):
            folder.mkdir(exist_ok=True)
        self.keeper = self.of("thread")

    def of(self, thread: str) -> Keeper:
        """Return a new keeper of a thread, as another process would have it."""
        return Keeper(self.home, thread)

    def moment(self, last: str | None = None) -> Moment:
        return Moment(str(self.root), last)

    def mark(self, kind: str = "mark", last: str | None = None) -> Checkpoint:
        return self.keeper.mark(self.moment(last), kind=kind)

    def rewind(self, mark: Checkpoint, last: str | None = "turn", *, force: bool = False) -> Move:
        """Go back after a turn `last`, which did whatever happened since the mark."""
        record = self.keeper.find(mark)
        return self.keeper.rewind(record, self.moment(last), files=True, left=last, force=force)

    def redo(self, last: str | None = "turn", *, force: bool = False) -> Move:
        return self.keeper.redo(self.moment(last), force=force)


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)
