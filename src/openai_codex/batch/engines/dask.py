"""The engine over a dask cluster: local processes, or workers anywhere.

The driver keeps the queue and the ledger, and submits no more than there are slots. That way a
worker that dies makes suspects of the few tasks that ran on it, and of no others.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import uuid
import zlib
from typing import Any

from distributed import Client, KilledWorker, LocalCluster, Queue
from distributed.client import ClosedClientError, FutureCancelledError

from ..._safe_text import one_line
from ..attempt import Made, Notify
from ..driver import End, Job
from ..errors import EngineError
from ..folder import Folder, write_whole
from ..options import Options
from ..outcome import Outcome
from ..private import opened_private
from ..spent import Spent
from .dask_worker import RESOURCE, CodexWorker, run_on_worker, stop_worker
from .elsewhere import Setting, saved_files, untravelled
from .seats import Seats

__all__ = ["DaskEngine"]

_log = logging.getLogger("openai_codex.batch")

LOOK_EVERY = 0.5
CONNECT_WITHIN = 30.0


async def _result_of(future: Any) -> Made:
    """Wait for a call; what goes wrong around it is an end as well."""
    try:
        made: Made = await future
        return made
    except KilledWorker as error:
        return Made(End(Outcome.infrastructure, f"its worker died: {error}", is_death=True))
    except (FutureCancelledError, OSError, KeyError) as error:
        # KeyError: it met a worker that was just taking our part out.
        return Made(End(Outcome.infrastructure, f"{type(error).__name__}: {error}"))
    except Exception as error:  # an attempt raises nothing: its task or result could not travel
        return untravelled(error)


async def _client(where: Any, **options: Any) -> Client:
    client: Client = await Client(where, asynchronous=True, set_as_default=False, **options)
    return client


class DaskEngine:
    """Runs attempts on the workers of a cluster. `where` is "dask", an address, or a client."""

    def __init__(self, where: Any, folder: Folder, options: Options) -> None:
        self._where = where
        self._folder = folder
        self._options = options
        self._name = f"openai-codex-batch-{uuid.uuid4().hex[:12]}"
        self._seats = Seats()
        self._change = asyncio.Condition()
        self._known: set[str] = set()  # the workers that the scheduler has, fit or not
        self._unfit: dict[str, str] = {}
        self._notify: dict[str, Notify] = {}
        self._jobs: dict[str, Job] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._keeping = asyncio.Lock()  # while a checkpoint is written
        self._is_stopping = False
        self._is_lost = False
        self._cluster: LocalCluster | None = None
        self._client: Client

    # --- opening and closing -----------------------------------------------------------------

    async def open(self) -> None:
        """Connect, and set the workers up; raises EngineError with what to do."""
        self._client = await self._connect()
        self._queue = await Queue(self._name, client=self._client)
        self._tasks = [asyncio.create_task(work()) for work in (self._watch, self._listen)]
        try:
            await self._client.register_plugin(CodexWorker(self._setting()), name=self._name)
        except Exception as error:
            _log.info("some workers are not fit: %s", error)  # each of them says why, too
        await self._wait_for_workers()

    async def _wait_for_workers(self) -> None:
        """Return with the first worker that is fit; raises EngineError when there are only others.

        Without any worker it returns after a while: some may join later.
        """
        try:
            async with self._change:
                joined = self._change.wait_for(self._have_answered)
                await asyncio.wait_for(joined, CONNECT_WITHIN)
        except asyncio.TimeoutError:
            _log.warning("no worker has joined %s yet; waiting for one", self._where)
        await self._look()
        if not self._seats.total and self._unfit:
            raise EngineError("no worker can run tasks; " + "; ".join(self._unfit.values()))

    def _have_answered(self) -> bool:
        """Return whether a worker is fit, or every one has said that it is not."""
        return bool(self._seats.total or (self._known and self._known <= self._unfit.keys()))

    def _setting(self) -> Setting:
        return Setting.of(self._options, self._name)

    async def _connect(self) -> Client:
        try:
            if self._where == "dask":
                self._cluster = await self._local_cluster()
                return await _client(self._cluster)
            given = self._where
            address = given if isinstance(given, str) else given.scheduler.address
            security = None if isinstance(given, str) else given.security
            return await _client(address, security=security, timeout=CONNECT_WITHIN)
        except (OSError, TimeoutError, ValueError) as error:
            raise EngineError(f"no dask scheduler answers at {self._where}: {error}") from error

    @property
    def _workers(self) -> int:
        """How many processes a local cluster has."""
        return self._options.runtimes or os.cpu_count() or 1

    async def _local_cluster(self) -> LocalCluster:
        workers = self._workers
        turns = -(-(self._options.concurrency or 8) // workers)
        scratch = self._folder.work / "homes" / "dask"
        await asyncio.to_thread(scratch.mkdir, parents=True, exist_ok=True)
        # Without an address it takes the port that every other cluster on the machine wants, too.
        options: dict[str, Any] = {"dashboard_address": "127.0.0.1:0"}
        return await LocalCluster(
            n_workers=workers,
            threads_per_worker=turns,
            processes=True,
            asynchronous=True,
            local_directory=str(scratch),
            silence_logs=logging.ERROR,
            **options,
        )

    async def close(self) -> None:
        """Take our part out of the workers, and end the cluster if it is ours."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if not hasattr(self, "_client"):
            return
        with contextlib.suppress(Exception):  # a worker that dies now has nothing left to lose
            await self._client.unregister_worker_plugin(self._name)
        client: Any = self._client
        await client.close()
        if self._cluster is not None:
            closing = self._cluster.close()
            if closing is not None:
                await closing

    # --- running -----------------------------------------------------------------------------

    @property
    def slots(self) -> int:
        """The turns that the workers of this moment offer, within `concurrency`."""
        total = self._seats.total
        limit = self._options.concurrency
        return total if limit is None else min(total, limit)

    async def run(self, job: Job, notify: Notify) -> Made:
        """Run one attempt on a worker; the death of the worker is an end like others."""
        saved: dict[str, bytes] = {}
        if job.thread is not None:
            saved = await asyncio.to_thread(saved_files, self._folder.of(job.task.id))
        worker = await self._seat(job)
        if worker is None:
            return Made(End(Outcome.cancelled, "stopped before a worker was free"))
        key = f"{self._name}-{uuid.uuid4().hex[:8]}"
        self._notify[key], self._jobs[key] = notify, job
        try:
            return await self._made(worker, key, job, saved)
        finally:
            del self._notify[key], self._jobs[key]
            self._seats.leave(worker)
            async with self._keeping:  # what an attempt returns is newer than its checkpoints
                pass
            await self._changed()

    async def _seat(self, job: Job) -> str | None:
        """Wait for a seat on a worker; None when the batch is stopped before one is free."""
        async with self._change:
            while not self._is_stopping:
                if self._is_lost:
                    raise self._gone_for_good()
                worker = self._seats.take(alone=job.alone)
                if worker is not None:
                    return worker
                await self._change.wait()
        return None

    async def _changed(self) -> None:
        async with self._change:
            self._change.notify_all()

    async def _made(self, worker: str, key: str, job: Job, saved: dict[str, bytes]) -> Made:
        """Submit the call to one worker and no other: where to go on is decided by the driver."""
        try:
            future = self._client.submit(
                *(run_on_worker, self._name, key, job, saved),
                key=key,
                pure=False,
                workers=[worker],
                allow_other_workers=False,
            )
        except ClosedClientError as error:
            raise self._gone_for_good() from error
        except Exception as error:  # the task cannot be pickled
            return untravelled(error)
        waiting = asyncio.ensure_future(_result_of(future))
        leaving = asyncio.ensure_future(self._gone(worker))
        try:
            await asyncio.wait((waiting, leaving), return_when=asyncio.FIRST_COMPLETED)
            if self._is_lost:  # dask leaves what it was asked for open
                raise self._gone_for_good()
            if not waiting.done():
                await self._client.cancel([future])
                why = f"its worker died: {worker} is gone"
                return Made(End(Outcome.infrastructure, why, is_death=True))
            return waiting.result()
        finally:
            for each in (waiting, leaving):
                each.cancel()
            await asyncio.wait((waiting, leaving))

    async def _gone(self, worker: str) -> None:
        async with self._change:
            while self._seats.has(worker) and not self._is_lost:
                await self._change.wait()

    def _gone_for_good(self) -> EngineError:
        return EngineError(
            f"the scheduler {self._where} is gone; what was done is kept, and the same batch "
            "goes on from it with another one"
        )

    async def stop(self) -> None:
        """Have every running attempt stop soon, and none begin."""
        self._is_stopping = True
        await self._changed()
        with contextlib.suppress(Exception):  # a scheduler that is gone has nothing to stop
            await self._client.run(stop_worker, self._name, on_error="ignore")

    def place(self, task_id: str) -> None:
        """Nothing is here: files come with what an attempt returns."""

    def discard(self, task_id: str) -> None:
        """Nothing is left: workers remove their folders themselves."""

    # --- watching ----------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Keep the number of slots; workers join and leave while the batch runs."""
        while self._client.status not in ("closing", "closed"):
            await asyncio.sleep(LOOK_EVERY)
            with contextlib.suppress(OSError, AttributeError):  # None once it is lost for good
                await self._look()
        self._is_lost = True
        await self._changed()

    async def _look(self) -> None:
        scheduler: Any = self._client.scheduler
        known = await scheduler.identity(n_workers=-1)
        offers = {
            address: int(worker.get("resources", {}).get(RESOURCE, 0))
            for address, worker in known["workers"].items()
        }
        if not offers and self._known:
            _log.warning("no worker is left at %s; waiting for one", self._where)
        self._known = set(offers)
        self._seats.update({address: turns for address, turns in offers.items() if turns})
        self._replace_lost()
        await self._changed()

    def _replace_lost(self) -> None:
        """Have a cluster of our own start workers again that it gave up: it does not by itself.

        One that is killed is started again, but given up where that takes longer than dask's
        `distributed.deploy.lost-worker-timeout`.
        """
        if self._cluster is not None and len(self._cluster.workers) < self._workers:
            self._cluster.scale(self._workers)

    async def _listen(self) -> None:
        """Take what running attempts say, and keep their checkpoints."""
        while True:
            key, kind, value = await self._queue.get()
            if kind == "unfit":
                await self._note_unfit(key, value)
            elif kind == "checkpoint":
                await self._checkpoint(key, value)
            elif key in self._jobs:  # else the attempt is over
                self._notify[key](kind, Spent.from_json(value) if kind == "spent" else value)

    async def _note_unfit(self, worker: str, why: str) -> None:
        self._unfit[worker] = one_line(f"worker {worker}: {why}")
        _log.warning("a worker cannot run tasks and gets none: %s", self._unfit[worker])
        await self._changed()

    async def _checkpoint(self, key: str, value: Any) -> None:
        async with self._keeping:
            job = self._jobs.get(key)
            if job is not None:
                await asyncio.to_thread(self._keep, job, *value)

    def _keep(self, job: Job, offset: int, rollout: bytes, patch: bytes) -> None:
        target = self._folder.of(job.task.id)
        target.mkdir(parents=True, exist_ok=True)
        rollout_file = opened_private(target / "rollout.jsonl", os.O_RDWR)
        with open(rollout_file, "r+b") as file:  # noqa: PTH123
            file.truncate(offset)
            file.seek(offset)
            file.write(zlib.decompress(rollout))
        write_whole(target / "patch.diff", zlib.decompress(patch))
