"""The loggers of this package, and what all of their records have: the ids of what they are about.

`thread_id`, `turn_id` and `item_id` are attributes of every record, None where it is about none, so
a format may name them: `%(name)s %(turn_id)s %(message)s`. A record gets them by `extra=`.
"""

from __future__ import annotations

import logging

__all__ = ["LOGGERS"]

LOGGERS = {
    "approvals": "what was asked and decided, and tools that fail",
    "batch": "what a batch does",
    "budgets": "budgets that are nearly spent, and turns that they stop",
    "checkpoints": "copies of files that could not be made or put back",
    "commands": "commands beside threads",
    "config": "settings that the runtime does not know",
    "hooks": "functions of the program that hooks call, where they fail",
    "limits": "waits for the account's usage limit",
    "requests": "each request, and each that is refused or tried again",
    "runtime": "what the runtime prints",
    "telemetry": "span processors that fail",
    "tools": "Python functions as tools",
    "turns": "turns that begin and end, retries, interrupts",
    "wire": "messages that are skipped, and what nobody waits for",
}
"""The loggers below `openai_codex`, and what each is for."""

_IDS = ("thread_id", "turn_id", "item_id")


class _WithIds(logging.Filter):
    """Adds what a record lacks; lets every record through."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name in _IDS:
            if not hasattr(record, name):
                setattr(record, name, None)
        return True


def _prepare() -> None:
    # A filter of a logger sees the records of that logger alone: so each has one.
    for name in LOGGERS:
        logging.getLogger(f"openai_codex.{name}").addFilter(_WithIds())


_prepare()
