"""What becomes of a turn whose thread has fallen idle, or is gone, while its end was not reported.

The runtime reports nothing to a client that has unsubscribed from a thread, and nothing more once
a thread is closed or deleted. A reader that waited on would wait for ever: the turn is read back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._core.deadline import Deadline
from .._turns.notification import Notification
from ..errors import CodexRpcError, TurnLostError

if TYPE_CHECKING:
    from .._turns.collector import TurnCollector
    from .rpc import AsyncRpc

__all__ = ["AsyncDoubt", "is_active"]

# The end of a turn follows the idle status at once: only what takes longer is looked into.
_GRACE = 0.5
_MOST_LOOKS = 3


class AsyncDoubt:
    """A turn that may be over; `reason` is what the runtime said of its thread."""

    def __init__(self, rpc: AsyncRpc, thread_id: str, turn_id: str, reason: str) -> None:
        self._rpc = rpc
        self._thread_id = thread_id
        self._turn_id = turn_id
        self._reason = reason
        self._looks = 0
        self._due = Deadline(_GRACE)

    def left(self) -> float | None:
        """Return the seconds until it is to be cleared up, unless an event comes before."""
        return self._due.left()

    @property
    def is_due(self) -> bool:
        """Whether it is time to clear it up."""
        return self._due.is_over

    def wait_again(self) -> None:
        """Wait as long as at first: an event came."""
        self._due = Deadline(_GRACE)

    async def clear_up(self, collector: TurnCollector) -> list[Notification] | None:
        """Return the events that bring the turn to its end, [] to wait on, None if it is running.

        A turn that reported an error and of which nothing is stored failed with that: the runtime
        may refuse one before it begins. Raises TurnLostError when a turn without an error can
        neither be read nor be running.
        """
        self._looks += 1
        # Longer each time: a store that is being written to needs a moment, and is not to be
        # flooded.
        self._due = Deadline(_GRACE * 2**self._looks)
        try:
            turn = await self._stored()
            if turn is not None and turn.get("status") != "inProgress":
                return self._events(turn)
            # Only now: a thread that runs may run another turn, while this one has long been
            # stored.
            if await is_active(self._rpc, self._thread_id):
                return None
        except CodexRpcError as error:
            return self._given_up(collector, error)
        return [] if self._looks < _MOST_LOOKS else self._given_up(collector, None)

    async def _stored(self) -> dict[str, Any] | None:
        params = {
            "threadId": self._thread_id,
            # The newest: the turn has just ended, and older pages may hold a whole conversation.
            "limit": 20,
            "sortDirection": "desc",
            "itemsView": "full",
        }
        page = await self._rpc.request("thread/turns/list", params)
        turns = page.get("data") if isinstance(page, dict) else None
        found = [t for t in turns or () if isinstance(t, dict) and t.get("id") == self._turn_id]
        return found[0] if found else None

    def _events(self, turn: dict[str, Any]) -> list[Notification]:
        ids = {"threadId": self._thread_id, "turnId": self._turn_id}
        items = [{**ids, "item": item} for item in turn.get("items") or ()]
        notes = [Notification.from_wire("item/completed", params, 0) for params in items]
        end = {"threadId": self._thread_id, "turn": turn}
        return [*notes, Notification.from_wire("turn/completed", end, 0)]

    def _given_up(self, collector: TurnCollector, cause: Exception | None) -> list[Notification]:
        error, result = collector.raw_error, collector.result()
        if error is not None:
            return self._events({"id": self._turn_id, "status": "failed", "error": error})
        raise TurnLostError(turn_id=self._turn_id, reason=self._reason, result=result) from cause


async def is_active(rpc: AsyncRpc, thread_id: str) -> bool:
    """Tell whether the runtime says that a turn runs in the thread (thread/read)."""
    reply = await rpc.request("thread/read", {"threadId": thread_id})
    thread = reply.get("thread") if isinstance(reply, dict) else None
    status = thread.get("status") if isinstance(thread, dict) else None
    return isinstance(status, dict) and status.get("type") == "active"
