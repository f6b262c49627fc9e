"""The claim of a turn on its thread: whether one that runs is joined, waited for, or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .._core.deadline import Deadline
from .._core.messages import Closed
from .._core.routes import turn_key
from .._core.session import Session
from .._core.turnbox import hand_over
from .._drivers.aio import Mailbox
from ..errors import ThreadBusyError
from .doubt import is_active

if TYPE_CHECKING:
    from .rpc import AsyncRpc

__all__ = ["AsyncClaim", "WhenBusy"]

WhenBusy = Literal["join", "wait", "error"]

# A turn may have ended unseen, as in a thread without a subscription: so it is looked at.
_LOOK_EVERY = 5.0


class AsyncClaim:
    """The claim of one turn, which is about to start, on its thread."""

    def __init__(self, rpc: AsyncRpc, thread_id: str, busy: WhenBusy, deadline: Deadline) -> None:
        self._rpc = rpc
        self._thread_id = thread_id
        self._busy = busy
        self._deadline = deadline
        self._box = Mailbox()
        self._before: str | None = None

    async def take(self) -> None:
        """Return when the turn may start; raises ThreadBusyError, also when its time is over."""
        self._before = self._rpc.locked(self._claim)
        if self._before is None or self._busy == "join":
            return
        if self._busy == "error":
            raise ThreadBusyError(thread_id=self._thread_id, turn_id=self._before or None)
        self._rpc.locked(self._queue)
        try:
            await self._wait()
        except BaseException:
            self.give_back()
            raise
        self._before = None

    def give_back(self) -> None:
        """Let go of the claim: the turn keeps the thread busy by itself, or there is none."""
        if self._busy != "join":
            self._rpc.locked(self._leave)

    def is_joined(self, turn_id: str, box: object) -> bool:
        """Tell whether a turn that was started was there before, whose start was not `box`'s."""
        if turn_id == self._before:
            return True
        key = turn_key(self._thread_id, turn_id)
        readers = self._rpc.locked(lambda session: session.routes.readers(key))
        return bool(readers) and readers[0] is not box

    async def _wait(self) -> None:
        while not self._box.items:
            await self._box.wait(self._deadline.left(_LOOK_EVERY))
            if self._box.items:
                break
            if self._deadline.is_over:
                raise ThreadBusyError(
                    thread_id=self._thread_id,
                    turn_id=self._rpc.locked(self._turn) or None,
                    seconds=self._deadline.seconds,
                )
            if not await is_active(self._rpc, self._thread_id):
                return
        item = self._box.pop()
        if isinstance(item, Closed):
            raise item.fresh_cause(self._thread_id)

    def _claim(self, session: Session) -> str | None:
        if self._busy == "join":
            return session.occupancy.turn_in(self._thread_id)
        return session.occupancy.claim(self._thread_id, self._box)

    def _queue(self, session: Session) -> None:
        session.occupancy.queue(self._thread_id, self._box)
        hand_over(session.occupancy.free(self._thread_id))  # it may have ended since we looked
        if session.cause is not None:
            self._box.put(Closed(session.cause))

    def _turn(self, session: Session) -> str | None:
        return session.occupancy.turn_in(self._thread_id)

    def _leave(self, session: Session) -> None:
        hand_over(session.occupancy.leave(self._thread_id, self._box))
