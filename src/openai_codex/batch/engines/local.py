"""The engine of one machine: attempts are tasks of this event loop."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ...config import AppServerConfig
from ...prices import Prices
from ...telemetry import Telemetry
from ..attempt import Attempt, Made, Notify
from ..driver import Job
from ..folder import Folder
from ..pool import Pool
from ..workspaces import Workspaces

__all__ = ["LocalEngine"]


class LocalEngine:
    """Runs attempts here, on a pool of runtimes whose homes are in the batch's folder."""

    def __init__(
        self,
        folder: Folder,
        config: AppServerConfig,
        *,
        concurrency: int,
        runtimes: int,
        cache: Path,
        prices: Prices | None = None,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._folder = folder
        self._concurrency = concurrency
        homes = folder.work / "homes"
        self._pool = Pool(config, homes, runtimes=runtimes, prices=prices, telemetry=telemetry)
        self._workspaces = Workspaces(cache, excluded=folder.path)
        self._stopping = asyncio.Event()

    async def open(self) -> None:
        """Nothing is started before the first attempt needs it."""

    @property
    def slots(self) -> int:
        """How many attempts run at once."""
        return self._concurrency

    async def run(self, job: Job, notify: Notify) -> Made:
        """Run one attempt to its end; raises StartupError when no runtime can be started here."""
        attempt = Attempt(
            job,
            place=self.place(job.task.id),
            saved=self._folder.of(job.task.id),
            pool=self._pool,
            workspaces=self._workspaces,
            notify=notify,
            stop=self._stopping,
        )
        return await attempt.run()

    async def stop(self) -> None:
        """Interrupt the running turns and commands."""
        self._stopping.set()

    def place(self, task_id: str) -> Path:
        """The folder where a task's attempt works and leaves its files."""
        return self._folder.workspace(task_id)

    def discard(self, task_id: str) -> None:
        """Delete the working folder of a task. Blocks."""
        self._workspaces.remove(self.place(task_id))

    async def close(self) -> None:
        """End the runtimes and delete their homes."""
        await self._pool.close()
