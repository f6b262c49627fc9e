"""The log of decisions: each question that was answered or declined has one line, and its reason.

A decision is logged before it is sent, so that its line is there when its effect is.
"""

from __future__ import annotations

import logging
from typing import Any

from .._core.careful_log import CarefulLog
from .._redaction import redact
from .._safe_text import one_line
from . import AlreadySettledError, Question
from .log_ids import ids_in

__all__ = ["DecisionLog"]

_log = CarefulLog("openai_codex.approvals")

_LONGEST_SUMMARY = 2000  # characters of a question


class DecisionLog:
    """Declines for those who did not answer, and writes down what was decided, and why."""

    def __init__(self) -> None:
        self._faults: dict[Question, tuple[str, BaseException | None]] = {}

    def decline(self, question: Question, why: str, error: BaseException | None = None) -> None:
        """Decline a question that got no answer, with one warning that says why."""
        self._faults[question] = (why, error)
        try:
            question.decline()
        except AlreadySettledError as settled:
            # A handler that failed after its own answer is at fault; one whose turn ended is not.
            is_fault = error is not None and not question.settled.is_foreign
            level = logging.WARNING if is_fault else logging.INFO
            text = "%s was settled first (%s): %s"
            shown = _shown(question)
            ids = ids_in(question.params)
            _log.log(level, text, shown, settled.reason, why, exc_info=error, extra=ids)
        finally:
            self._faults.pop(question, None)  # another thread may have declined it as well

    def asked(self, question: Question) -> None:
        """Write down what is asked."""
        if _log.is_enabled_for(logging.DEBUG):
            _log.debug("asked %s", _shown(question), extra=ids_in(question.params))

    def decided(self, question: Question, result: Any) -> None:
        """Write down the answer that is about to be sent."""
        fault = self._faults.get(question) if question.settled.reason == "declined" else None
        if fault is not None:
            why, error = fault
            shown = _shown(question)
            _log.warning(
                "declined %s: %s", shown, why, exc_info=error, extra=ids_in(question.params)
            )
            return
        level = logging.DEBUG if question.has_own_answer else logging.INFO
        if _log.is_enabled_for(level):
            told = one_line(question.told(result))
            _log.log(level, "%s: %s", _shown(question), told, extra=ids_in(question.params))


def _shown(question: Question) -> str:
    try:
        summary = question.summary  # safe to show; a log hides what a person has to see, too
    except (AttributeError, KeyError, TypeError, ValueError):  # not shaped as the protocol says
        summary = one_line(question.method)
    return f"{question.slot} '{redact(summary)[:_LONGEST_SUMMARY]}'"
