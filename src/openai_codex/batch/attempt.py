"""One attempt at a task: folder, set-up, thread, turn, checks, and what is kept of it.

Runs wherever a runtime is, here or on a worker. It decides nothing about the batch: it reports how
it ended, and leaves `patch.diff` and `rollout.jsonl` in its place.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from .. import AsyncThread, AsyncTurnHandle, Budget, Notification, TurnResult, methods
from .._checks import checked_bound
from .._redaction import redact
from ..errors import CodexError, JsonRpcError, StartupError
from ..output import OutputType, OutputValidationError
from ..telemetry import names
from ..telemetry.workflow import Workflow, workflow
from ..types import TurnItemsView
from .causes import end_of
from .commands import run_shell
from .driver import End, Job
from .errors import WorkspaceError
from .folder import write_whole
from .home import copy_rollout, holds_prompt, link_rollout, put_rollout
from .outcome import Outcome
from .places import own_environment
from .pool import Pool, Runtime
from .spent import Spent
from .task import loaded
from .workspaces import Workspace, Workspaces

__all__ = ["Attempt", "Checkpoint", "Made", "Notify"]

_log = logging.getLogger("openai_codex.batch")

T = TypeVar("T")
Notify = Callable[[str, Any], None]
"""Called with `"thread"` and its id, `"spent"` and a `Spent`, `"doing"` and a short text."""

Checkpoint = Callable[[Path, Path], Coroutine[Any, Any, None]]
"""Called with the thread's file and the patch so far, where both may be lost with the machine."""

CHECKPOINT_EVERY = 2.0
"""Seconds between checkpoints, at least: each costs a few runs of git."""

WORK = ("commandExecution", "fileChange", "dynamicToolCall", "mcpToolCall")

GO_ON = (
    "Continue. The work on this task was interrupted; look at the state of the files before you "
    "go on from where you were."
)


@dataclass
class Made:
    """What an attempt reports: how it ended, and what there is of it."""

    end: End
    answer: str | None = None
    output: Any = None
    commit: str | None = None
    started_at: float = 0.0
    ended_at: float = 0.0
    files: dict[str, bytes] = field(default_factory=dict)
    """The files of an attempt that was made on another machine."""


class _Over(Exception):  # noqa: N818  # an end with a known reason
    """Ends an attempt with an outcome and a reason."""

    def __init__(self, outcome: Outcome, why: str) -> None:
        super().__init__(why)
        self.end = End(outcome, redact(why))


