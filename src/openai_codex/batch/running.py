"""The loop of one run: asks the driver, has the engine run attempts, stores what they made.

All decisions are the driver's; this module waits for things.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import platform
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import __version__
from ..telemetry import names
from ..telemetry.workflow import Workflow, trace_context, workflow
from .attempt import Made
from .commits import Commits
from .driver import Driver, Job, Verdict
from .engines.choice import engine_for
from .engines.engine import Engine
from .errors import TaskError
from .feed import Blocking, Feed, NotYet
from .folder import FORMAT, Folder, write_whole
from .ledger import Fold, Ledger, folded
from .options import Options
from .outcome import Outcome
from .sources import Problem, TaskSource, checked_file, read_tasks
from .spent import Spent
from .store import collect, left_places, read_result, recover, store
from .summary import Summary
from .task import Task

__all__ = ["Run"]

HEARTBEAT = 1.0
"""The longest wait in seconds: workers may have joined, and the run's time may be over."""


class Run:
    """One run over a folder, to be run once."""

    def __init__(
        self,
        source: TaskSource,
        folder: Folder,
        options: Options,
        *,
        on_result: Callable[[Task], None],
        on_event: Callable[[dict[str, Any]], None],
    ) -> None:
        self._source = source
        self._folder = folder
        self._options = options
        self._on_result = on_result
        self._on_event = on_event
        self._event = asyncio.Event()
        self._attempts: set[asyncio.Task[None]] = set()
        self._digest = hashlib.sha256()
        self._total: int | None = None
        self._sha256: str | None = None
        self._error: BaseException | None = None
        self._started_at = time.time()
        self._stopper: asyncio.Task[None] | None = None
        self._asked: str | None = None
        self._feed: Feed | None = None
        self.doing: dict[str, str] = {}
        self._driver: Driver
        self._engine: Engine
        self._commits: Commits
        self._ledger: Ledger

    # --- the run as a whole ------------------------------------------------------------------

    async def go(self) -> Summary:
        """Run until everything is settled or somebody stops it; returns how it ended."""
        await asyncio.to_thread(self._check_source)
        await asyncio.to_thread(self._folder.create)
        with self._folder.locked(), self._span():
            fold = await asyncio.to_thread(self._take_over)
            self._ledger = Ledger(self._folder.ledger)
            try:
                return await self._with_ledger(fold)
            finally:
                self._ledger.close()

    def _span(self) -> AbstractContextManager[Workflow]:
        named = {names.WORKFLOW_NAME: "batch"}
        return workflow("batch", attributes=named, settings=self._options.telemetry)

    def _check_source(self) -> None:
        if isinstance(self._source, (str, Path)):
            self._sha256, self._total = checked_file(Path(self._source), self._options.task)

    def _take_over(self) -> Fold:
        if self._options.fresh:
            _empty(self._folder)
        self._folder.read_manifest()  # raises for a folder of a later version
        fold = folded(self._folder.ledger)
        recover(self._folder, fold)
        return fold

    async def _with_ledger(self, fold: Fold) -> Summary:
        ledger = _Announced(self._ledger, self._on_event, self._break)
        self._write_manifest()
        self._driver = Driver(
            self._input(),
            ledger=ledger,
            fold=fold,
            now=self._started_at,
            policy=self._options.policy,
            limits=self._options.budget,
            is_checked=self._sha256 is not None,
            only=self._options.only,
            recall=functools.partial(read_result, self._folder),
        )
        self._driver.note("run", version=__version__, host=platform.node())
        self._engine = engine_for(self._options, self._folder)
        self._commits = Commits(self._ledger.sync, self._engine.discard)
        try:
            await self._engine.open()
            await self._loop()
        finally:
            await self._close()
        if self._error is not None:
            raise self._error
        return self.summary()

    async def _close(self) -> None:
        """End what still runs, whatever stopped the loop, and leave the folder tidy."""
        if self._feed is not None:
            self._feed.close()
        for attempt in self._attempts:
            attempt.cancel()
        if self._attempts:
            await asyncio.wait(self._attempts)
        if self._stopper is not None:
            await asyncio.wait((self._stopper,))
        await asyncio.to_thread(self._discard_left)
        await self._engine.close()
        await asyncio.to_thread(self._folder.remove_work)
        if self._error is None:
            await asyncio.to_thread(self._finish)

    def _discard_left(self) -> None:
        """Delete the working folders that a driver that was killed could not delete any more."""
        for result in left_places(self._folder):
            outcome = self._driver.fold.outcome_of(result.id)
            if outcome is not None and not self._is_kept(outcome):
                self._engine.discard(result.id)

    def _finish(self) -> None:
        if self._sha256 is None and self._driver.queue.is_read:
            self._sha256 = self._digest.hexdigest()
        self._write_manifest()
        self._ledger.sync()
        collect(self._folder)

    def _input(self) -> Iterator[Task | Problem | NotYet]:
        if not isinstance(self._source, Blocking):
            return self._tasks()
        wake = functools.partial(_wake, asyncio.get_running_loop(), self._event)
        self._feed = Feed(self._tasks(), wake)
        return self._feed

    def _tasks(self) -> Iterator[Task | Problem]:
        for number, given in enumerate(read_tasks(self._source), 1):
            if isinstance(given, Problem):
                yield given
                continue
            try:
                task = self._options.task(given)
            except TaskError as error:
                yield Problem(number, str(error))
            else:
                self._digest.update(f"{task.id}\n{task.digest()}\n".encode())
                yield task

    # --- the loop ----------------------------------------------------------------------------

    async def _loop(self) -> None:
        if self._asked is not None:
            self._driver.halt(self._asked)
        while True:
            self._event.clear()
            may_start_later = self._start_what_may()
            is_over = self._driver.is_over or self._error is not None
            if is_over and not self._attempts:
                return
            await self._pause(self._driver.wake_at() if may_start_later else None)

    def _start_what_may(self) -> bool:
        """Start attempts while there are slots; True when slots are left."""
        now = time.time()
        if self._driver.check_time(now):
            self._stop_engine()
        while len(self._attempts) < self._engine.slots:
            job = self._driver.take(now)
            if job is None:
                return True
            attempt = asyncio.create_task(self._attempt(job))
            self._attempts.add(attempt)
            attempt.add_done_callback(self._make_room)
        return False

    def _make_room(self, attempt: asyncio.Task[None]) -> None:
        """Let go of an attempt that is over, and then have the loop look: not before it is gone."""
        self._attempts.discard(attempt)
        self._event.set()

    async def _pause(self, wake_at: float | None) -> None:
        seconds = HEARTBEAT if wake_at is None else min(HEARTBEAT, wake_at - time.time())
        waking = asyncio.get_running_loop().call_later(seconds, self._event.set)
        try:
            await self._event.wait()
        finally:
            waking.cancel()

    async def _attempt(self, job: Job) -> None:
        try:
            told = replace(job, origin=trace_context(self._options.telemetry))
            made = await self._engine.run(told, functools.partial(self._note, job))
            verdict = self._driver.judge(job, made.end, time.time())
            if self._driver.halted == "budget":
                self._stop_engine()
            if verdict is not None:
                await self._settle(verdict, made)
        except Exception as error:  # the folder cannot be written: nothing could be kept
            self._break(error)
        finally:
            self.doing.pop(job.task.id, None)

    async def _settle(self, verdict: Verdict, made: Made) -> None:
        """Keep what an attempt made, and then say that it did."""
        task = verdict.job.task
        place = self._engine.place(task.id)
        await asyncio.to_thread(store, self._folder, verdict, made, place=place)
        self._driver.settle(verdict)
        if verdict.is_final:
            await self._commits.settle(task.id, is_kept=self._is_kept(verdict.end.outcome))
            self._on_result(task)

    def _is_kept(self, outcome: Outcome) -> bool:
        keep = self._options.keep
        return keep == "always" or (keep == "failed" and outcome is not Outcome.ok)

    def _note(self, job: Job, kind: str, value: Any) -> None:
        """Take what an attempt says while it runs."""
        if kind == "thread":
            self._driver.began(job, value)
        elif kind == "doing":
            self.doing[job.task.id] = value
        elif kind == "spent" and isinstance(value, Spent) and self._driver.spend(job, value):
            self._stop_engine()

    # --- stopping ----------------------------------------------------------------------------

    def drain(self) -> None:
        """Start nothing more; what runs goes on to its end."""
        self._ask("drained")

    def interrupt(self) -> None:
        """Start nothing more and stop what runs; all of it can be gone on with."""
        self._ask("interrupted")
        if hasattr(self, "_engine"):
            self._stop_engine()

    def _ask(self, reason: str) -> None:
        self._asked = reason
        if self.has_begun:
            self._driver.halt(reason)
        self._event.set()

    def _stop_engine(self) -> None:
        if self._stopper is None:
            self._stopper = asyncio.create_task(self._engine.stop())

    def _break(self, error: BaseException) -> None:
        if self._error is None:
            self._error = error
        self._driver.halt("broken")
        if hasattr(self, "_engine"):
            self._stop_engine()

    # --- what is known -----------------------------------------------------------------------

    @property
    def has_begun(self) -> bool:
        """Tell whether the folder was taken over, so that there is something to know."""
        return hasattr(self, "_driver")

    def summary(self) -> Summary:
        """How the batch stands now."""
        driver = self._driver
        return Summary(
            folder=self._folder.path,
            counts=dict(driver.fold.counts),
            running=len(driver.running),
            waiting=driver.queue.waiting,
            total=self._total,
            rejected=driver.fold.rejected,
            changed=driver.changed,
            settled_now=driver.settled,
            spent=driver.spent,
            seconds=time.time() - self._started_at,
            paused_until=driver.queue.paused_until,
            halted=driver.halted,
            exit_code=driver.exit_code,
        )

    def _write_manifest(self) -> None:
        before = self._folder.read_manifest()
        source = self._source if isinstance(self._source, (str, Path)) else None
        manifest = {
            "format": FORMAT,
            "created_at": before.get("created_at", round(self._started_at, 3)),
            "tasks": {
                "path": str(Path(source).absolute()) if source is not None else None,
                "sha256": self._sha256,
                "count": self._total,
            },
            "options": self._options.to_json(),
            "versions": {"openai_codex": __version__, "python": platform.python_version()},
        }
        write_whole(self._folder.manifest, _json(manifest))


def _wake(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: the run is over
        loop.call_soon_threadsafe(event.set)


class _Announced:
    """A ledger whose entries are also told to a listener, once they are written."""

    def __init__(
        self,
        ledger: Ledger,
        listener: Callable[[dict[str, Any]], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        self._ledger = ledger
        self._listener = listener
        self._on_error = on_error

    def add(self, event: str, **facts: Any) -> None:
        """Append an entry and announce it."""
        self._ledger.add(event, **facts)
        try:
            self._listener({"event": event, **facts})
        except Exception as error:  # it is no failure of the task that the entry is about
            self._on_error(error)


def _json(manifest: dict[str, Any]) -> str:
    import json

    return json.dumps(manifest, indent=1, default=str) + "\n"


def _empty(folder: Folder) -> None:
    """Delete what earlier runs made, for a run from zero."""
    for path in (folder.tasks, folder.work):
        shutil.rmtree(path, ignore_errors=True)
    for path in (folder.ledger, folder.manifest, folder.preds, folder.report):
        path.unlink(missing_ok=True)
    folder.create()
