"""The queue of a thread: messages that the runtime runs by itself, one turn each, in their order.

Nothing replies to the start of such a turn. It is known by the message that it begins with, which
carries an id of ours.
"""

from __future__ import annotations

import secrets
import weakref
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .. import methods
from .._checks import checked_seconds
from .._core.deadline import NEVER
from .._core.messages import Closed
from .._core.routes import turn_key
from .._core.session import Session
from .._drivers.aio import Latch
from .._turns.inputs import Input, steer_input
from .._turns.limits import turn_limits
from ..errors import QueuedTurnGoneError, RequestTimeoutError
from .found import AsyncFoundTurn, turn_id_of
from .marking import AsyncMarking
from .paging import pages
from .places import before_untold_turn
from .start import AsyncStart

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from .._core.messages import NotificationLike, Run
    from .._core.routes import Key
    from .._turns.events import Event
    from .._turns.result import TurnResult
    from ..types import UserInput
    from .checkpoints import AsyncCheckpoints
    from .rpc import AsyncRpc
    from .turn import AsyncTurnHandle

__all__ = ["AsyncQueuedTurn", "AsyncTurnQueue"]

# How often a waiting caller looks whether its message is still there: another client may delete it.
_LOOK_EVERY = 5.0


class AsyncQueuedTurn:
    """A message in a thread's queue, and the turn that it becomes.

    `id` is the queue's, `client_id` the one that the turn's `userMessage` item has as `client_id`,
    `input` what it says.
    """

    def __init__(self, queue: AsyncTurnQueue, client_id: str) -> None:
        self.id = ""
        self.client_id = client_id
        self.input: Sequence[UserInput] = ()
        self._queue = queue
        self._turn: AsyncTurnHandle | None = None
        self._ended: Closed | None = None
        self._is_gone = False
        self._was_missed = False
        self._changed = Latch()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {'begun' if self._turn else 'waiting'}>"

    @property
    def has_begun(self) -> bool:
        """Whether its turn has begun."""
        return self._turn is not None

    async def turn(self, *, timeout: float | timedelta | None = None) -> AsyncTurnHandle:
        """Wait until its turn begins and return the handle; `timeout` is in seconds.

        After a turn that was interrupted the runtime waits for `start`. Raises QueuedTurnGoneError
        for a message that was deleted, RequestTimeoutError, TransportClosedError.
        """
        deadline = NEVER.or_after(checked_seconds("timeout", timeout))
        while self._turn is None:
            if self._ended is not None:
                raise self._ended.fresh_cause(self._queue.thread_id)
            if self._is_gone:
                raise QueuedTurnGoneError(self.id)
            if deadline.is_over:
                raise self._queue.too_late(deadline.seconds or 0.0)
            if not await self._changed.wait(deadline.left(_LOOK_EVERY)):
                await self._queue.look_for(self)
        return self._turn

    async def run(
        self,
        *,
        timeout: float | timedelta | None = None,
        on_event: Callable[[Event], Any] | None = None,
    ) -> TurnResult[Any]:
        """Wait until its turn has begun and ended, and return the result. See `TurnHandle.run`."""
        deadline = NEVER.or_after(checked_seconds("timeout", timeout))
        turn = await self.turn(timeout=deadline.left())
        return await turn.run(timeout=deadline.left(), on_event=on_event)

    async def replace(self, input: Input | str) -> None:
        """Let it say something else (thread/queue/update), as long as it waits."""
        await self._queue.update(self, input)

    async def remove(self) -> bool:
        """Take it out of the queue (thread/queue/delete); returns whether it was still there."""
        return await self._queue.delete(self)

    # --- for the queue ---------------------------------------------------------------------------

    def begun(self, turn: AsyncTurnHandle) -> None:
        """Take the turn that it became."""
        self._turn = turn
        self._changed.set()

    def ended(self, cause: Closed) -> None:
        """Take the end of the connection."""
        self._ended = cause
        self._changed.set()

    def missed(self) -> None:
        """Note that the queue does not have it, though its turn has not begun."""
        if self._was_missed and not self.has_begun:
            self.gone()
        self._was_missed = True

    def gone(self) -> None:
        """Note that the queue has it no more."""
        self._is_gone = True
        self._changed.set()


