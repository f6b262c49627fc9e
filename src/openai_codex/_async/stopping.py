"""All that stops a turn: its caller, whoever leaves it, and its limits.

Rule 1. Leaving never waits. What is left to do is handed to the connection, which does it in the
background, within `interrupt_timeout`; `close` waits for it. So it is done though its caller is
cancelled twice, or struck by a signal, and it holds nobody up.
Rule 2. A turn is stopped as soon as it can be: the runtime interrupts nothing that has not begun.
Rule 3. Limits are asked on the reader and act beside it.
"""

from __future__ import annotations

import contextlib
import functools
import weakref
from collections.abc import Callable, Sequence
from contextvars import Context
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from .._core.careful_log import CarefulLog
from .._core.deadline import Deadline
from .._core.messages import Closed, Failure, LimitReached, Reply, Run
from .._core.replies import text_in
from .._core.session import Session
from .._core.turnbox import TurnBox
from .._drivers.aio import Latch, Mailbox, call_in, run_handler, run_in_background
from .._failures import is_too_early
from .._safe_text import runtime_line
from .._turns.limits import Act, Activity, Announce, Consult, Interrupt, Limit, Remark, Steer
from .._turns.notification import Notification
from ..errors import (
    CodexError,
    ConnectionLostError,
    InvalidRequestError,
    RequestTimeoutError,
    TransportClosedError,
)
from .call import AsyncCall

if TYPE_CHECKING:
    from .rpc import AsyncRpc

__all__ = [
    "RETRY_EVERY",
    "AsyncStopping",
    "AsyncWatch",
    "interrupt_agents",
    "interrupt_tree",
    "interrupt_turn",
]

_log = CarefulLog("openai_codex.turns")
_log_budgets = CarefulLog("openai_codex.budgets")

_method = attrgetter("method")

RETRY_EVERY = 0.05
"""Seconds between two attempts to interrupt a turn that has not begun yet."""


