"""`run_batch` and `async_run_batch`, and the batch that they return."""

from __future__ import annotations

import asyncio
import functools
import logging
import queue
import threading
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextvars import copy_context
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._checks import checked_seconds
from ..config import AppServerConfig
from ..output import OutputType, OutputValidationError
from ..prices import Prices
from ..telemetry import Telemetry
from .driver import Policy
from .feed import Blocking
from .folder import Folder
from .options import Options
from .result import TaskResult
from .running import Run
from .sources import TaskSource
from .spent import Limits
from .store import read_result
from .summary import Summary
from .task import Task, loaded

if TYPE_CHECKING:
    from datetime import timedelta

__all__ = ["AsyncBatch", "Batch", "async_run_batch", "run_batch"]

_LOOK_EVERY = 1.0
"""Seconds after which a wait looks for a Ctrl-C that slipped through, just before it began."""

_log = logging.getLogger("openai_codex.batch")

OnEvent = Callable[[dict[str, Any]], None]


def _ignored(_: dict[str, Any]) -> None:
    pass


class AsyncBatch:
    """A batch for asyncio: iterate over it, or `await batch.wait()`. It starts when you do.

    Leaving the loop early, or being cancelled, interrupts what runs; the same call goes on from
    there. Put `async with` around a loop that may be left early.
    """

    def __init__(
        self, tasks: TaskSource, out: str | PathLike[str], options: Options, *, on_event: OnEvent
    ) -> None:
        self.folder = Folder(out)
        self._inbox: asyncio.Queue[Task | None] = asyncio.Queue()
        self._is_read = False
        self._run = Run(tasks, self.folder, options, on_result=self._put, on_event=on_event)
        self._running: asyncio.Task[Summary] | None = None

    def _put(self, task: Task) -> None:
        if self._is_read:  # else nobody would take them out
            self._inbox.put_nowait(task)

    def _start(self) -> asyncio.Task[Summary]:
        if self._running is None:
            self._running = asyncio.create_task(self._run.go())
            self._running.add_done_callback(lambda _: self._inbox.put_nowait(None))
        return self._running

    async def __aenter__(self) -> AsyncBatch:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._end()

    async def __aiter__(self) -> AsyncIterator[TaskResult]:
        """Yield the result of each task that is settled in this run, as soon as it is."""
        self._is_read = True
        running = self._start()
        try:
            while (task := await self._inbox.get()) is not None:
                yield result_of(self.folder, task)
            await running
        finally:
            await self._end()

    async def wait(self) -> Summary:
        """Run to the end and return how it ended; raises what stopped the whole batch."""
        running = self._start()
        try:
            return await asyncio.shield(running)
        finally:
            await self._end()

    async def _end(self) -> None:
        if self._running is None or self._running.done():
            return
        self._run.interrupt()
        await asyncio.wait((self._running,))

    def drain(self) -> None:
        """Start nothing more; what runs goes on to its end."""
        self._run.drain()

    def interrupt(self) -> None:
        """Stop what runs, too; a later run goes on from there."""
        self._run.interrupt()

    @property
    def has_begun(self) -> bool:
        """Tell whether there is a status yet: the input is checked, and the folder is ours."""
        return self._run.has_begun

    @property
    def status(self) -> Summary:
        """How the batch stands now, once it has begun."""
        return self._run.summary()

    @property
    def summary(self) -> Summary | None:
        """How the batch ended, None before that."""
        running = self._running
        ended = running is not None and running.done() and not running.cancelled()
        if running is None or not ended or running.exception() is not None:
            return None
        return running.result()

    @property
    def doing(self) -> Mapping[str, str]:
        """What each running task does, by id, in a few words that the agent may have chosen."""
        return self._run.doing


def result_of(folder: Folder, task: Task) -> TaskResult:
    """The stored result of a task, its output as the type that the task asks for."""
    result = read_result(folder, task.id)
    assert result is not None  # it is stored before it is announced
    if task.output_type is None or not result.ok:
        return result
    from dataclasses import replace

    try:
        output = OutputType.of(loaded(task.output_type)).validate(result.answer or "")
    except OutputValidationError:  # pragma: no cover  # it was valid when it was stored
        return result
    return replace(result, output=output)


