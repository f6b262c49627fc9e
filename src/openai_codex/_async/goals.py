"""The goal of a thread: the runtime starts turns by itself until it is reached.

No call of ours starts these turns. They are found as they begin, and what stops one of them pauses
the goal first, or the next would follow.
"""

from __future__ import annotations

import contextlib
import functools
import weakref
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from .. import methods
from .._checks import MOST_63, check_count, check_text, checked_seconds
from .._core.careful_log import CarefulLog
from .._core.deadline import NEVER, Deadline
from .._core.messages import Closed
from .._core.session import Session
from .._drivers.aio import Latch, Mailbox, check_on_event, run_in_background
from .._turns.budget import Allowance
from .._turns.goals import GoalResult
from .._turns.limits import turn_limits
from .._turns.result import TurnResult
from .._turns.spend import Spend
from ..errors import CodexError, TransportClosedError, TurnTimeoutError
from .found import AsyncFoundTurn, turn_id_of
from .places import before_untold_turn
from .stopping import AsyncStopping
from .turn import AsyncTurnHandle

if TYPE_CHECKING:
    from datetime import timedelta

    from .._core.messages import NotificationLike
    from .._core.routes import Box
    from .._turns.events import Event
    from ..types import ThreadGoal
    from .checkpoints import AsyncCheckpoints
    from .rpc import AsyncRpc

__all__ = ["AsyncGoalControl", "AsyncGoalRun", "goal_run"]

_log = CarefulLog("openai_codex.turns")

_UPDATED = "thread/goal/updated"
_CLEARED = "thread/goal/cleared"

# How long an active goal may leave an idle thread without a turn before we give up on it.
_LOOK_EVERY = 10.0


class AsyncGoalControl:
    """The goal of one thread: get, set, pause, resume, clear. `Thread.run_goal` works towards one.

    While a goal is active and the thread idle, the runtime starts turns by itself.
    """

    def __init__(self, rpc: AsyncRpc, thread_id: str) -> None:
        self._rpc = rpc
        self._thread_id = thread_id

    async def get(self) -> ThreadGoal | None:
        """Return the goal, or None (thread/goal/get)."""
        return (await self._rpc.call(methods.thread.GOAL_GET, self._params())).goal

    async def set(
        self, objective: str | None = None, *, token_budget: int | None = None
    ) -> ThreadGoal:
        """Set the goal, or another objective or budget for it (thread/goal/set), and begin.

        `token_budget` is the runtime's own: near it the model is told to finish. For one that
        stops turns, see `Thread.run_goal` and `Thread.set_budget`.
        """
        return await self._set("active", objective, token_budget)

    async def pause(self) -> ThreadGoal:
        """Start no more turns for it (thread/goal/set); one that runs goes on to its end."""
        return await self._set("paused")

    async def resume(self) -> ThreadGoal:
        """Go on with it (thread/goal/set)."""
        return await self._set("active")

    async def clear(self) -> bool:
        """Give it up (thread/goal/clear); returns whether there was one."""
        return (await self._rpc.call(methods.thread.GOAL_CLEAR, self._params())).cleared

    async def _set(
        self, status: str, objective: str | None = None, token_budget: int | None = None
    ) -> ThreadGoal:
        given = {"objective": objective, "tokenBudget": token_budget, "origin": "user"}
        if objective is not None:
            check_text(objective=objective)
        if token_budget is not None:
            check_count("token_budget", token_budget, least=1, most=MOST_63)
        if status == "active":
            await before_untold_turn(self._rpc, self._thread_id)
        params = self._params(status=status, **given)
        return (await self._rpc.call(methods.thread.GOAL_SET, params)).goal

    def _params(self, **given: Any) -> dict[str, Any]:
        known = {name: value for name, value in given.items() if value is not None}
        return {"threadId": self._thread_id, **known}


