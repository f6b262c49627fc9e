"""Interrupting a turn: again and again while the runtime has not begun it, within a bound."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from .._core.turnbox import TurnBox
from .._drivers.aio import Latch, Mailbox
from ..deadline import Deadline
from ..errors import InvalidRequestError, RequestTimeoutError
from ..failures import is_too_early

if TYPE_CHECKING:
    from .rpc import AsyncRpc

__all__ = ["RETRY_EVERY", "interrupt_turn"]

RETRY_EVERY = 0.05
"""Seconds between two attempts to interrupt a turn that has not begun yet."""


async def interrupt_turn(
    rpc: AsyncRpc,
    thread_id: str,
    turn_id: str,
    *,
    box: TurnBox[Mailbox, Latch],
    deadline: Deadline,
) -> None:
    """Return when the turn is told to stop, or is over as `box` tells; raises CodexError."""
    while not box.is_over:
        reply = Mailbox()
        rpc.locked(functools.partial(_answer_when_over, box, reply))
        params = {"threadId": thread_id, "turnId": box.started_id or turn_id}
        try:
            await rpc.request("turn/interrupt", params, timeout=deadline.left(), reply=reply)
            return
        except InvalidRequestError as error:
            if not is_too_early(error):
                raise
            if deadline.is_over:
                raise _never_began(rpc, deadline) from error
        await box.over.wait(RETRY_EVERY)


def _answer_when_over(box: TurnBox[Mailbox, Latch], reply: Mailbox, _: object) -> None:
    box.reply_when_over(reply)


def _never_began(rpc: AsyncRpc, deadline: Deadline) -> RequestTimeoutError:
    signs = rpc.signs_of_life()
    return RequestTimeoutError(method="turn/interrupt", seconds=deadline.seconds or 0.0, **signs)