class AsyncStopping:
    """Stops one turn, once, whether or not it has an id yet; never raises but in `interrupt`."""

    def __init__(self, rpc: AsyncRpc, thread_id: str, box: TurnBox[Mailbox, Latch]) -> None:
        self._rpc = weakref.ref(rpc)  # the session may hold us: it must not hold the connection
        self._thread_id = thread_id
        self._box = box
        self._has_begun = False
        self._is_detached = False
        self.turn_id: str | None = None
        self.done = Latch()

    async def interrupt(self) -> None:
        """Interrupt the turn for a caller that waits for it; raises CodexError."""
        rpc = self._rpc()
        if rpc is not None:
            deadline = Deadline(rpc.config.interrupt_timeout)
            # The runtime interrupts nothing that has not begun: to wait costs less than attempts
            # that it refuses. Half of the time is left for those, since a busy runtime may tell of
            # the beginning late.
            await self._box.started.wait(_half(deadline.left()))
            await self._interrupt(rpc, deadline)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to stop here: the turn is over, or is not ours to stop."""
        return self._box.is_over or self._is_detached

    def detach(self) -> None:
        """Let the turn go on, whoever leaves it; `interrupt` stops it still."""
        self._is_detached = True

    def begin(self) -> None:
        """Stop the turn in the background, unless it is over or is being stopped already."""
        rpc = self._rpc()
        if rpc is None or self._has_begun or self.is_over:
            return
        # Before it is handed over: cancelled twice, it is still stopped once.
        self._has_begun = True
        self._hand_over(rpc, self._stop)

    async def finish(self) -> None:
        """Stop the turn, and return when that is done, or was given up at its bound."""
        self.begin()
        if self._has_begun:
            await self.done.wait()

    def leave(self, start: AsyncCall) -> None:
        """Stop the turn of a caller that leaves, though `start` may not have been answered yet."""
        rpc = self._rpc()
        if self.turn_id is not None:
            self.begin()
        elif rpc is not None and not start.withdraw():
            rpc.leave(self._thread_id, self.done)
            # A start that still queued was taken back by `withdraw`, and no turn comes of it.
            self.await_reply(start)

    def await_reply(self, start: AsyncCall) -> None:
        """Stop the turn that `start` begins, should its reply come after all."""
        self._box.want_only(frozenset())  # nobody will read it
        start.redirect(self)

    def put(self, item: Reply | Failure | Closed) -> None:
        """Take the late reply to the start: stop what has begun after all."""
        rpc = self._rpc()
        if isinstance(item, Reply) and rpc is not None:
            self._hand_over(rpc, functools.partial(self._stop_late, item))
        else:  # it was refused, or went with its runtime: there is no turn to stop
            self.done.set()

    def _hand_over(self, rpc: AsyncRpc, work: Callable[[], Any]) -> None:
        rpc.leave(self._thread_id, self.done)
        run_in_background(work, must_finish=True)  # though the program ends: the turn would go on

    def _ids(self) -> dict[str, str | None]:
        return {"thread_id": self._thread_id, "turn_id": self.turn_id}

    async def _stop_late(self, started: Reply) -> None:
        try:
            self.turn_id = text_in(started.result, "turn", "id", method="turn/start")
            text = "turn %s started after its caller had left: interrupting it"
            _log.info(text, self.turn_id, extra=self._ids())
        except CodexError as error:
            text = "could not interrupt a turn that nobody watches: %s"
            _log.warning(text, error, extra=self._ids())
            self.done.set()
        else:
            await self._stop()

    async def _stop(self) -> None:
        try:
            await self.interrupt()
        except TransportClosedError:
            pass  # it went with its runtime
        except CodexError as error:
            text = "could not interrupt turn %s: %s"
            _log.warning(text, self.turn_id, error, extra=self._ids())
        finally:
            self.done.set()

    async def _interrupt(self, rpc: AsyncRpc, deadline: Deadline) -> None:
        box = self._box
        while not box.is_over:
            reply = Mailbox()
            # The runtime does not answer a repeated interrupt; the turn's end is an answer, too.
            rpc.locked(functools.partial(_answer_when_over, box, reply))
            # Looked up each time: the id that interrupts a review is known once it has begun.
            params = {"threadId": self._thread_id, "turnId": box.started_id or self.turn_id}
            try:
                await rpc.request("turn/interrupt", params, timeout=deadline.left(), reply=reply)
                return
            except RequestTimeoutError as error:
                error.seconds = deadline.seconds or 0.0  # in all, not what was left of them
                raise
            except ConnectionLostError:  # the turn may run on: the next connection is asked
                if deadline.is_over:
                    raise
            except InvalidRequestError as error:
                if not is_too_early(error):
                    raise
                if deadline.is_over:
                    raise _never_began(rpc, deadline) from error
            await box.over.wait(RETRY_EVERY)


async def interrupt_agents(rpc: AsyncRpc, turn_id: str) -> None:
    """Interrupt the turns of all sub-agents that work for a turn, also of those yet to begin.

    Bounded by `interrupt_timeout`; what the runtime refuses because the turn is over is fine.
    """
    deadline = Deadline(rpc.config.interrupt_timeout)
    # Once each: an interrupt that is repeated gets no answer, and would take the whole time.
    asked: set[str] = set()
    while not deadline.is_over:
        running = rpc.locked(lambda session: session.ledger.agents_of(turn_id))
        for thread_id, agents_turn in running:
            if agents_turn not in asked:
                asked.add(agents_turn)
                await _interrupt_once(rpc, thread_id, agents_turn, deadline)
        # Looked at until none is left: an agent may start another one while it is being stopped.
        if not running:
            return
        await rpc.pause(RETRY_EVERY)


async def interrupt_tree(rpc: AsyncRpc, thread_id: str, turn_id: str) -> None:
    """Interrupt a turn that no handle of ours holds, and its sub-agents' turns."""
    await _interrupt_once(rpc, thread_id, turn_id, Deadline(rpc.config.interrupt_timeout))
    await interrupt_agents(rpc, turn_id)


async def interrupt_turn(rpc: AsyncRpc, thread_id: str, turn_id: str) -> None:
    """Interrupt a turn that no handle of ours holds; one that is over is fine."""
    running = rpc.locked(lambda session: session.ledger.running_turns())
    if (thread_id, turn_id) in running:  # the runtime leaves a repeated interrupt unanswered
        await _interrupt_once(rpc, thread_id, turn_id, Deadline(rpc.config.interrupt_timeout))


async def _interrupt_once(rpc: AsyncRpc, thread_id: str, turn_id: str, deadline: Deadline) -> None:
    try:
        params = {"threadId": thread_id, "turnId": turn_id}
        await rpc.request("turn/interrupt", params, timeout=deadline.left())
    except TransportClosedError:
        raise
    except CodexError as error:  # it ended by itself, as most do
        ids = {"thread_id": thread_id, "turn_id": turn_id}
        _log.debug("turn %s was not interrupted: %s", turn_id, error, extra=ids)


