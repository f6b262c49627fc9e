"""The contract of every engine. It runs attempts; it decides nothing about them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ..attempt import Made, Notify
from ..driver import Job

__all__ = ["Engine"]


class Engine(Protocol):
    """A place where attempts run.

    An attempt's files are in `Made.files`, or in the place that `place` names.
    """

    async def open(self) -> None:
        """Get ready; raises EngineError when tasks cannot run here."""

    @property
    def slots(self) -> int:
        """How many attempts run at once; may change while the batch runs."""
        ...

    async def run(self, job: Job, notify: Notify) -> Made:
        """Run one attempt to its end; what goes wrong inside is in what it returns.

        What it raises ends the batch: no attempt can be made here.
        """
        ...

    async def stop(self) -> None:
        """Have every running attempt stop soon, each with what it has so far."""

    def place(self, task_id: str) -> Path | None:
        """The folder of this machine where a task's attempt leaves its files, None if elsewhere."""
        ...

    def discard(self, task_id: str) -> None:
        """Delete the working folder of a task. Blocks, so it is called on a thread."""

    async def close(self) -> None:
        """End everything that was started, and delete what was made."""
