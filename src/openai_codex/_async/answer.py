"""The one answer to one question: encoded once, written down, and sent."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

from .._core.messages import RawQuestion, encode_answer, encode_refusal
from ..questions import Question
from ..questions.decision_log import DecisionLog
from .connection import AsyncConnection

__all__ = ["REFUSED", "AsyncAnswer"]

REFUSED = -32000


class AsyncAnswer:
    """What a question calls with its answer, on whatever thread that is given."""

    def __init__(self, connection: AsyncConnection, asked: RawQuestion, log: DecisionLog) -> None:
        self._connection = weakref.ref(connection)  # a question may be kept for long
        self._asked = asked
        self._log = log

    def __call__(self, question: Question, result: Any) -> Callable[[], str | None]:
        """Encode `result`, or a refusal for None; returns what sends it, once it counts.

        Raises UnsendableError, before the question counts as answered.
        """
        if result is None:
            line = encode_refusal(self._asked.id, REFUSED, "declined by this client")
        else:
            line = encode_answer(self._asked.id, result)
        return functools.partial(self._send, question, result, line)

    def _send(self, question: Question, result: Any, line: bytes) -> str | None:
        """Send the answer; returns why it is too late, or None."""
        connection = self._connection()
        if connection is None:
            return "closed"
        try:
            self._log.decided(question, result)
        finally:  # though the program's log raises: the runtime waits
            connection.witness.decided(self._asked.id, question.told(result))
            is_sent = connection.answer(self._asked, line)
        if is_sent:
            return None
        return "closed" if connection.is_closed else "resolved elsewhere"
