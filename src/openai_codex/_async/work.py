"""What works in a thread beside a plain turn: the queue, a goal, a command of the user's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .._turns.inputs import Input, steer_input
from .goals import AsyncGoalControl, AsyncGoalRun, goal_run
from .joining import steer_running
from .marking import AsyncMarking
from .queue import AsyncTurnQueue
from .records import _Records
from .shell import run_shell_command

if TYPE_CHECKING:
    from datetime import timedelta

    from .._turns.budget import Budget
    from .._turns.events import Event
    from .._turns.goals import GoalResult
    from ..types import CommandExecutionThreadItem
    from .checkpoints import AsyncCheckpoints
    from .turn import AsyncTurnHandle

__all__ = ["_Work"]


class _Work(_Records):
    """The thread as a place of work."""

    _checkpoints: AsyncCheckpoints | None = None
    _queue: AsyncTurnQueue | None = None

    @property
    def queue(self) -> AsyncTurnQueue:
        """Messages that wait for turns of their own: add, list, reorder, start."""
        if self._queue is None or self._queue.thread_id != self.id:
            self._queue = AsyncTurnQueue(self._rpc, self.id)
        self._queue.note_with(self._checkpoints)
        return self._queue

    @property
    def goal(self) -> AsyncGoalControl:
        """The thread's goal: get, set, pause, resume, clear."""
        return AsyncGoalControl(self._rpc, self.id)

    async def send(self, input: Input | str) -> AsyncTurnHandle:
        """Say something, whatever the thread is doing, and return the turn that will see it.

        A turn that runs is steered (turn/steer), else one is started (turn/start); when the turn
        ends or changes meanwhile, that is tried once more. Of a turn that was steered, the handle
        has the events from here on. Raises InvalidRequestError while a review or a compaction
        runs, which cannot be steered: `queue.add` waits for its end.
        """
        said = steer_input(input, folder=self._rpc.config._folder)
        turn = await steer_running(self._rpc, self.id, said)
        if turn is None:
            return await self._turn_with(input)
        if self._checkpoints is not None:
            self._checkpoints.note_end(turn)
        return turn

    async def _turn_with(self, input: Input | str) -> AsyncTurnHandle:
        raise NotImplementedError

    async def run_goal(
        self,
        objective: str | None = None,
        *,
        token_budget: int | None = None,
        budget: Budget | None = None,
        timeout: float | timedelta | None = None,
        idle_timeout: float | timedelta | None = None,
        on_event: Callable[[Event], Any] | None = None,
    ) -> GoalResult:
        """Work towards a goal (thread/goal/set), turn after turn, until it is over.

        | option | meaning |
        |---|---|
        | `objective` | what is to be reached; None goes on with the goal that the thread has |
        | `token_budget` | the runtime's own: near it the model is told to finish |
        | `budget` | what all its turns may spend: a `Budget`, which stops them |
        | `timeout` | seconds for the whole goal |
        | `idle_timeout` | seconds without any event of a turn, after which it is interrupted |
        | `on_event` | called with every event as it comes |

        It is over when the model says that it is reached or blocked, when it is paused or cleared,
        when a turn is interrupted, or when the runtime's budget is spent: see `status`. Whatever
        else ends the call pauses the goal. Raises TurnFailedError, TurnTimeoutError,
        BudgetExceededError, TransportClosedError.
        """
        run = await self.start_goal(
            objective,
            token_budget=token_budget,
            budget=budget,
            timeout=timeout,
            idle_timeout=idle_timeout,
        )
        return await run.run(on_event=on_event)

    async def start_goal(
        self,
        objective: str | None = None,
        *,
        token_budget: int | None = None,
        budget: Budget | None = None,
        timeout: float | timedelta | None = None,
        idle_timeout: float | timedelta | None = None,
    ) -> AsyncGoalRun:
        """Begin to work towards a goal (thread/goal/set); return one handle over all its turns.

        The options are those of `run_goal`. Turns of others that begin in the thread meanwhile
        count as the goal's.
        """
        run = goal_run(
            self._rpc,
            self.id,
            budget=budget,
            timeout=timeout,
            idle_timeout=idle_timeout,
            checkpoints=self._checkpoints,
        )
        async with AsyncMarking(self._checkpoints):
            await run.begin(objective, token_budget)
        return run

    async def shell_command(
        self, command: str, *, timeout: float | timedelta | None = None
    ) -> CommandExecutionThreadItem:
        """Run a shell command of your own in the thread (thread/shellCommand); return its item.

        It runs with full access, outside the sandbox, and the model sees it and what it printed:
        in the running turn, or before the next one. Where no turn runs it has one of its own, which
        is over when this returns. The item has `exit_code` and `aggregated_output`. `timeout` is in
        seconds, an hour unless given. A caller that is cancelled stops a command that has a turn of
        its own. Raises EnvironmentRequiredError in a thread that works elsewhere: the runtime would
        run it on its own machine.
        """
        when_over = self._checkpoints.turn_over if self._checkpoints is not None else None
        async with AsyncMarking(self._checkpoints):
            return await run_shell_command(self._rpc, self.id, command, timeout, when_over)
