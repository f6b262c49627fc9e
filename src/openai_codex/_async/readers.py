"""The readers of `questions()`: each gets what no handler took; what nobody reads is declined."""

from __future__ import annotations

import contextlib
import functools
import weakref
from collections.abc import Callable

from .._core.messages import Closed
from .._drivers.aio import Mailbox, run_in_background, wait_settled
from .._drivers.settlement import Settlement
from ..config import AppServerConfig
from ..questions import Question
from ..questions.decision_log import DecisionLog
from .connection import AsyncConnection

__all__ = ["AsyncReaders"]


class AsyncReaders:
    """The boxes of the open readers, and the questions in them."""

    def __init__(self, config: AppServerConfig) -> None:
        self.decisions = DecisionLog()
        self._config = config
        self._boxes: list[Mailbox] = []
        self._connection: weakref.ref[AsyncConnection] | None = None
        self._closed: Closed | None = None

    def attach(self, connection: AsyncConnection) -> None:
        """Learn where things are done later."""
        self._connection = weakref.ref(connection)

    @property
    def are_there(self) -> bool:
        """Whether anybody reads."""
        return bool(self._boxes)

    def add(self, box: Mailbox) -> None:
        """Put the questions that no handler takes into `box` from now on."""
        self._boxes.append(box)
        if self._closed is not None:  # looked at last: it may have been closed meanwhile
            box.put(self._closed)

    def remove(self, box: Mailbox) -> None:
        """Undo `add`; what was not read is declined if nobody else reads it. Idempotent."""
        with contextlib.suppress(ValueError):  # removed before, or by another thread
            self._boxes.remove(box)
        while (item := box.pop()) is not None:
            if isinstance(item, Question):
                self._decline_unread(item)

    def collected(self, box: Mailbox) -> None:
        """Remove the box of a reader that was collected: on any thread, at any time."""
        if self._connection is None:  # nothing was asked yet
            self.remove(box)
        else:
            self._later(functools.partial(self.remove, box))

    def check(self) -> None:
        """Raise WrongLoopError or WrongProcessError where no question would ever be seen."""
        connection = self._connection() if self._connection is not None else None
        if connection is not None:
            connection.locked(lambda _: None)  # which is refused there

    def close(self, cause: Closed) -> None:
        """End every reader."""
        self._closed = cause
        for box in tuple(self._boxes):  # a reader that wakes may leave while others are woken
            box.put(cause)

    # --- questions -------------------------------------------------------------------------------

    def take(self, question: Question) -> None:
        """Put a question into every box, or decline it where there is none."""
        boxes = tuple(self._boxes)
        if not boxes:
            ways = f"set Handlers.{question.slot}, or read codex.questions()"
            self.decisions.decline(question, f"nobody is there to answer: {ways}")
            return
        question._unread_in = boxes
        question._let_go = self._let_go
        for box in boxes:
            box.put(question)
        self._decline_unread(question)  # they may have been closed meanwhile
        seconds = self._config.answer_timeout
        if seconds is not None:
            held = weakref.ref(question)  # a reader that lets go of it declines it at once
            run_in_background(functools.partial(self._expire, held, question.settled, seconds))

    async def _expire(
        self, held: weakref.ref[Question], settled: Settlement, seconds: float
    ) -> None:
        is_settled = await wait_settled(settled, seconds)
        question = held()
        if question is not None and not is_settled:
            ways = f"set Handlers.{question.slot}, or answer what codex.questions() brings"
            self.decisions.decline(question, f"nobody answered within {seconds:g} s: {ways}")

    def _decline_unread(self, question: Question) -> None:
        """Decline a question that nobody has read, unless an open reader still has it."""
        boxes = question._unread_in
        if boxes and not any(box in self._boxes for box in boxes):
            self.decisions.decline(question, "codex.questions() was closed before it was read")

    def _let_go(self, question: Question) -> None:
        """Decline a question that was read and collected: on any thread, at any time."""
        why = "it was read from codex.questions() and let go of unanswered"
        self._later(functools.partial(self.decisions.decline, question, why))

    def _later(self, work: Callable[[], object]) -> None:
        """Have `work` done soon where the connection lives, while there is one."""
        connection = self._connection() if self._connection is not None else None
        if connection is not None and self._closed is None:
            connection.driver.later(work)
