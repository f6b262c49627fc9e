"""The runtimes of a batch: as many as pay, each with a home of its own that goes with it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .. import AsyncCodex
from ..config import AppServerConfig
from ..prices import Prices
from ..telemetry import Telemetry
from ..telemetry.workflow import count_restart
from .home import end_strays, make_home, note_runtime, users_home

if TYPE_CHECKING:
    from ..types import ReasoningEffort
    from .task import Task

__all__ = ["Pool", "Runtime", "runtimes_that_pay"]

_log = logging.getLogger("openai_codex.batch")

TURNS_PER_RUNTIME = 25
"""On two cores a runtime serves 25 to 50 live turns; more cost latency and win nothing."""

TASKS_PER_HOME = 250
"""A task leaves about 0.3 MB of databases and logs in its home; a new home bounds that to 75 MB."""


def runtimes_that_pay(concurrency: int) -> int:
    """How many runtimes serve so many turns at once on this machine."""
    needed = -(-concurrency // TURNS_PER_RUNTIME)
    return max(1, min(needed, os.cpu_count() or 1))


class Runtime:
    """One runtime process, its home, and how many tasks are at it."""

    def __init__(self, codex: AsyncCodex, home: Path) -> None:
        self.codex = codex
        self.home = home
        self.leases = 0
        self.served = 0
        self.is_retired = False

    @property
    def is_alive(self) -> bool:
        """Tell whether its process runs, as far as is known."""
        process = self.codex.process
        return process is not None and process.is_alive


class Pool:
    """Lends runtimes. A dead or used-up one is replaced, and deleted when nobody is at it."""

    def __init__(
        self,
        config: AppServerConfig,
        homes: Path,
        *,
        runtimes: int,
        prices: Prices | None = None,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._config = config
        self._homes = homes
        self._limit = runtimes
        self._prices = prices
        self.telemetry = telemetry or Telemetry()
        self.has_started = False
        self._runtimes: list[Runtime] = []
        self._numbers = itertools.count()
        self._starting = asyncio.Lock()
        self._alone = asyncio.Semaphore(runtimes)

    def effort_of(self, task: Task) -> ReasoningEffort | str | None:
        """Return how hard the model is to think; another runtime than ours may know more words."""
        if task.effort is None or self._config.codex_bin is None:
            return task.effort
        from ..types import ReasoningEffort

        return ReasoningEffort(task.effort)

    @contextlib.asynccontextmanager
    async def lease(self, *, alone: bool = False) -> AsyncIterator[Runtime]:
        """Lend a runtime; `alone` one that nobody else gets, and that ends afterwards."""
        async with self._alone if alone else contextlib.nullcontext():
            runtime = await self._get(alone=alone)
            try:
                yield runtime
            finally:
                runtime.leases -= 1
                await self._let_go(runtime)

    async def _get(self, *, alone: bool) -> Runtime:
        async with self._starting:
            usable = [one for one in self._runtimes if one.is_alive and not one.is_retired]
            least = min(usable, key=lambda one: one.leases, default=None)
            is_full = least is None or (least.leases > 0 and len(usable) < self._limit)
            runtime = await self._start() if alone or is_full or least is None else least
            runtime.leases += 1
            runtime.served += 1
            runtime.is_retired = alone or runtime.served >= TASKS_PER_HOME
            return runtime

    async def _start(self) -> Runtime:
        home = self._homes / f"{os.getpid()}-{next(self._numbers)}"
        await asyncio.to_thread(make_home, home, users_home(self._config))
        env = {**(self._config.env or {}), "CODEX_HOME": str(home)}
        config = replace(self._config, env=env)
        codex = AsyncCodex(config, prices=self._prices, telemetry=self.telemetry)
        try:
            await codex.__aenter__()
        except BaseException:
            await codex.close()
            await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)
            raise
        if codex.process is not None:
            await asyncio.to_thread(note_runtime, home, codex.process.pid)
        self.has_started = True
        runtime = Runtime(codex, home)
        self._runtimes.append(runtime)
        return runtime

    async def _let_go(self, runtime: Runtime) -> None:
        if runtime.leases or (runtime.is_alive and not runtime.is_retired):
            return
        if runtime in self._runtimes:
            if not runtime.is_retired:  # it died
                count_restart(self.telemetry)
            self._runtimes.remove(runtime)
            await self._end(runtime)

    async def _end(self, runtime: Runtime) -> None:
        await runtime.codex.close()
        await asyncio.to_thread(end_strays, runtime.home)
        await asyncio.to_thread(shutil.rmtree, runtime.home, ignore_errors=True)

    async def close(self) -> None:
        """End every runtime and delete its home."""
        runtimes, self._runtimes = self._runtimes, []
        for runtime in runtimes:
            await self._end(runtime)