class Batch:
    """A batch: iterate over it, or call `wait()`. It starts when you do, in a thread of its own.

    Ctrl-C once starts nothing more and lets what runs end; twice interrupts it. Either way
    KeyboardInterrupt is raised at the end, and the same call goes on from there. Leaving the loop
    early interrupts what runs.
    """

    def __init__(
        self, tasks: TaskSource, out: str | PathLike[str], options: Options, *, on_event: OnEvent
    ) -> None:
        self.folder = Folder(out)
        may_block = not isinstance(tasks, (str, Path, Sequence))
        source = Blocking(tasks) if may_block else tasks  # type: ignore[arg-type]
        self._make: Callable[[], AsyncBatch] = lambda: AsyncBatch(
            source, out, options, on_event=on_event
        )
        self._inbox: queue.SimpleQueue[TaskResult | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._batch: AsyncBatch | None = None
        self._summary: Summary | None = None
        self._error: BaseException | None = None
        self._presses = 0
        self._is_ready = threading.Event()

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._end()

    def __iter__(self) -> Iterator[TaskResult]:
        """Yield the result of each task that is settled in this run, as soon as it is."""
        self._start(is_read=True)
        try:
            while (result := self._take()) is not None:
                yield result
        finally:
            self._end()
        self._raise()

    def wait(self) -> Summary:
        """Run to the end and return how it ended; raises what stopped the whole batch."""
        self._start(is_read=False)
        try:
            while self._take() is not None:
                pass
        finally:
            self._end()
        self._raise()
        assert self._summary is not None
        return self._summary

    @property
    def summary(self) -> Summary | None:
        """How the batch ended, None before that."""
        return self._summary

    def drain(self) -> None:
        """Start nothing more; what runs goes on to its end. Safe from any thread."""
        self._tell("drain")

    def interrupt(self) -> None:
        """Stop what runs, too; a later run goes on from there. Safe from any thread."""
        self._tell("interrupt")

    # --- internals ---------------------------------------------------------------------------

    def _start(self, *, is_read: bool) -> None:
        if self._thread is not None:
            return
        run = functools.partial(copy_context().run, self._in_thread, is_read)  # spans nest there
        self._thread = threading.Thread(target=run, name="codex-batch", daemon=True)
        self._thread.start()
        self._is_ready.wait()

    def _in_thread(self, is_read: bool) -> None:
        asyncio.run(self._work(is_read))

    async def _work(self, is_read: bool) -> None:
        self._loop = asyncio.get_running_loop()
        batch = self._batch = self._make()
        self._is_ready.set()
        try:
            if is_read:
                async for result in batch:
                    self._inbox.put(result)
            self._summary = await batch.wait()
        except BaseException as error:
            self._error = error
        finally:
            self._inbox.put(None)

    def _take(self) -> TaskResult | None:
        while True:
            try:
                return self._inbox.get(timeout=_LOOK_EVERY)
            except queue.Empty:  # noqa: PERF203
                continue
            except KeyboardInterrupt:
                self._press()

    def _press(self) -> None:
        self._presses += 1
        if self._presses == 1:
            _log.warning("finishing what runs; Ctrl-C again to interrupt it")
            self.drain()
        else:
            self.interrupt()

    def _tell(self, what: str) -> None:
        if self._loop is not None and self._batch is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(getattr(self._batch, what))

    def _end(self) -> None:
        thread = self._thread
        if thread is None:
            return
        if thread.is_alive() and self._summary is None and self._error is None:
            self.interrupt()
        while thread.is_alive():
            thread.join(_LOOK_EVERY)

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error
        if self._presses:
            raise KeyboardInterrupt


def _options(
    *,
    config: AppServerConfig | None,
    concurrency: int | None,
    runtimes: int | None,
    engine: Any,
    defaults: Mapping[str, Any] | None,
    budget: Any,
    retries: int,
    max_deaths: int,
    max_pause: float | timedelta | None,
    prices: Prices | None,
    telemetry: Telemetry | None,
    keep: str,
    fresh: bool,
    cache: str | PathLike[str] | None,
    only: Collection[str] | None,
) -> Options:
    return Options(
        config=config or AppServerConfig(),
        concurrency=concurrency,
        runtimes=runtimes,
        engine=engine,
        defaults=defaults or {},
        budget=Limits.of(budget),
        policy=Policy(
            retries=retries,
            max_deaths=max_deaths,
            max_pause=checked_seconds("max_pause", max_pause),
        ),
        prices=prices,
        telemetry=telemetry or Telemetry(),
        keep=keep,
        fresh=fresh,
        cache=Path(cache).expanduser() if cache is not None else None,
        only=frozenset(only) if only is not None else None,
    )


def async_run_batch(
    tasks: TaskSource,
    out: str | PathLike[str],
    *,
    config: AppServerConfig | None = None,
    concurrency: int | None = None,
    runtimes: int | None = None,
    engine: Any = None,
    defaults: Mapping[str, Any] | None = None,
    budget: Any = None,
    retries: int = 2,
    max_deaths: int = 5,
    max_pause: float | timedelta | None = None,
    prices: Prices | None = None,
    telemetry: Telemetry | None = None,
    keep: str = "failed",
    fresh: bool = False,
    cache: str | PathLike[str] | None = None,
    only: Collection[str] | None = None,
    on_event: OnEvent | None = None,
) -> AsyncBatch:
    """Run many tasks in asyncio, their state in the folder `out`; see `run_batch`."""
    options = _options(
        config=config,
        concurrency=concurrency,
        runtimes=runtimes,
        engine=engine,
        defaults=defaults,
        budget=budget,
        retries=retries,
        max_deaths=max_deaths,
        max_pause=max_pause,
        prices=prices,
        telemetry=telemetry,
        keep=keep,
        fresh=fresh,
        cache=cache,
        only=only,
    )
    return AsyncBatch(tasks, out, options, on_event=on_event or _ignored)


def run_batch(
    tasks: TaskSource,
    out: str | PathLike[str],
    *,
    config: AppServerConfig | None = None,
    concurrency: int | None = None,
    runtimes: int | None = None,
    engine: Any = None,
    defaults: Mapping[str, Any] | None = None,
    budget: Any = None,
    retries: int = 2,
    max_deaths: int = 5,
    max_pause: float | timedelta | None = None,
    prices: Prices | None = None,
    telemetry: Telemetry | None = None,
    keep: str = "failed",
    fresh: bool = False,
    cache: str | PathLike[str] | None = None,
    only: Collection[str] | None = None,
    on_event: OnEvent | None = None,
) -> Batch:
    """Run many tasks, their state in the folder `out`; called again, it goes on from there.

    `tasks` is the path of a JSON Lines or CSV file, or an iterable of `Task` or of mappings.

      config       the runtimes' configuration; each runtime gets a CODEX_HOME of its own
      concurrency  turns at once; by default 8 on this machine, and all slots of a cluster
      runtimes     runtime processes; by default as many as pay
      engine       where attempts run: "local", "dask", a scheduler's address such as
                   "tcp://host:8786", a `distributed.Client`, or an executor
      defaults     values for fields that a task leaves out, such as `{"model": "gpt-5.5"}`
      budget       a `Budget`, or a mapping with its limits, for all runs over the folder together;
                   `seconds` are those of this run
      retries      further attempts after one that failed for `infrastructure`
      max_deaths   runtimes or workers that may die under a task before it is given up
      max_pause    the longest wait in seconds for a usage limit to reset; a longer one ends the run
      prices       what tokens cost, for money in results and budgets: see `openai_codex.prices`
      telemetry    what OpenTelemetry is told, as for a client: `Telemetry`; workers take it over,
                   all but its providers, in place of which they have those of their own process
      keep         which working folders stay: "failed", "always", "never"
      fresh        delete what earlier runs left in `out`, and start from zero
      cache        the folder of the bare clones; by default below the user's cache folder
      only         run only the tasks with these ids
      on_event     called with each entry of the ledger, a dict, in the batch's thread; what it
                   raises ends the run

    Raises TasksFileError for a file with bad lines, FolderInUseError while another process writes
    into `out`, FolderError when `out` cannot be written, and EngineError, when it is started.
    """
    options = _options(
        config=config,
        concurrency=concurrency,
        runtimes=runtimes,
        engine=engine,
        defaults=defaults,
        budget=budget,
        retries=retries,
        max_deaths=max_deaths,
        max_pause=max_pause,
        prices=prices,
        telemetry=telemetry,
        keep=keep,
        fresh=fresh,
        cache=cache,
        only=only,
    )
    return Batch(tasks, out, options, on_event=on_event or _ignored)