class AsyncGoalRun:
    """The work towards a goal, as one handle over all its turns.

    As a context manager it pauses the goal and interrupts its turn on exit, unless it is over.
    Its turns are there to be read once: with `stream()`, `run()`, or first one then the other.
    """

    methods = frozenset({_UPDATED, _CLEARED})

    def __init__(
        self,
        rpc: AsyncRpc,
        thread_id: str,
        *,
        deadline: Deadline,
        idle_timeout: float | None,
        allowance: Allowance | None,
        checkpoints: AsyncCheckpoints | None = None,
    ) -> None:
        self.thread_id = thread_id
        self._checkpoints = checkpoints
        self._rpc = weakref.ref(rpc)  # the session may hold us: it must not hold the connection
        self._kept = rpc  # until the goal is over
        self._deadline = deadline
        self._idle_timeout = idle_timeout
        self._allowance = allowance
        self._queue = Mailbox()  # turns that have begun, and news of the goal
        self._goal: dict[str, Any] | None = None
        self._turn: AsyncTurnHandle | None = None
        self._results: list[TurnResult[Any]] = []
        self._was_interrupted = False
        self._is_over = False

    def __repr__(self) -> str:
        state = "over" if self._is_over else "running"
        return f"<{type(self).__name__} thread {self.thread_id}, {state}>"

    async def __aenter__(self) -> AsyncGoalRun:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if not self._is_over:
            await self.interrupt()
            self._close()

    @property
    def is_running(self) -> bool:
        """Whether its end has not been read yet."""
        return not self._is_over

    @property
    def turn(self) -> AsyncTurnHandle | None:
        """The turn that is being read, to be steered for example, or None between two."""
        return self._turn

    @property
    def spent(self) -> Spend:
        """What its turns and their sub-agents have spent so far."""
        known = [result.spent for result in self._results if result.spent is not None]
        return sum([*known, self._turn.spent] if self._turn is not None else known, Spend())

    def result(self) -> GoalResult:
        """Return what has come of it so far."""
        from .._wire.base import decode
        from ..types import ThreadGoal

        goal = decode(ThreadGoal, self._goal) if self._goal is not None else None
        return GoalResult(goal, tuple(self._results), self.spent)

    # --- reading ---------------------------------------------------------------------------------

    async def stream(self) -> AsyncIterator[Event]:
        """Yield the events of all its turns as they come, until the goal is over.

        Leaving early does not stop it. Raises what `TurnHandle.stream` does.
        """
        try:
            while await self._next() is not None:
                turn = self._turn
                assert turn is not None
                async for event in turn.stream():  # async only
                    yield event  # async only
                # sync: yield from turn.stream()
                self._ended(await turn.run())
        except BaseException as error:
            self._leave_by(error)
            raise

    async def run(self, *, on_event: Callable[[Event], Any] | None = None) -> GoalResult:
        """Wait until the goal is over, and return what came of it.

        `on_event` is called with every event as it comes. Raises TurnFailedError when a turn
        failed, TurnTimeoutError, BudgetExceededError, TransportClosedError; `result()` has what
        came before.
        """
        check_on_event(on_event)
        try:
            while await self._next() is not None:
                turn = self._turn
                assert turn is not None
                self._ended(await turn.run(on_event=on_event))
        except BaseException as error:
            self._leave_by(error)
            raise
        return self.result()

    # --- acting ----------------------------------------------------------------------------------

    async def pause(self) -> None:
        """Start no more turns (thread/goal/set); the turn that runs goes on to its end."""
        await AsyncGoalControl(self._kept, self.thread_id).pause()

    async def interrupt(self) -> None:
        """Pause the goal (thread/goal/set) and stop the turn that runs (turn/interrupt)."""
        await _pause(self._kept, self.thread_id)
        begun = [item for item in list(self._queue.items) if isinstance(item, AsyncTurnHandle)]
        for turn in ([self._turn] if self._turn is not None else []) + begun:
            await turn.interrupt()

    # --- on the reader ---------------------------------------------------------------------------

    def put(self, item: Any) -> None:
        """Take news of the goal, or the end of the connection."""
        self._queue.put(item)

    def found(self, note: NotificationLike) -> Box | None:
        """Take a turn that has begun."""
        rpc = self._rpc()
        if rpc is None:
            return None
        budgets = rpc.spending.limits(self.thread_id, self._allowance, check=False)
        limits = turn_limits(
            deadline=self._deadline,
            idle_timeout=self._idle_timeout,
            connect_timeout=rpc.config.connect_timeout,
            budgets=budgets,
        )
        turn = AsyncFoundTurn(
            rpc, self.thread_id, turn_id_of(note), limits=limits, stopping=_GoalStopping
        )
        if self._checkpoints is not None:
            self._checkpoints.note_end(turn.handle)
        self._queue.put(turn.handle.watched())
        return turn.box

    # --- internals -------------------------------------------------------------------------------

    async def begin(self, objective: str | None, token_budget: int | None) -> None:
        """Set the goal; from here on its turns are found."""
        # First: what is left of an earlier run pauses the goal, and must not pause this one.
        bound = self._deadline.or_after(self._kept.config.interrupt_timeout)
        await self._kept.settle(bound, self.thread_id)
        await self._kept.come_back()
        self._kept.locked(self._find)
        try:
            self._kept.witness.expecting(self, self.thread_id)
            control = AsyncGoalControl(self._kept, self.thread_id)
            goal = await control._set("active", objective, token_budget)
        except BaseException as error:
            if not isinstance(error, CodexError):  # it may have been set after all
                self._leave_it_paused()
            self._close()
            raise
        self._goal = goal.model_dump(by_alias=True)

    def _find(self, session: Session) -> None:
        session.routes.find(self.thread_id, self)
        session.tell_if_closed(self)

    async def _next(self) -> AsyncTurnHandle | None:
        """Return the turn to read: the one that was begun, or the next; None once it is over."""
        while self._turn is None and not self._is_over:
            item = self._queue.pop()
            if item is None:
                await self._wait()
            elif isinstance(item, Closed):
                raise item.fresh_cause(self.thread_id)
            elif isinstance(item, AsyncTurnHandle):
                self._turn = item
            else:
                self._hear(item)
        return self._turn

    async def _wait(self) -> None:
        """Wait for a turn or for news, unless nothing more is to come."""
        if self._was_interrupted or not self._is_active:
            self._close()
        elif self._deadline.is_over:
            raise await self._too_late()
        elif not await self._queue.wait(self._deadline.left(_LOOK_EVERY)):
            await self._look()

    async def _look(self) -> None:
        """End with a goal that is active in an idle thread: another client stopped its turn."""
        running = self._kept.locked(lambda session: session.ledger.running_turns(self.thread_id))
        self._was_interrupted = not running and not self._queue.items

    @property
    def _is_active(self) -> bool:
        return self._goal is not None and self._goal.get("status") == "active"

    def _hear(self, note: Any) -> None:
        self._goal = note.params.get("goal") if note.method == _UPDATED else None

    def _ended(self, result: TurnResult[Any]) -> None:
        self._turn = None
        self._results.append(result)
        self._was_interrupted = result.status.value == "interrupted"

    async def _too_late(self) -> TurnTimeoutError:
        await _pause(self._kept, self.thread_id)
        signs = self._kept.signs_of_life()
        last = self._results[-1] if self._results else None
        return TurnTimeoutError(
            turn_id=last.id if last is not None else "of a goal",
            seconds=self._deadline.seconds or 0.0,
            idle=False,
            last_event=signs["last_event"],
            alive=signs["alive"],
            result=last,
        )

    def _leave_by(self, error: BaseException) -> None:
        """Pause the goal when a reader fails, is cancelled, or is struck by a signal handler."""
        if isinstance(error, GeneratorExit):  # a reader that has seen enough
            return
        if not isinstance(error, TransportClosedError) and not self._is_over:
            self._leave_it_paused()
        self._close()

    def _leave_it_paused(self) -> None:
        """Pause the goal in the background; `close`, and the thread's next turn, wait for that."""
        done = Latch()
        self._kept.leave(self.thread_id, done)
        run_in_background(functools.partial(self._pause, done), must_finish=True)

    async def _pause(self, done: Latch) -> None:
        try:
            await _pause(self._kept, self.thread_id)
        finally:
            done.set()

    def _close(self) -> None:
        self._is_over = True
        rpc = self._rpc()
        if rpc is not None:
            rpc.witness.expects_no_more(self)
            with contextlib.suppress(CodexError):  # another process's, or another loop's
                rpc.locked(lambda session: session.routes.stop_finding(self.thread_id, self))


