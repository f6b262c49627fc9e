"""`Check` and `Report`: what was looked at and what came of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Check", "Report", "overall"]

WORST = ("ok", "skipped", "warning", "warn", "fail")


@dataclass
class Check:
    """One check: `id`, `status` (ok, warn, fail), a summary, details, and what to do."""

    id: str
    status: str
    summary: str
    details: Mapping[str, Any] = field(default_factory=dict)
    advice: str = ""
    raw: Mapping[str, Any] | None = None
    """The runtime's own form of it, where it is one of the runtime's."""

    def to_json(self) -> dict[str, Any]:
        """Return the check in the form of the runtime's report."""
        if self.raw is not None:
            return dict(self.raw)
        return {
            "id": self.id,
            "category": self.id.partition(".")[0],
            "status": self.status,
            "summary": self.summary,
            "details": dict(self.details),
            "remediation": self.advice or None,
        }


@dataclass
class Report:
    """All checks, and what the runtime says beside its own."""

    checks: list[Check]
    head: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the runtime's report with our checks in it."""
        checks = {check.id: check.to_json() for check in self.checks}
        return {**self.head, "overallStatus": overall(self.checks), "checks": checks}


def overall(checks: Iterable[Check]) -> str:
    """Return the worst status of all."""
    ranks = [WORST.index(check.status) if check.status in WORST else 2 for check in checks]
    return WORST[max(ranks, default=0)]
