"""Keeps and logs every decision, without what looks like a secret.

This is a net, not a wall: a secret that looks like any other word stays. It must not decide
anything; an `on_audit` callback that raises stops the decision that it is called with.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Literal

from .._redaction import redact
from .._safe_text import shown_safely, visible
from .questions import text_of
from .verdict import Verdict

_logger = logging.getLogger("openai_codex.approvals")
_LEVELS = {"deny": logging.WARNING}

LIMIT = 2000
"""Characters of a subject that are kept."""


@shown_safely
@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One decision. `time` is in UTC; `rule` is the rule as it would be written.

    `outcome` is the verdict's, or `answered` for what the `ask` handler said, which `reason` holds.
    """

    time: datetime
    kind: str
    subject: str
    outcome: Literal["allow", "deny", "ask", "answered"]
    rule: str | None
    reason: str
    thread_id: str | None
    turn_id: str | None
    item_id: str | None


class AuditLog:
    """The last decisions, in order; safe to use from any thread."""

    def __init__(self, *, size: int, on_audit: Callable[[AuditRecord], object] | None) -> None:
        self._records: deque[AuditRecord] = deque(maxlen=size)
        self._on_audit = on_audit

    def records(self) -> tuple[AuditRecord, ...]:
        """Return the kept records, oldest first."""
        return tuple(self._records.copy())  # in one step: others add to it meanwhile

    def judged(self, question: object, *, subject: str, verdict: Verdict) -> None:
        """Keep a verdict."""
        rule = None if verdict.rule is None else str(verdict.rule)
        self._keep(_record(question, subject, verdict.outcome, rule, verdict.reason))

    def answered(self, question: object, *, subject: str, answer: object) -> None:
        """Keep what the `ask` handler said."""
        reason = visible(redacted(f"the ask handler said {answer!r}"))
        self._keep(_record(question, subject, "answered", None, reason))

    def _keep(self, record: AuditRecord) -> None:
        self._records.append(record)
        _logger.log(
            _LEVELS.get(record.outcome, logging.INFO),
            "%s %s %s: %s",
            record.outcome,
            record.kind,
            _quoted(record.subject),
            record.reason,
            extra={
                "audit": record,
                "thread_id": record.thread_id,
                "turn_id": record.turn_id,
                "item_id": record.item_id,
            },
        )
        if self._on_audit is not None:
            self._on_audit(record)


def _record(
    question: object,
    subject: str,
    outcome: Literal["allow", "deny", "ask", "answered"],
    rule: str | None,
    reason: str,
) -> AuditRecord:
    return AuditRecord(
        time=datetime.now(timezone.utc),
        kind=text_of(question, "kind") or "unknown",
        subject=visible(redacted(subject)),
        outcome=outcome,
        rule=rule,
        reason=reason,
        thread_id=text_of(question, "thread_id"),
        turn_id=text_of(question, "turn_id"),
        item_id=text_of(question, "item_id"),
    )


def _quoted(text: str) -> str:
    """Return the text in quotes, without a second round of escapes."""
    quote = '"' if "'" in text and '"' not in text else "'"
    return f"{quote}{text}{quote}"


def redacted(text: str) -> str:
    """Return the first LIMIT characters of `text`, with `[redacted]` for what looks secret.

    >>> redacted("curl --api-key=k https://me:pw@host/")
    'curl --api-key=[redacted] https://me:[redacted]@host/'
    """
    shown = redact(text[: 2 * LIMIT])
    if len(text) <= LIMIT:
        return shown
    return f"{shown[:LIMIT]} (and {len(text) - LIMIT} more characters)"
