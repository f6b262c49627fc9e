"""The engine over any `concurrent.futures.Executor`: threads, processes, a cluster's own.

An executor has no way back while a call runs, so there are no checkpoints and no live counts here:
an attempt whose worker dies begins from zero. To stop is told by a file, to workers that see the
folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor
from pathlib import Path

from ..attempt import Made, Notify
from ..driver import Job
from ..errors import EngineError
from ..folder import Folder
from ..workspaces import Workspaces, cache_folder
from .elsewhere import Setting, attempt_here, saved_files, untravelled

__all__ = ["ExecutorEngine"]

LOOK_EVERY = 0.2
SLOTS = 8


class ExecutorEngine:
    """Runs each attempt as one call of an executor, with a runtime of its own."""

    def __init__(
        self, executor: Executor, folder: Folder, setting: Setting, *, concurrency: int | None
    ) -> None:
        self._executor = executor
        self._folder = folder
        self._setting = setting
        workers = getattr(executor, "_max_workers", None)
        self._slots = concurrency or (workers if isinstance(workers, int) else SLOTS)

    async def open(self) -> None:
        """Make the folder that the workers of this machine work in."""
        await asyncio.to_thread(self._folder.work.mkdir, parents=True, exist_ok=True)
        await asyncio.to_thread(self._stop_file.unlink, missing_ok=True)

    @property
    def _stop_file(self) -> Path:
        return self._folder.work / "stop"

    @property
    def slots(self) -> int:
        """How many calls are made at once."""
        return self._slots

    async def run(self, job: Job, notify: Notify) -> Made:
        """Have one attempt made; raises EngineError when the executor is broken."""
        saved: dict[str, bytes] = {}
        if job.thread is not None:
            saved = await asyncio.to_thread(saved_files, self._folder.of(job.task.id))
        call = functools.partial(_in_worker, job, saved, self._setting, self._folder.work)
        try:
            future = self._executor.submit(call)
        except RuntimeError as error:  # it is broken, or was shut down
            raise _over(error) from error
        try:
            return await asyncio.wrap_future(future)
        except BrokenExecutor as error:
            raise _over(error) from error
        except Exception as error:  # an attempt raises nothing: its task could not travel
            return untravelled(error)

    async def stop(self) -> None:
        """Tell the workers that see the folder; others go on to the end of their attempts."""
        await asyncio.to_thread(self._stop_file.touch)

    def place(self, task_id: str) -> None:
        """Nothing is here: files come with what an attempt returns."""

    def discard(self, task_id: str) -> None:
        """Nothing is left: workers remove their folders themselves."""

    async def close(self) -> None:
        """Leave the executor to its owner."""
        await asyncio.to_thread(self._stop_file.unlink, missing_ok=True)


def _over(error: Exception) -> EngineError:
    return EngineError(
        f"the executor is broken ({error}); what was done is kept, and the same batch goes on from "
        "it with a new executor"
    )


def _in_worker(job: Job, saved: dict[str, bytes], setting: Setting, work: Path) -> Made:
    return asyncio.run(_attempt(job, saved, setting, work))


async def _attempt(job: Job, saved: dict[str, bytes], setting: Setting, work: Path) -> Made:
    stop = asyncio.Event()
    with _scratch(work) as scratch:
        pool = setting.pool(scratch / "homes", runtimes=1)
        watching = asyncio.create_task(_watch(work / "stop", stop))
        try:
            return await attempt_here(
                job,
                saved,
                scratch=scratch,
                pool=pool,
                workspaces=Workspaces(setting.cache or cache_folder(), excluded=work.parent),
                notify=_unheard,
                stop=stop,
            )
        finally:
            watching.cancel()
            await asyncio.wait((watching,))
            await pool.close()


def _unheard(kind: str, value: object) -> None:
    """Nobody listens while a call of an executor runs."""


async def _watch(file: Path, stop: asyncio.Event) -> None:
    while not await asyncio.to_thread(file.exists):  # noqa: ASYNC110 - another process makes it
        await asyncio.sleep(LOOK_EVERY)
    stop.set()


@contextlib.contextmanager
def _scratch(work: Path) -> Iterator[Path]:
    """A folder of this call: in the batch's, which is tidied after a crash, where that is seen."""
    homes = work / "homes" if work.is_dir() else None
    if homes is not None:
        homes.mkdir(exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix=f"call-{os.getpid()}-", dir=homes))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
