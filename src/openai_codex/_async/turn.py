"""One running turn: watch it, steer it, stop it, or wait for its result."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

from .._checks import check_flag, check_text, checked_seconds
from .._core.deadline import NEVER, Deadline
from .._core.messages import Closed, LimitReached, MayBeOver
from .._core.routes import turn_key
from .._core.session import Session
from .._core.turnbox import TurnBox, hand_over
from .._drivers.aio import Latch, Mailbox, call_on_event, check_on_event
from .._failures import info_of, turn_error
from .._turns.agents import AgentFold, agent_tree
from .._turns.budget_limit import BudgetLimit
from .._turns.collector import COLLECTED, TurnCollector
from .._turns.inputs import Input, steer_input
from .._turns.limits import Limit, TimeLimit, TurnFacts
from .._turns.notification import Notification
from .._turns.params import options
from .._turns.result import TurnResult
from .._turns.text import SpokenText
from ..errors import (
    CodexError,
    ConnectionLostError,
    ModelUnreachableError,
    StreamOverflowError,
    TurnLostError,
    UnauthorizedError,
)
from .credentials import explain, refused
from .doubt import AsyncDoubt
from .provider import find_provider
from .running import join_running
from .stopping import RETRY_EVERY, AsyncStopping, AsyncWatch
from .tracing import send_spans

if TYPE_CHECKING:
    from datetime import timedelta

    from .._turns.events import Event
    from .._turns.notification import Notification
    from .._turns.result import Agent
    from .._turns.spend import Spend
    from ..telemetry.trace import Trace
    from ..telemetry.witness import Witness
    from ..types import (
        ReasoningEffort,
        ReasoningSummary,
        ThreadItem,
        TurnInterruptResponse,
        TurnSteerResponse,
    )
    from .agents import AsyncRunningAgent
    from .rpc import AsyncRpc

__all__ = ["AsyncTurnHandle"]


class AsyncTurnHandle:
    """One running turn: `thread_id`, `id`.

    As a context manager it interrupts the turn on exit unless it is over. The events are there to
    be read once, by one reader at a time: with `stream()`, `run()`, or first one then the other.
    """

    def __init__(
        self,
        rpc: AsyncRpc,
        thread_id: str,
        turn_id: str,
        box: TurnBox[Mailbox, Latch],
        stopping: AsyncStopping,
        watch: AsyncWatch,
    ) -> None:
        self.thread_id = thread_id
        self.id = turn_id
        self._rpc = rpc
        self._box = box
        self._stopping = stopping
        self._watch = watch
        # Asked for when the first report comes: by then the turn before this one has told its last.
        used_before = functools.partial(rpc.usage_before, thread_id, turn_id)
        folder = rpc.folder_of(thread_id)
        self._collector = TurnCollector(turn_id, folder=folder, usage_before=used_before)
        self._ended: Closed | None = None
        self._unread: deque[Any] = deque()
        self._doubt: AsyncDoubt | None = None
        self.witness: Witness | None = None  # of a turn whose reader waits for its spans
        self._agents = AgentFold()
        box.on_agents = self._agents.feed
        self.when_over: Callable[[str], Any] | None = None  # once, when a reader saw the end
        self._is_joined = False
        self._live = rpc.threads.hold(thread_id)
        stopping.turn_id = turn_id  # last: from here on it is stopped by its id
        watch.start()

    def __repr__(self) -> str:
        state = "over" if self._box.is_over else "running"
        return f"{type(self).__name__}(thread_id={self.thread_id!r}, id={self.id!r}, {state})"

    async def __aenter__(self) -> AsyncTurnHandle:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._stopping.finish()

    @property
    def is_running(self) -> bool:
        """Whether the runtime has not reported the turn's end yet."""
        return not self._box.is_over

    @property
    def spent(self) -> Spend:
        """What the turn and its sub-agents have spent so far."""
        return self._rpc.spending.of_turn(self.id)

    @property
    def trace(self) -> Trace:
        """What the turn did so far, as a tree of spans: `print(turn.trace)`.

        It is empty before the runtime has accepted the turn, and again once 64 others of this
        client have ended after it.
        """
        return self._rpc.witness.trace(self.id)

    @property
    def agents(self) -> tuple[AsyncRunningAgent, ...]:
        """The sub-agents that work for the turn, as they are now; each has those below it."""
        from .agents import AsyncRunningAgent

        return tuple(
            AsyncRunningAgent(self._rpc, each, self._stream_agent) for each in self._tree()
        )

    @property
    def items(self) -> list[ThreadItem]:
        """What the turn has completed, as far as it was read: of a joined turn, what was there."""
        return self._collector.result().items

    # --- reading ---------------------------------------------------------------------------------

    async def stream(
        self, *, timeout: float | timedelta | None = None, agents: bool = False
    ) -> AsyncIterator[Event]:
        """Yield the turn's events as they come, up to and with `turn/completed`.

        `timeout` counts seconds from here. With `agents`, also what the turn's sub-agents do from
        here on: their events have thread ids of their own. Leaving early does not stop the turn;
        what ends the stream may be TurnTimeoutError, TransportClosedError, StreamOverflowError, and
        UnauthorizedError as soon as the runtime retries though nobody is logged in.
        """
        limit = self._own_limit(checked_seconds("timeout", timeout))
        deadline = limit.deadline
        # Looked at once, and not at each event: most streams have no limit of their own.
        timed = deadline.seconds is not None
        context = self._attend(agents)
        try:
            while True:
                unread = self._unread  # what one reader leaves is there for the next
                while unread:
                    if timed and deadline.is_over:  # a flood must not outrun it
                        await self._heed(limit)
                    try:
                        event = unread.popleft()  # and not kept: it has its payload by now
                    except IndexError:  # another reader took it
                        break
                    # Only those few: to feed a delta to the fold would cost more than all else that
                    # it passes.
                    if event.method in COLLECTED and self._collect(event):
                        await self._heed_error(event)
                    yield event
                if self._collector.is_complete:
                    await self._pass_on()
                    return
                await self._read_on(limit)
        except BaseException as error:
            self._leave_by(error)
            raise
        finally:
            self._retire(context)

    async def stream_text(
        self, *, separator: str = "\n\n", timeout: float | timedelta | None = None
    ) -> AsyncIterator[str]:
        """Yield only the text of the agent's messages, piece by piece. See `stream`.

        `separator` goes between two messages: a blank line unless given, "" for nothing. After a
        gap in the connection, and in a turn that was joined in its middle, a message comes when it
        is complete: no text is missing.
        """
        check_text(separator=separator)
        spoken = SpokenText(separator=separator, is_joined=self._is_joined)
        async for event in self.stream(timeout=timeout):
            text = spoken.feed(event)
            if text:
                yield text

    async def run(
        self,
        *,
        timeout: float | timedelta | None = None,
        on_event: Callable[[Event], Any] | None = None,
    ) -> TurnResult[Any]:
        """Wait for the turn to end and return its result; an interrupted turn has that status.

        `timeout` counts seconds from here; `on_event` is called with every event as it comes.
        Raises TurnFailedError, TurnTimeoutError, TransportClosedError.
        """
        check_on_event(on_event)
        seconds = checked_seconds("timeout", timeout)
        try:
            await self._read(seconds, on_event)
        except BaseException as error:
            if not isinstance(error, CodexError) or isinstance(error, StreamOverflowError):
                self._stopping.begin()  # nobody will read the rest
            raise
        result = self._result()
        if self._collector.failed:
            raise await self._failure(result)
        return result

    # --- acting ----------------------------------------------------------------------------------

    async def steer(self, input: Input | str) -> TurnSteerResponse:
        """Say something to the running turn (turn/steer); raises InvalidRequestError if over."""
        from .. import methods

        params = {
            "threadId": self.thread_id,
            "input": steer_input(input, folder=self._rpc.config._folder),
        }
        # The runtime refuses to steer what has not begun, and names no better time to try.
        await self._box.started.wait(self._rpc.config.interrupt_timeout)
        # A review begins under an id of its own, and the runtime knows it by that one.
        params["expectedTurnId"] = self._active_id
        return await self._rpc.call(methods.turn.STEER, params)

    async def update_settings(
        self,
        *,
        effort: ReasoningEffort | str | None = None,
        model: str | None = None,
        service_tier: str | None = None,
        summary: ReasoningSummary | str | None = None,
    ) -> bool:
        """Change what the rest of this turn runs under (turn/settings/update); later turns stay.

        It counts from the next request to the model on; what is not given stays. Returns False for
        a turn that is over. Sub-agents that run already keep theirs. The runtime must be started
        with `config_overrides=("features.step_model_switching=true",)`; without, it raises
        InvalidRequestError, which says so.
        """
        from .. import methods

        given = options(effort=effort, model=model, service_tier=service_tier, summary=summary)
        await self._box.started.wait(self._rpc.config.interrupt_timeout)
        params = {"threadId": self.thread_id, "turnId": self._active_id, **given}
        reply = await self._rpc.call(methods.turn.SETTINGS_UPDATE, params)
        return reply.status.value == "applied"

    async def interrupt(self) -> TurnInterruptResponse:
        """Stop the turn (turn/interrupt), as soon as it has begun. Idempotent.

        Waits at most `AppServerConfig.interrupt_timeout` seconds; raises RequestTimeoutError then.
        """
        await self._stopping.interrupt()
        from ..types import TurnInterruptResponse  # not before the turn is told to stop

        return TurnInterruptResponse()

    def detach(self) -> None:
        """Let the turn go on though it is left: no block's end and no cancellation stops it.

        Its limits (time-outs, budgets) count no more; `interrupt()` stops it still. It lives as
        long as its runtime: with one that was attached to, longer than this client.
        """
        self._stopping.detach()
        self._watch.detach()

    # --- internals --------------------------------------------------------------------------------

    def begin_with(self, event: Notification) -> None:
        """Count an event of before this handle was there towards the result."""
        self._is_joined = True
        self._collector.feed(event)

    def watched(self) -> AsyncTurnHandle:
        """Return this turn, whose limits count though nobody reads it yet."""
        self._watch.arm()
        return self

    def _attend(self, agents: bool) -> Context:
        """Begin to read: what the turn asks is asked for this reader, in its context."""
        check_flag("agents", agents)
        self._box.keeps_agents = agents
        context = self._watch.context = copy_context()
        self._rpc.serve(self.thread_id, context)
        self._watch.attend()
        return context

    def _retire(self, context: Context) -> None:
        self._watch.retire()
        if self._box.is_over:
            self._rpc.served(self.thread_id, context)

    def _leave_by(self, error: BaseException) -> None:
        """Stop the turn when a reader is cancelled, or struck by what a signal handler raised."""
        # Its own end, which is a CodexError, and a reader that has seen enough do not stop it.
        if not isinstance(error, (CodexError, GeneratorExit)):
            self._stopping.begin()

    def _own_limit(self, seconds: float | None) -> TimeLimit:
        """Return the time limit of a reader that has so many seconds, at most the turn's own."""
        for limit in self._watch.limits:
            if isinstance(limit, TimeLimit):
                # The turn's limit itself where it comes first: of two, one is reached and named in
                # the error.
                deadline = limit.deadline.or_after(seconds)
                return limit if deadline is limit.deadline else TimeLimit(deadline)
        return TimeLimit(NEVER.or_after(seconds))

    async def _tell(self, on_event: Callable[[Event], Any], event: Event) -> None:
        try:
            await call_on_event(on_event, event)
        except BaseException:
            self._stopping.begin()
            raise

    async def _failure(self, result: TurnResult[Any]) -> CodexError:
        raw, resets_at = self._collector.raw_error, self._rpc.resets_at()
        if info_of(raw) == "sessionBudgetExceeded":  # the runtime's own brake was quicker
            for limit in self._watch.limits:
                if isinstance(limit, BudgetLimit) and limit.allowance.scope == "thread":
                    alive = self._rpc.signs_of_life()["alive"]
                    return limit.error(TurnFacts(self.id, self._box.last_event, alive, result))
        error = turn_error(result, raw, resets_at=resets_at)
        return await explain(self._rpc, error) if isinstance(error, UnauthorizedError) else error

    def _collect(self, event: Any) -> bool:
        """Take an event; tells whether it is an error of the turn, which is to be heeded."""
        if event.params.get("threadId") in self._box.agents:
            return False
        self._collector.feed(event)
        return bool(event.method == "error")

    async def _heed_error(self, event: Any) -> None:
        """Take an error; a retry with credentials that nobody gave ends the turn at once."""
        if not event.params.get("willRetry"):
            self._doubt = AsyncDoubt(self._rpc, self.thread_id, self.id, "it reported an error")
            return
        raw = event.params.get("error")
        error = await refused(self._rpc, raw, self._collector.result())
        if error is not None:
            self._stopping.begin()
            raise error

    @property
    def _active_id(self) -> str:
        return self._box.started_id or self.id

    async def _read(self, timeout: float | None, on_event: Callable[[Event], Any] | None) -> None:
        if on_event is None:
            # Deltas of a turn that nobody watches would fill the bound of unread bytes for nothing.
            self._box.want_only(COLLECTED)
        async for event in self.stream(timeout=timeout):
            if on_event is not None:
                await self._tell(on_event, event)

    async def _pass_on(self) -> None:
        """Tell the thread that the turn is over, before the reader goes on."""
        if self.witness is not None:
            await send_spans(self.witness)
        # Taken off first: two readers may both see the end, and it is passed on once.
        when_over, self.when_over = self.when_over, None
        if when_over is not None:
            await when_over(self.id)

    async def _read_on(self, limit: TimeLimit) -> None:
        """Take the next events out of the box, or wait until there may be some."""
        if limit.deadline.is_over:
            await self._heed(limit)
        run = self._box.pop_run()
        if run is None:
            await self._wait(limit.deadline)
        elif isinstance(run, Closed):
            self._ended = run
        elif isinstance(run, LimitReached):
            await self._raise(run.limit, run.last_event)
        elif isinstance(run, MayBeOver):
            self._doubt = AsyncDoubt(self._rpc, self.thread_id, self.id, run.reason)
        else:
            self._unread = deque(run)
            if self._doubt is not None:
                # The turn lives: an event after the sign of an end says more than the sign.
                self._doubt.wait_again()

    async def _wait(self, deadline: Deadline) -> None:
        """Wait for an event, or until a limit wants to be asked."""
        queue = self._box.queue
        if self._ended is not None:
            raise self._end_error(self._ended)
        if self._box.is_over and not queue.items:  # another reader has its last in hand
            await queue.wait(RETRY_EVERY)
            return
        if not self._watch.limits and self._doubt is None:
            await queue.wait(deadline.left())
            return
        # Limits count with time as well, and while a reader waits, it is the one that asks them.
        left = deadline.left(self._watch.left())
        doubt = self._doubt
        if doubt is not None:
            wait = doubt.left()
            left = wait if left is None or (wait is not None and wait < left) else left
        if not await queue.wait(left):
            self._watch.look()
            if doubt is not None and doubt.is_due:
                await self._clear_up(doubt)

    def _end_error(self, ended: Closed) -> Exception:
        error = ended.fresh_cause(self.thread_id)
        if isinstance(error, ConnectionLostError):
            error.result = self._result()
            error.resumable = not self._live.is_ephemeral
        return error

    async def _clear_up(self, doubt: AsyncDoubt) -> None:
        """Bring a turn whose end was not reported to its end, as the runtime has stored it."""
        try:
            events = await doubt.clear_up(self._collector)
        except TurnLostError as error:
            self._rpc.witness.lost(self.id, error)
            raise
        if events is None:
            self._doubt = None
        elif events:
            self._unread = deque(events)
            self._doubt = None
            # Its end was read back and will not come over the wire: nothing else would close the
            # route.
            self._rpc.locked(functools.partial(self._end_route, events[-1]))
            self._rpc.witness.see(events[-1])

    def _end_route(self, end: Notification, session: Session) -> None:
        session.ledger.turn_completed(end)
        over = Closed(CodexError("the end of this turn was read back"))
        hand_over(session.routes.end(turn_key(self.thread_id, self.id), over))
        hand_over(session.occupancy.free(self.thread_id))

    async def _heed(self, limit: TimeLimit) -> None:
        if not self._box.is_over:  # an end that came before it counts
            await self._raise(limit, self._box.last_event)

    async def _raise(self, limit: Limit, last_event: str | None) -> None:
        """Stop the turn and raise the limit's error; once, whoever found that it was reached."""
        if limit in self._watch.raised:
            return
        self._watch.raised.add(limit)
        self._rpc.witness.stopped(self.id, limit.raises)
        await self._stopping.finish()
        alive = self._rpc.signs_of_life()["alive"]
        last_error = self._collector.last_error
        error = limit.error(TurnFacts(self.id, last_event, alive, self._result(), last_error))
        if isinstance(error, ModelUnreachableError):
            await find_provider(self._rpc, self.thread_id, error)
        raise error

    def _result(self) -> TurnResult[Any]:
        result = self._collector.result()
        result.spent = self.spent
        if self._agents.works:
            vars(result)["_agents"] = self._tree()
        return result

    def _tree(self) -> tuple[Agent, ...]:
        if not self._agents.works:
            return ()
        by_agent = self.spent.by_agent

        def spent_of(thread_id: str) -> Spend:
            from .._turns.spend import Spend

            return by_agent.get(thread_id) or Spend()

        def tree(session: Session) -> tuple[Agent, ...]:
            facts_of = session.notices.agents.facts
            return agent_tree(self._agents, self.thread_id, facts_of=facts_of, spent_of=spent_of)

        found: tuple[Agent, ...] = self._rpc.locked(tree)
        return found

    async def _stream_agent(
        self, thread_id: str, turn_id: str, timeout: Any
    ) -> AsyncIterator[Event]:
        """Yield the events of a sub-agent's turn from here on."""
        box = self._rpc.turn_box()
        stopping = AsyncStopping(self._rpc, thread_id, box)
        watch = AsyncWatch(self._rpc, thread_id, box, stopping, ())
        turn = AsyncTurnHandle(self._rpc, thread_id, turn_id, box, stopping, watch)
        if not self._rpc.locked(lambda session: join_running(session, thread_id, turn_id, box)):
            return
        try:
            async for event in turn.stream(timeout=timeout):  # async only
                yield event  # async only
            # sync: yield from turn.stream(timeout=timeout)
        finally:
            key = turn_key(thread_id, turn_id)
            self._rpc.locked(lambda session: session.routes.leave(key, box))