class _GoalStopping(AsyncStopping):
    """Stops a turn of a goal: pauses the goal first, or the next turn would follow."""

    async def _stop(self) -> None:
        rpc = self._rpc()
        if rpc is not None:
            await _pause(rpc, self._thread_id)
        await super()._stop()


async def _pause(rpc: AsyncRpc, thread_id: str) -> None:
    """Pause the thread's goal, if it is active; raises nothing."""
    try:
        control = AsyncGoalControl(rpc, thread_id)
        goal = await control.get()
        if goal is not None and goal.status.value == "active":
            await control.pause()
    except CodexError as error:  # it went with the runtime, or was cleared just now
        _log.debug("the goal of thread %s was not paused: %s", thread_id, error)


def goal_run(
    rpc: AsyncRpc,
    thread_id: str,
    *,
    budget: Any,
    timeout: float | timedelta | None,
    idle_timeout: float | timedelta | None,
    checkpoints: AsyncCheckpoints | None = None,
) -> AsyncGoalRun:
    """Return a run that is ready to begin; raises for bad options and spent budgets."""
    idle = checked_seconds("idle_timeout", idle_timeout)
    allowance = rpc.spending.goal_allowance(thread_id, budget)
    rpc.spending.limits(thread_id, allowance)
    return AsyncGoalRun(
        rpc,
        thread_id,
        deadline=NEVER.or_after(checked_seconds("timeout", timeout)),
        idle_timeout=idle if idle is not None else rpc.config.idle_timeout,
        allowance=allowance,
        checkpoints=checkpoints,
    )
