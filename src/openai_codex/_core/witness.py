"""What is shown the events that mean something, of every turn: read or not, ours or not."""

from __future__ import annotations

from typing import Any, Protocol

from .messages import NotificationLike

__all__ = ["Witness"]


class Witness(Protocol):
    """Sees, under the session's lock; it is quick, never raises, and changes nothing."""

    def see(self, note: NotificationLike) -> None:
        """Take an event that means something to the session."""

    def thread_opened(self, result: Any) -> None:
        """Take the reply to thread/start, thread/resume or thread/fork."""

    def accepted(self, start: object, turn_id: str) -> None:
        """Take that the turn whose events go to the box `start` has an id."""

    def closed(self, cause: BaseException) -> None:
        """Take the end of the connection; it may come twice."""
