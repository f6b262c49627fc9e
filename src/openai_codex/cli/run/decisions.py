"""`Decisions`: what was asked during a turn and how it was answered, whoever answered.

It knows no terminal: an answerer is a function of a question.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from ...questions import Approval, Decision, Question
from ...questions.handlers import Handlers

__all__ = ["Decided", "Decisions"]

Answerer = Callable[[Any], Any]


class Decided(NamedTuple):
    """One question and its answer, in a word."""

    question: Question
    decision: str


class Decisions:
    """The answers that were given to the questions of a turn."""

    def __init__(self, on_decided: Callable[[Decided], object] | None = None) -> None:
        self._on_decided = on_decided
        self._lock = threading.Lock()  # guards _made: handlers run on threads of their own
        self._made: list[Decided] = []

    @property
    def declined(self) -> list[Decided]:
        """The approvals that were declined."""
        with self._lock:
            return [made for made in self._made if made.decision in ("decline", "cancel")]

    def handlers(self, answerer: Answerer, ask_user: Answerer | None = None) -> Handlers:
        """Return handlers that answer with `answerer` and note every answer."""

        def approve(question: Approval) -> Any:
            try:
                answer = answerer(question)
            except Exception:
                self._note(question, "decline")
                raise
            # What is settled by now was answered elsewhere, or needs no answer any more.
            self._note(question, "elsewhere" if question.settled else _word(answer))
            return answer

        return Handlers(approve=approve, elicit=approve, ask_user=ask_user)

    def _note(self, question: Question, decision: str) -> None:
        made = Decided(question, decision)
        with self._lock:
            self._made.append(made)
        if self._on_decided is not None:
            self._on_decided(made)


def _word(answer: Any) -> str:
    if isinstance(answer, Decision):
        return answer.value
    if isinstance(answer, bool):
        return "accept" if answer else "decline"
    return "accept"
