"""Says something to the turn that runs in a thread, and returns a handle of that turn."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from .._core.session import Session
from .._failures import turn_in_place
from ..errors import InvalidRequestError
from .found import AsyncFoundTurn
from .running import join_turn

if TYPE_CHECKING:
    from .rpc import AsyncRpc
    from .turn import AsyncTurnHandle

__all__ = ["steer_running"]


async def steer_running(
    rpc: AsyncRpc, thread_id: str, said: list[dict[str, Any]]
) -> AsyncTurnHandle | None:
    """Steer the thread's running turn and return a handle of it, or None when none runs.

    Another turn may have taken its place since we looked: then that one is steered, once.
    """
    turn_id: str | None = rpc.locked(lambda session: session.ledger.turn_in(thread_id))
    for is_last in (False, True):
        if turn_id is None:
            return None
        turn = AsyncFoundTurn(rpc, thread_id, turn_id, limits=())
        rpc.locked(functools.partial(_join, turn))
        params = {"threadId": thread_id, "input": said, "expectedTurnId": turn_id}
        try:
            await rpc.request("turn/steer", params)
            return turn.handle
        except InvalidRequestError as error:
            rpc.locked(turn.leave)
            turn_id = turn_in_place(error)
            if is_last and turn_id is not None:
                raise
        except BaseException:
            rpc.locked(turn.leave)
            raise
    return None


def _join(turn: AsyncFoundTurn, session: Session) -> None:
    """Listen before we speak: the turn may be over before its reply comes."""
    join_turn(session, turn.handle.thread_id, turn.handle.id, turn.box)