def _answer_when_over(box: TurnBox[Mailbox, Latch], reply: Mailbox, _: object) -> None:
    box.reply_when_over(reply)


def _never_began(rpc: AsyncRpc, deadline: Deadline) -> RequestTimeoutError:
    signs = rpc.signs_of_life()
    return RequestTimeoutError(method="turn/interrupt", seconds=deadline.seconds or 0.0, **signs)


class AsyncWatch:
    """The limits of one turn at work: shows them events, asks them, and carries out what they say.

    A reader of the turn asks them itself whenever it waits (`attend`, `look`); while nobody reads,
    a clock does.
    """

    def __init__(
        self,
        rpc: AsyncRpc,
        thread_id: str,
        box: TurnBox[Mailbox, Latch],
        stopping: AsyncStopping,
        limits: Sequence[Limit],
    ) -> None:
        self.limits = limits
        self.raised: set[Limit] = set()
        self.context: Context | None = None  # of the caller: a `Consult` runs in a copy of it
        self._rpc = weakref.ref(rpc)  # the box, which the session holds, holds us
        self._thread_id = thread_id
        self._box = box
        self._stopping = stopping
        # Made once, for `see`, which is called for every event of the turn.
        self._methods = frozenset[str]().union(*(limit.methods for limit in limits))
        self._asks_always = any(limit.counts_all for limit in limits)
        self._acting: dict[Limit, Interrupt | Steer | Consult] = {}
        # A count and no flag: a stream may be left by one reader while another waits in it.
        self._readers = 0
        self._cancel_timer: Callable[[], object] | None = None
        if limits:
            box.watch = self
            for limit in limits:
                # Weakly: what wakes a limit may hold it for long, and must not hold the turn.
                limit.look = functools.partial(_look, weakref.ref(self))

    def detach(self) -> None:
        """Count no more: nobody here answers for the turn."""
        self.limits, self._box.watch = (), None
        self._disarm()

    def start(self) -> None:
        """Begin to count: the turn was accepted."""
        for limit in self.limits:
            limit.start()

    # --- on the reader ----------------------------------------------------------------------------

    def see(self, run: Run, *, is_agents: bool = False) -> None:
        """Show the limits what came, and ask them; never raises."""
        try:
            if self._box.is_over:
                self._disarm()
            # In C, for nearly no event of a stream is one that a limit wants to see.
            elif not self._methods.isdisjoint(map(_method, run)):
                self._show(run, is_agents)
                self._ask(Activity(self._box.seen))
            elif self._asks_always:
                self._ask(Activity(self._box.seen))
        except Exception:  # a limit's mistake must not end the reader
            _log.exception("a limit of turn %s failed", self._stopping.turn_id, extra=self._ids())

    def _show(self, run: Run, is_agents: bool) -> None:
        for limit in self.limits:
            for note in run:
                if note.method in limit.methods:
                    limit.see(note, is_agents=is_agents)

    # --- with time --------------------------------------------------------------------------------

    def left(self) -> float | None:
        """Return the seconds after which to `look` though nothing comes; None for never."""
        waits = [limit.left() for limit in self.limits if limit not in self._acting]
        return min((seconds for seconds in waits if seconds is not None), default=None)

    def look(self) -> None:
        """Ask the limits though nothing came."""
        rpc = self._rpc()
        if rpc is not None and not self._box.is_over:
            is_asked = rpc.locked(self._is_asked)
            self._ask(Activity(self._box.seen, is_asked=is_asked))

    def attend(self) -> None:
        """Leave the time to a reader, which looks by itself."""
        self._readers += 1
        self._disarm()

    def retire(self) -> None:
        """Undo `attend`."""
        self._readers -= 1
        self.arm()

    def arm(self) -> None:
        """Look at the right time, while nobody reads."""
        left = self.left() if self.limits and not self._box.is_over and not self._readers else None
        if left is not None:
            self._disarm()
            self._cancel_timer = call_in(left, functools.partial(_ring, weakref.ref(self)))
            if self._box.is_over:  # it ended meanwhile, and the reader found no timer to cancel
                self._disarm()

    def _disarm(self) -> None:
        cancel, self._cancel_timer = self._cancel_timer, None
        if cancel is not None:
            cancel()

    async def ring(self) -> None:
        """Look, and wind the clock again."""
        try:
            self.look()
            self.arm()
        except CodexError:
            pass  # the connection is closed, or another process's: there is nothing to stop

    def _is_asked(self, session: Session) -> bool:
        return self._stopping.turn_id is not None and session.is_asked_in(self._stopping.turn_id)

    def _ids(self) -> dict[str, str | None]:
        return {"thread_id": self._thread_id, "turn_id": self._stopping.turn_id}

    # --- what the limits say ----------------------------------------------------------------------

    def _ask(self, activity: Activity) -> None:
        for limit in self.limits:
            act = limit.check(activity) if limit not in self._acting else None
            if isinstance(act, (Announce, Remark)):  # it changes nothing: it is asked again at once
                run_in_background(functools.partial(self._announce, act))
                continue
            # In one step, for the reader, the clock and the turn's own reader may ask at once.
            if act is not None and self._acting.setdefault(limit, act) is act:
                last_event = self._box.last_event
                work = functools.partial(self._carry_out, limit, act, last_event)
                context = self.context.copy() if self.context is not None else None
                self._begin(limit, act, work, context)

    def _begin(
        self, limit: Limit, act: Act, work: Callable[[], Any], context: Context | None
    ) -> None:
        try:
            run_in_background(work, context=context)
        except CodexError as error:  # no thread could be started
            # A function that cannot be called has granted nothing, and others may ask theirs. All
            # else is asked for again with the next event.
            if isinstance(act, Consult):
                limit.done(act, error)
            del self._acting[limit]
            raise

    async def _carry_out(
        self, limit: Limit, act: Interrupt | Steer | Consult, last_event: str | None
    ) -> None:
        rpc = self._rpc()
        if rpc is None:
            return
        if isinstance(act, Interrupt):
            reached = LimitReached(limit, last_event)
            rpc.witness.stopped(self._stopping.turn_id, limit.raises)
            rpc.locked(lambda _: self._box.put(reached))
            self._stopping.begin()  # and it stays among those that act: it is not asked again
            if limit.stops_agents and self._stopping.turn_id is not None:
                await interrupt_agents(rpc, self._stopping.turn_id)
            return
        try:
            outcome = await self._outcome(rpc, act)
        except Exception as error:
            outcome = error
            _log.warning("a limit of turn %s: %r", self._stopping.turn_id, error, extra=self._ids())
        # Told first and then free to ask again, so that it never asks twice for one answer.
        remark = limit.done(act, outcome)
        if remark is not None:
            _log.warning(
                "a limit of turn %s: %s", self._stopping.turn_id, remark, extra=self._ids()
            )
        del self._acting[limit]
        self.look()
        self.arm()

    async def _announce(self, act: Announce | Remark) -> None:
        rpc = self._rpc()
        if rpc is None:
            return
        if isinstance(act, Remark):
            if rpc.is_news(act.event):
                text = runtime_line(act.text)
                _log.warning("turn %s: %s", self._stopping.turn_id, text, extra=self._ids())
            self.arm()  # the limit may have begun to count
            return
        _log_budgets.warning("turn %s: %s", self._stopping.turn_id, act.text, extra=self._ids())
        event = Notification.from_wire(act.method, act.params, len(act.text))
        rpc.locked(lambda _: self._box.put(event))

    async def _outcome(self, rpc: AsyncRpc, act: Steer | Consult) -> Any:
        if isinstance(act, Consult):
            seconds = act.seconds
            return await run_handler(act.function, act.argument, seconds=seconds, settled=None)
        await self._box.started.wait(rpc.config.interrupt_timeout)
        params = {
            "threadId": self._thread_id,
            "input": [{"type": "text", "text": act.text}],
            "expectedTurnId": self._box.started_id or self._stopping.turn_id,
        }
        return await rpc.request("turn/steer", params)


def _half(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / 2


def _look(held: weakref.ref[AsyncWatch]) -> None:
    watch = held()
    if watch is not None:
        with contextlib.suppress(CodexError):  # no thread could be started: see `_begin`
            watch.look()


def _ring(held: weakref.ref[AsyncWatch]) -> None:
    watch = held()
    if watch is not None:
        run_in_background(watch.ring)
