"""What a turn used, out of the runtime's reports of what its thread used so far.

Most reports follow a model call, which their `last` counts. Some count no call: a repetition of the
report before, also of an earlier turn's; one that says after an overflow that the context is full;
an estimate of what a compaction left. The last two have a total alone.
"""

from __future__ import annotations

from typing import Any

__all__ = ["added", "spent"]

Json = dict[str, Any]


def spent(report: Any, before: Any) -> Json | None:
    """Return the counts of the model call that a report is about, or None where it is about none.

    `before` is the report before it in the thread, None if there was none.
    """
    last = report.get("last") if isinstance(report, dict) else None
    if report == before or not isinstance(last, dict):
        return None
    # A report without tokens in or out tells of the context, not of a call.
    return last if _both(last) else None


def added(counts: Json | None, call: Json) -> Json:
    """Return the sums of the counts; the total is what went in and what came out."""
    before = counts or {}
    sums = dict(before)
    for name, number in call.items():
        if isinstance(number, int):
            sums[name] = before.get(name, 0) + number
    sums["totalTokens"] = _both(before) + _both(call)
    return sums


def _both(counts: Json) -> int:
    given, made = counts.get("inputTokens"), counts.get("outputTokens")
    return (given if isinstance(given, int) else 0) + (made if isinstance(made, int) else 0)
