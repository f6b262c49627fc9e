"""Keep and log every decision. The record holds no secrets beyond the command itself.

It must not decide anything; an `on_audit` callback that raises stops the decision it was told of.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Literal

from .questions import text_of
from .redact import redacted
from .verdict import Verdict

_logger = logging.getLogger("openai_codex.approvals")
_LEVELS = {"deny": logging.WARNING}


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
        self._records_lock = threading.Lock()
        self._on_audit = on_audit

    def records(self) -> tuple[AuditRecord, ...]:
        """Return the kept records, oldest first."""
        with self._records_lock:
            return tuple(self._records)

    def judged(self, question: object, *, subject: str, verdict: Verdict) -> None:
        """Keep a verdict."""
        rule = None if verdict.rule is None else str(verdict.rule)
        self._keep(_record(question, subject, verdict.outcome, rule, verdict.reason))

    def answered(self, question: object, *, subject: str, answer: object) -> None:
        """Keep what the `ask` handler said."""
        reason = redacted(f"the ask handler said {answer!r}")
        self._keep(_record(question, subject, "answered", None, reason))

    def _keep(self, record: AuditRecord) -> None:
        with self._records_lock:
            self._records.append(record)
        _logger.log(
            _LEVELS.get(record.outcome, logging.INFO),
            "%s %s %r: %s",
            record.outcome,
            record.kind,
            record.subject,
            record.reason,
            extra={"audit": record},
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
        subject=redacted(subject),
        outcome=outcome,
        rule=rule,
        reason=reason,
        thread_id=text_of(question, "thread_id"),
        turn_id=text_of(question, "turn_id"),
        item_id=text_of(question, "item_id"),
    )