class Attempt:
    """One attempt, to be run once. `saved` is the folder with what earlier attempts left."""

    def __init__(
        self,
        job: Job,
        *,
        place: Path,
        saved: Path,
        pool: Pool,
        workspaces: Workspaces,
        notify: Notify,
        stop: asyncio.Event,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        self._job = job
        self._task = job.task
        self._place = place
        self._saved = saved
        self._pool = pool
        self._workspaces = workspaces
        self._notify = notify
        self._stop = stop
        self._spent = Spent()
        self._made = Made(End(Outcome.cancelled))
        self._thread: str | None = None
        self._workspace: Workspace | None = None
        self._is_done = False
        self._checkpoint = checkpoint
        self._saved_at = -CHECKPOINT_EVERY
        self._runtime: Runtime | None = None
        self._diffs: list[str] = []  # of turns in an environment, whose files are not here

    def _span(self) -> contextlib.AbstractContextManager[Workflow]:
        named = {names.WORKFLOW_NAME: "batch", names.TASK_ID: self._task.id}
        settings, origin = self._pool.telemetry, self._job.origin
        return workflow("task", attributes=named, settings=settings, origin=origin)

    async def run(self) -> Made:
        """Make the attempt; whatever goes wrong in it is in what it returns.

        Raises StartupError when no runtime of this pool ever started: no attempt would do better.
        """
        with self._span() as work:
            made = await self._run()
            if made.end.outcome is not Outcome.ok:
                work.error = made.end.outcome.value
            return made

    async def _run(self) -> Made:
        made = self._made
        made.started_at = time.time()
        hopeless: StartupError | None = None
        try:
            made.end = await self._work()
        except Exception as error:
            self._keep_answer(error)
            made.end = _end_for(error)
            if isinstance(error, StartupError) and not self._pool.has_started:
                hopeless = error
            if not isinstance(error, (CodexError, OSError, _Over)):
                _log.exception("task %s: an attempt ended in an unforeseen way", self._task.id)
        await self._close()
        if hopeless is not None:
            raise hopeless
        return made

    async def _close(self) -> None:
        """Save the patch and run the tear-down, whatever came before."""
        made, end = self._made, self._made.end
        try:
            if self._workspace is not None:
                await self._write_patch(self._workspace, self._place / "patch.diff")
                made.commit = self._workspace.commit
                await self._commands("teardown", Outcome.infrastructure)
        except (WorkspaceError, OSError, _Over) as error:
            if end.outcome is Outcome.ok:
                end = made.end = _end_for(error)
        made.ended_at = time.time()
        end.thread = self._thread
        end.spent = replace(self._spent, seconds=made.ended_at - made.started_at)

    async def _work(self) -> End:
        rollout = self._saved / "rollout.jsonl"
        is_resumed = self._job.thread is not None and rollout.is_file()
        if not is_resumed or not await self._take_up_folder():
            is_resumed = is_resumed and await self._remake_folder()
            if not is_resumed:
                await self._make_folder()
        async with self._pool.lease(alone=self._job.alone) as runtime:
            self._runtime = runtime
            thread = await self._open_thread(runtime, rollout if is_resumed else None)
            try:
                await self._converse(thread, is_resumed=await self._knows_task(thread, rollout))
                self._is_done = True
            finally:
                await self._keep_rollout(runtime)
        await self._commands("check", Outcome.task_failed)
        return End(Outcome.ok)

    # --- the folder --------------------------------------------------------------------------

    async def _take_up_folder(self) -> bool:
        """Go on in the folder that an earlier attempt left here, when it was set up whole."""
        found = self._workspaces.found(self._task, self._place)
        if found is None or not found.is_ready:
            return False
        self._workspace = found
        return True

    async def _remake_folder(self) -> bool:
        """Bring a new folder to the state that an earlier attempt left elsewhere."""
        patch = self._saved / "patch.diff"
        if not patch.is_file():
            return False
        await self._make_folder()
        if self._task.environment is not None:  # where its changes still are
            return True
        if self._workspace is not None and patch.stat().st_size:
            try:
                await self._workspaces.apply_patch(self._workspace, self._place, patch)
            except WorkspaceError:
                _log.info(
                    "task %s: its changes do not apply any more; it begins from zero", self._task.id
                )
                return False
        return True

    async def _make_folder(self) -> None:
        self._notify("doing", "making the folder")
        self._workspace = await self._or_stopped(self._workspaces.make(self._task, self._place))
        if self._task.setup:
            self._notify("doing", "setting up")
            await self._commands("setup", Outcome.infrastructure)
            self._workspace = await self._workspaces.mark(self._workspace, self._place)

    async def _write_patch(self, workspace: Workspace, patch: Path) -> None:
        """Write what was changed so far; in an environment, what the turns said that they did."""
        if not workspace.is_elsewhere:
            await self._workspaces.write_patch(workspace, self._place, patch)
            return
        earlier = self._saved / "patch.diff"
        is_resumed = self._thread is not None and self._thread == self._job.thread
        before = earlier.read_bytes() if is_resumed and earlier.is_file() else b""
        made = "".join(self._diffs).encode("utf-8", "surrogateescape")
        await asyncio.to_thread(write_whole, patch, before + made)

    async def _commands(self, stage: str, outcome: Outcome) -> None:
        """Run the task's commands of a stage; raises _Over for the first that fails."""
        commands: Sequence[str] = getattr(self._task, stage)
        if self._workspace is None:
            return
        for command in commands:
            log = self._place / f"{stage}.log"
            bound = checked_bound("command_timeout", self._task.command_timeout)
            running = run_shell(command, cwd=self._workspace.path, timeout=bound, log=log)
            ran = await (running if stage == "teardown" else self._or_stopped(running))
            if not ran.is_ok:
                how = "timed out" if ran.code is None else f"exited with {ran.code}"
                raise _Over(outcome, f"{stage} command {how}: {command}\n{ran.output}".strip())

    # --- the conversation --------------------------------------------------------------------

    async def _open_thread(self, runtime: Runtime, rollout: Path | None) -> AsyncThread:
        """Resume the thread where that can be, else start one in a new folder."""
        thread = await self._resumed(runtime, rollout) if rollout is not None else None
        if thread is None:
            if rollout is not None:
                await self._make_folder()
            thread = await runtime.codex.thread_start(**self._options())
        self._thread = thread.id
        self._notify("thread", thread.id)
        return thread

    async def _resumed(self, runtime: Runtime, rollout: Path) -> AsyncThread | None:
        thread = self._job.thread or ""
        if not await asyncio.to_thread(put_rollout, runtime.home, thread, rollout):
            return None
        try:
            options = self._options()
            return await runtime.codex.thread_resume(thread, include_turns=False, **options)
        except JsonRpcError as error:
            _log.warning("task %s: its thread cannot be resumed: %s", self._task.id, error)
            return None

    async def _knows_task(self, thread: AsyncThread, rollout: Path) -> bool:
        """Tell whether the thread was resumed and has the prompt, so that it can just go on."""
        if thread.id != self._job.thread:
            return False
        return await asyncio.to_thread(holds_prompt, rollout, self._task.prompt)

    def _options(self) -> dict[str, Any]:
        assert self._workspace is not None
        place = self._task.environment
        return {
            "approval_mode": self._task.approval,
            "cwd": str(self._workspace.path) if place is None else None,
            "environment": None if place is None else own_environment(place, self._task.id),
            "model": self._task.model,
            "sandbox": self._task.sandbox,
            "tools": [loaded(tool) for tool in self._task.tools] or None,
        }

    async def _converse(self, thread: AsyncThread, *, is_resumed: bool) -> None:
        """Have the task done, and its answer repaired once when it does not fit its type."""
        output = _output_type(self._task.output_type)
        prompt = GO_ON if is_resumed else self._task.prompt
        done = await _finished_answer(thread) if is_resumed else None
        for is_last in (False, True):
            answer = done if done is not None else await self._turn(thread, prompt, output)
            done, self._made.answer = None, answer
            try:
                self._made.output = _read_output(output, self._task.output_schema, answer)
                return
            except OutputValidationError as error:
                if is_last:
                    raise
                prompt = error.repair_prompt()

    async def _turn(
        self, thread: AsyncThread, prompt: str, output: OutputType[Any] | None
    ) -> str | None:
        schema = output.schema if output is not None else self._task.output_schema
        self._check_stopped()
        turn = await thread.turn(
            prompt,
            effort=self._pool.effort_of(self._task),
            output_schema=dict(schema) if schema is not None else None,
            timeout=self._task.timeout,
            budget=self._budget_left(),
        )
        before = self._spent
        stopper = asyncio.create_task(self._interrupt_when_stopped(turn))
        try:
            return self._answer_of(await self._watched(turn, before))
        finally:
            self._spent = before + Spent.of(turn.spent)
            stopper.cancel()
            await asyncio.wait((stopper,))

    def _budget_left(self) -> Budget | None:
        """What the task may still spend: its earlier attempts and turns have had their part."""
        spent = self._job.spent + self._spent
        passed = self._task.budget.passed_by(spent)
        if passed is not None:
            raise _Over(Outcome.budget, f"the task's budget of {passed} is spent")
        left: Budget | None = self._task.budget.left_after(spent)
        return left

    async def _watched(self, turn: AsyncTurnHandle, before: Spent) -> TurnResult[Any]:
        """Read a turn to its end, and tell what it does and spends."""
        async for event in turn.stream():
            if event.method == "thread/tokenUsage/updated":
                self._notify("spent", before + Spent.of(turn.spent))
            elif event.method == "item/started":
                self._notify("doing", _doing(event))
            elif event.method == "item/completed" and self._checkpoint is not None:
                await self._save(event)
        return await turn.run()

    async def _save(self, event: Notification) -> None:
        """Have the state saved elsewhere after a piece of work; the thread first, then the files.

        In this order the files are never behind the thread: what is done twice is seen to be done.
        """
        is_work = (event.params.get("item") or {}).get("type") in WORK
        if not is_work or time.monotonic() - self._saved_at < CHECKPOINT_EVERY:
            return
        if self._checkpoint is None or self._runtime is None or self._workspace is None:
            return
        copy, patch = self._place / "checkpoint.jsonl", self._place / "checkpoint.diff"
        home, thread = self._runtime.home, self._thread or ""
        if not await asyncio.to_thread(copy_rollout, home, thread, copy):
            return
        await self._write_patch(self._workspace, patch)
        await self._checkpoint(copy, patch)
        self._saved_at = time.monotonic()

    def _answer_of(self, result: TurnResult[Any]) -> str | None:
        self._made.answer = result.final_response
        self._keep_diff(result)
        if result.completed:
            return result.final_response
        self._check_stopped()
        raise _Over(Outcome.infrastructure, "the turn was interrupted from elsewhere")

    async def _interrupt_when_stopped(self, turn: AsyncTurnHandle) -> None:
        await self._stop.wait()
        with contextlib.suppress(CodexError):  # whoever reads the turn is told of its end
            await turn.interrupt()

    def _keep_answer(self, error: Exception) -> None:
        """Keep what a turn said before it failed, was stopped or took too long."""
        result = getattr(error, "result", None)
        if isinstance(result, TurnResult):
            self._made.answer = result.final_response
            self._keep_diff(result)

    def _keep_diff(self, result: TurnResult[Any]) -> None:
        if self._task.environment is not None and str(result.diff):
            self._diffs.append(str(result.diff).rstrip("\n") + "\n")

    async def _keep_rollout(self, runtime: Runtime) -> None:
        """Save the thread's file; a thread that goes on elsewhere must not be here too."""
        thread = self._thread
        if thread is None:
            return
        home, target = runtime.home, self._place / "rollout.jsonl"
        # What is done grows no more: a second name will do, which is made without a thread's help.
        if self._is_done and link_rollout(home, thread, target):
            return
        if not await asyncio.to_thread(copy_rollout, home, thread, target):
            self._thread = None  # it has no first turn yet, so there is nothing to go on from
            return
        if not self._is_done and runtime.is_alive and not runtime.is_retired:
            with contextlib.suppress(CodexError):
                await runtime.codex.call(methods.thread.DELETE, {"threadId": thread})

    # --- stopping ----------------------------------------------------------------------------

    def _check_stopped(self) -> None:
        if self._stop.is_set():
            raise _Over(Outcome.cancelled, "stopped")

    async def _or_stopped(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for some work, but not when the attempt is to stop."""
        working = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise _Over(Outcome.cancelled, "stopped")
            return working.result()
        finally:
            for waiting in (working, stopping):
                waiting.cancel()
            await asyncio.wait((working, stopping))


def _end_for(error: Exception) -> End:
    return error.end if isinstance(error, _Over) else end_of(error)


def _output_type(given: Any) -> OutputType[Any] | None:
    return None if given is None else OutputType.of(loaded(given))


def _read_output(output: OutputType[Any] | None, schema: Any, answer: str | None) -> Any:
    """The answer as the JSON value that it holds; raises OutputValidationError, or _Over."""
    if output is not None:
        from pydantic_core import to_jsonable_python

        return to_jsonable_python(output.validate(answer or ""))
    if schema is None:
        return None
    try:
        return json.loads(answer or "")
    except ValueError as error:
        raise _Over(Outcome.task_failed, f"the answer is not JSON: {error}") from error


async def _finished_answer(thread: AsyncThread) -> str | None:
    """The answer of a turn that was completed before it could be recorded, None without one."""
    async for turn in thread.history(page_size=1, items_view=TurnItemsView.full):
        if turn.status != "completed":
            return None
        messages = [item for item in turn.items if item.type == "agentMessage"]
        final = [item for item in messages if getattr(item, "phase", None) == "final_answer"]
        return str(getattr((final or messages)[-1], "text", "")) if messages else None
    return None


SHOWN_DOING = 80


def _doing(event: Notification) -> str:
    """What the agent does, in a few words, from the start of an item."""
    item = event.params.get("item") or {}
    text = item.get("command") or item.get("tool") or item.get("query") or ""
    return f"{item.get('type', '')} {text}".strip()[:SHOWN_DOING]