class AsyncTurnQueue:
    """Messages that wait for their turns in one thread: add, list, reorder, start."""

    methods: frozenset[str] = frozenset()

    def __init__(self, rpc: AsyncRpc, thread_id: str) -> None:
        # Both weakly: the session may hold us, and it must not hold the connection.
        self._rpc = weakref.ref(rpc)
        self._checkpoints: Callable[[], AsyncCheckpoints | None] = lambda: None
        self.thread_id = thread_id
        # Weakly: a message that nobody holds any more needs no handle of its turn.
        self._waiting: weakref.WeakValueDictionary[str, AsyncQueuedTurn] = (
            weakref.WeakValueDictionary()
        )

    async def add(self, input: Input | str) -> AsyncQueuedTurn:
        """Put a message at the end of the queue (thread/queue/add); it becomes a turn of its own.

        On an idle thread that turn begins at once, else after those before it. Under the thread's
        settings as they are then; its budget, and the client's, hold for it.
        """
        said = steer_input(input, folder=self._connection().config._folder)
        await before_untold_turn(self._connection(), self.thread_id)
        queued = AsyncQueuedTurn(self, f"queued-{secrets.token_hex(8)}")
        await self._connection().come_back()
        self._expect(queued)
        params = {
            "threadId": self.thread_id,
            "clientUserMessageId": queued.client_id,
            "input": said,
        }
        try:
            async with AsyncMarking(self._checkpoints(), queued=True):
                reply = await self._connection().call(methods.thread.QUEUE_ADD, params)
        except BaseException:
            self._waiting.pop(queued.client_id, None)
            raise
        return self._told(queued, reply.queued_submission)

    async def list(self) -> Sequence[AsyncQueuedTurn]:
        """Return what waits, the next one first (thread/queue/list), whoever put it there."""
        found: list[AsyncQueuedTurn] = []
        await self._connection().come_back()
        params = {"threadId": self.thread_id}
        async for each in pages(self._connection(), methods.thread.QUEUE_LIST, params):
            client_id = each.client_user_message_id
            queued = self._waiting.get(client_id) or AsyncQueuedTurn(self, client_id)
            self._expect(queued)
            found.append(self._told(queued, each))
        return found

    async def reorder(self, order: Iterable[AsyncQueuedTurn | str]) -> None:
        """Put what waits into this order (thread/queue/reorder): all of it, or the ids of all.

        Raises InvalidRequestError when it is not all that waits.
        """
        ids = [each.id if isinstance(each, AsyncQueuedTurn) else each for each in order]
        params = {"threadId": self.thread_id, "queuedSubmissionIds": ids}
        await self._connection().call(methods.thread.QUEUE_REORDER, params)

    async def start(self, first: AsyncQueuedTurn | str | None = None) -> AsyncTurnHandle:
        """Begin with the next message, or with `first`, now (thread/queue/start).

        The queue of an idle thread goes by itself but for one case: after a turn that was
        interrupted. Raises InvalidRequestError while a turn runs, or when nothing waits.
        """
        rpc, params = self._connection(), {"threadId": self.thread_id}
        if first is not None:
            params["queuedSubmissionId"] = first if isinstance(first, str) else first.id
        limits = self._limits(rpc, check=True)
        async with AsyncMarking(self._checkpoints()):
            start = AsyncStart(
                rpc,
                self.thread_id,
                params,
                deadline=NEVER,
                limits=limits,
                method="thread/queue/start",
            )
            return self._noted(await start.turn()).watched()

    def note_with(self, checkpoints: AsyncCheckpoints | None) -> None:
        """Have checkpoints made before its turns, and their ends noted."""
        if checkpoints is not None:
            self._checkpoints = weakref.ref(checkpoints)

    # --- for its messages ------------------------------------------------------------------------

    async def update(self, queued: AsyncQueuedTurn, input: Input | str) -> None:
        """Let a message say something else."""
        rpc = self._connection()
        said = steer_input(input, folder=rpc.config._folder)
        params = {"threadId": self.thread_id, "queuedSubmissionId": queued.id, "input": said}
        reply = await rpc.call(methods.thread.QUEUE_UPDATE, params)
        self._told(queued, reply.queued_submission)

    async def delete(self, queued: AsyncQueuedTurn) -> bool:
        """Take a message out; returns whether it was there."""
        params = {"threadId": self.thread_id, "queuedSubmissionId": queued.id}
        reply = await self._connection().call(methods.thread.QUEUE_DELETE, params)
        if reply.deleted:
            self._waiting.pop(queued.client_id, None)
            queued.gone()
        return reply.deleted

    async def look_for(self, queued: AsyncQueuedTurn) -> None:
        """Look whether a message still waits; what does not, twice in a row, is gone.

        Once alone may be just before its turn begins.
        """
        params = {"threadId": self.thread_id}
        async for each in pages(self._connection(), methods.thread.QUEUE_LIST, params):
            if each.client_user_message_id == queued.client_id:
                return
        queued.missed()

    def too_late(self, seconds: float) -> RequestTimeoutError:
        """Return the error of a message whose turn has not begun in time."""
        signs = self._connection().signs_of_life()
        return RequestTimeoutError(method="thread/queue/add", seconds=seconds, **signs)

    # --- on the reader ---------------------------------------------------------------------------

    def found(self, note: NotificationLike) -> _Candidate | None:
        """Return a box for a turn that has begun; which message it is of, its items tell."""
        rpc = self._rpc()
        if rpc is None:
            return None
        if not self._waiting:
            rpc.locked(lambda session: session.routes.stop_finding(self.thread_id, self))
            return None
        limits = self._limits(rpc, check=False)
        turn = AsyncFoundTurn(rpc, self.thread_id, turn_id_of(note), limits=limits)
        return _Candidate(self, turn)

    def put(self, item: Any) -> None:
        """Take the end of the connection; nothing else comes."""
        if isinstance(item, Closed):
            for queued in list(self._waiting.values()):
                queued.ended(item)

    def claim(self, client_id: object, turn: AsyncFoundTurn) -> bool:
        """Give a turn to the message that it begins with; returns whether that is one of ours."""
        queued = self._waiting.pop(client_id, None) if isinstance(client_id, str) else None
        if queued is not None:
            queued.begun(self._noted(turn.handle).watched())
        return queued is not None

    def leave(self, candidate: _Candidate, key: Key) -> None:
        """Let go of a turn that is not the queue's, or not ours."""
        rpc = self._rpc()
        if rpc is not None:
            rpc.locked(lambda session: session.routes.leave(key, candidate))

    # --- internals -------------------------------------------------------------------------------

    def _noted(self, turn: AsyncTurnHandle) -> AsyncTurnHandle:
        checkpoints = self._checkpoints()
        if checkpoints is not None:
            checkpoints.note_end(turn)
        return turn

    def _connection(self) -> AsyncRpc:
        rpc = self._rpc()
        assert rpc is not None, "the thread holds it"
        return rpc

    def _limits(self, rpc: AsyncRpc, *, check: bool) -> Any:
        budgets = rpc.spending.limits(self.thread_id, None, check=check)
        return turn_limits(
            deadline=NEVER,
            idle_timeout=rpc.config.idle_timeout,
            connect_timeout=rpc.config.connect_timeout,
            budgets=budgets,
        )

    def _expect(self, queued: AsyncQueuedTurn) -> None:
        if not queued.has_begun:
            self._waiting[queued.client_id] = queued
            self._connection().locked(self._find)

    def _find(self, session: Session) -> None:
        session.routes.find(self.thread_id, self)
        session.tell_if_closed(self)

    @staticmethod
    def _told(queued: AsyncQueuedTurn, told: Any) -> AsyncQueuedTurn:
        queued.id, queued.input = told.id, tuple(told.input)
        return queued


class _Candidate:
    """The box of a turn that may be the queue's: passes on, and looks for the message's id."""

    def __init__(self, queue: AsyncTurnQueue, turn: AsyncFoundTurn) -> None:
        self._queue = queue
        self._turn: AsyncFoundTurn | None = turn
        self._is_known = False

    def put(self, item: Any) -> None:
        """Take what comes of the turn."""
        if self._turn is not None:
            self._turn.box.put(item)
            if not self._is_known:
                self._look(item)

    def put_run(self, run: Run) -> None:
        """Take events from the middle of the turn together."""
        for note in run:
            self.put(note)

    def _look(self, item: Any) -> None:
        turn, method = self._turn, getattr(item, "method", None)
        said = item.params.get("item") if method == "item/started" else None
        if turn is None or type(said) is not dict or said.get("type") != "userMessage":
            return
        self._is_known = self._queue.claim(said.get("clientId"), turn)
        if not self._is_known:
            self._turn = None
            handle = turn.handle
            self._queue.leave(self, turn_key(handle.thread_id, handle.id))
