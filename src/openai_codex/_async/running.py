"""How a box joins a turn that is running, whose beginning it has missed."""

from __future__ import annotations

from .._core.messages import Underway
from .._core.routes import turn_key
from .._core.session import Session
from .._core.turnbox import TurnBox
from .._drivers.aio import Latch, Mailbox
from .._turns.notification import Notification

__all__ = ["join_running", "join_turn"]


def join_turn(session: Session, thread_id: str, turn_id: str, box: TurnBox[Mailbox, Latch]) -> None:
    """Let a box have what comes of a turn from here on, as of one that has begun."""
    session.routes.join(turn_key(thread_id, turn_id), box)
    begun = {"threadId": thread_id, "turn": {"id": turn_id}}
    box.put(Underway(Notification.from_wire("turn/started", begun, 0)))


def join_running(
    session: Session, thread_id: str, turn_id: str, box: TurnBox[Mailbox, Latch]
) -> bool:
    """Do the same, unless the turn is over; tells whether it runs."""
    if (thread_id, turn_id) not in session.ledger.running_turns():
        return False
    join_turn(session, thread_id, turn_id, box)
    return True
