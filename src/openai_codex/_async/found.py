"""Handles of turns that no call of ours started: the queue's, a goal's, another client's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .._core.routes import turn_key
from .._core.session import Session
from .._core.turnbox import TurnBox
from .._drivers.aio import Latch, Mailbox
from .._turns.limits import Limit
from .stopping import AsyncStopping, AsyncWatch
from .turn import AsyncTurnHandle

if TYPE_CHECKING:
    from .._core.messages import NotificationLike
    from .rpc import AsyncRpc

__all__ = ["AsyncFoundTurn", "turn_id_of"]


class AsyncFoundTurn:
    """A turn that runs: its `box`, to be joined before it is read, and its `handle`."""

    def __init__(
        self,
        rpc: AsyncRpc,
        thread_id: str,
        turn_id: str,
        *,
        limits: Sequence[Limit],
        stopping: type[AsyncStopping] = AsyncStopping,
    ) -> None:
        self.box: TurnBox[Mailbox, Latch] = rpc.turn_box()
        stops = stopping(rpc, thread_id, self.box)
        watch = AsyncWatch(rpc, thread_id, self.box, stops, limits)
        self.handle = AsyncTurnHandle(rpc, thread_id, turn_id, self.box, stops, watch)
        self._key = turn_key(thread_id, turn_id)

    def join(self, session: Session) -> None:
        """Let the box have what comes of the turn from here on."""
        session.routes.join(self._key, self.box)

    def leave(self, session: Session) -> None:
        """Undo `join`."""
        session.routes.leave(self._key, self.box)


def turn_id_of(note: NotificationLike) -> str:
    """Return the id that a turn goes by after its `turn/started`: a review's is its root's."""
    turn = note.params["turn"]
    return str(turn.get("rootTurnId") or turn["id"])
