"""What runs on a dask worker: one pool of runtimes for each, and attempts that keep no results.

Nothing that is needed later stays here: what an attempt made is returned, and while it runs its
thread and its changes go to the driver in pieces. A worker may die at any moment.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import zlib
from pathlib import Path
from typing import Any, cast

from distributed import Client, Queue, Worker, WorkerPlugin, get_worker

from ... import AsyncCodex, __version__
from ..attempt import Made
from ..driver import Job
from ..errors import EngineError
from ..pool import Pool, runtimes_that_pay
from ..spent import Spent
from ..workspaces import Workspaces, cache_folder
from .elsewhere import Setting, attempt_here

__all__ = ["RESOURCE", "CodexWorker", "run_on_worker", "stop_worker"]

RESOURCE = "codex"
"""The resource of dask that a worker offers once it is set up; one that is not fit has none."""

_log = logging.getLogger("openai_codex.batch")


class CodexWorker(WorkerPlugin):
    """Holds the runtimes of one worker, for as long as the batch runs."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.pool: Pool
        self.workspaces: Workspaces
        self.client: Client
        self.scratch: Path
        self.stopping: asyncio.Event

    async def setup(self, worker: Worker) -> None:
        """Check that tasks can run here, and offer as many turns as the worker has threads.

        A worker that is not fit offers none, and the driver is told why.
        """
        self.client = await Client(
            worker.scheduler.address,
            asynchronous=True,
            security=worker.security,
            set_as_default=False,
            name=f"{self.setting.name}-worker",
        )
        try:
            await self._set_up(worker)
        except Exception as error:
            queue = await Queue(self.setting.name, client=self.client)
            await queue.put((worker.address, "unfit", str(error)))
            raise

    async def _set_up(self, worker: Worker) -> None:
        setting = self.setting
        if setting.version != __version__:
            raise EngineError(
                f"openai-codex {__version__} is installed, and the driver has {setting.version}: "
                "install the same version on both"
            )
        self.stopping = asyncio.Event()
        self.scratch = Path(worker.local_directory) / setting.name
        turns = worker.state.nthreads
        self.pool = setting.pool(self.scratch / "homes", runtimes=runtimes_that_pay(turns))
        self.workspaces = Workspaces(setting.cache or cache_folder(), excluded=self.scratch)
        await self._check_login()
        await worker.set_resources(**{RESOURCE: turns})

    async def _check_login(self) -> None:
        """Raise EngineError where the model provider wants a login and nobody is logged in."""
        async with self.pool.lease() as runtime:
            codex: AsyncCodex = runtime.codex
            account = await codex.account()
        if account.requires_openai_auth and account.account is None:
            await self.pool.close()
            raise EngineError(
                "nobody is logged in: run `openai-codex login` there, or put the key into the "
                "config's env"
            )

    async def teardown(self, worker: Worker) -> None:
        """End the runtimes and delete what is here."""
        await worker.set_resources(**{RESOURCE: 0})
        if hasattr(self, "pool"):
            await self.pool.close()
            await asyncio.to_thread(shutil.rmtree, self.scratch, ignore_errors=True)
        client: Any = self.client
        await client.close()


class _Wire:
    """Sends what an attempt says to the driver, in order, over a queue of the scheduler."""

    def __init__(self, plugin: CodexWorker, key: str) -> None:
        self._key = key
        self._queue = Queue(plugin.setting.name, client=plugin.client)
        self._lines: asyncio.Queue[tuple[str, Any] | None] = asyncio.Queue()
        self._sending = asyncio.create_task(self._send())
        self._sent = 0

    def notify(self, kind: str, value: Any) -> None:
        """Send a short message, some time."""
        plain = value.to_json() if isinstance(value, Spent) else value
        self._lines.put_nowait((kind, plain))

    async def checkpoint(self, rollout: Path, patch: Path) -> None:
        """Send what is new of the thread, and the patch in whole."""
        content = await asyncio.to_thread(rollout.read_bytes)
        whole = content[: content.rfind(b"\n") + 1]
        changes = await asyncio.to_thread(patch.read_bytes)
        piece = (self._sent, zlib.compress(whole[self._sent :], 1), zlib.compress(changes, 1))
        self._lines.put_nowait(("checkpoint", piece))
        self._sent = len(whole)

    async def _send(self) -> None:
        await self._queue
        while (line := await self._lines.get()) is not None:
            await self._queue.put((self._key, *line))

    async def close(self) -> None:
        """Return once everything was sent; a lost scheduler is told by the call itself."""
        self._lines.put_nowait(None)
        await asyncio.wait((self._sending,))
        if not self._sending.cancelled() and self._sending.exception() is not None:
            _log.warning("could not report to the driver: %s", self._sending.exception())
        self._queue.close()


async def run_on_worker(name: str, key: str, job: Job, saved: dict[str, bytes]) -> Made:
    """Make one attempt on this worker."""
    plugin = cast("CodexWorker", get_worker().plugins[name])
    wire = _Wire(plugin, key)
    try:
        return await attempt_here(
            job,
            saved,
            scratch=plugin.scratch,
            pool=plugin.pool,
            workspaces=plugin.workspaces,
            notify=wire.notify,
            stop=plugin.stopping,
            checkpoint=wire.checkpoint,
        )
    finally:
        await wire.close()


async def stop_worker(name: str, dask_worker: Worker) -> None:
    """Have every attempt on this worker stop soon."""
    plugin = dask_worker.plugins.get(name)
    if isinstance(plugin, CodexWorker):
        plugin.stopping.set()
