"""`Wording`: how text of a transcript is made fit to be written: safe, redacted, bounded. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._redaction import redact
from .._safe_text import safe_lines

__all__ = ["Wording", "command_text", "diff_text", "item_facts", "plan_lines"]

Json = Mapping[str, Any]

MOST = 200_000  # characters of one text on a page; JSON lines have it whole
DATA_URL = "data:"


@dataclass(frozen=True)
class Wording:
    """Text as it is written: `redacted`, and no longer than `most` characters."""

    redacted: bool = True
    most: int = MOST

    def lines(self, text: object) -> list[str]:
        """Return text in safe lines; what is too long is cut, and says so."""
        whole = text if isinstance(text, str) else "" if text is None else str(text)
        lines = safe_lines(whole[: self.most], redacted=self.redacted)
        left = len(whole) - self.most
        return [*lines, f"... {left:,} more characters"] if left > 0 else lines

    def line(self, text: object) -> str:
        """Return text as one safe line."""
        return " ".join(filter(None, (line.strip() for line in self.lines(text))))

    def value(self, value: Any) -> Any:
        """Return a JSON value with every text in it redacted; images stay."""
        if not self.redacted:
            return value
        if isinstance(value, str):
            return value if value.startswith(DATA_URL) else redact(value)
        if isinstance(value, Mapping):
            return {name: self.value(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.value(member) for member in value]
        return value


MARKS = {"completed": "x", "in_progress": ">"}


def plan_lines(item: Json) -> list[str]:
    """Return the steps of a plan, each with a mark: done, under way, or not."""
    steps = item.get("steps") or []
    shown = [f"[{MARKS.get(str(step.get('status')), ' ')}] {step.get('step')}" for step in steps]
    return [*filter(None, [item.get("explanation")]), *shown]


def command_text(item: Json) -> str:
    """Return the command of an item, without the shell around it."""
    from ..display.progress import command_shown

    return command_shown(str(item.get("command") or ""))


def diff_text(item: Json) -> str:
    """Return the changes of an item as one diff, its paths relative to the thread's folder."""
    from ..display.cards import diff_of
    from ..display.on_disk import FarFolder

    folder = item.get("cwd")
    # What is there today is not what the change was about: nothing is read from the disk.
    then = FarFolder(folder, "") if isinstance(folder, str) else None
    return str(diff_of(item.get("changes") or [], folder=then))


def item_facts(item: Json) -> str:
    """Return how an item ended, in a few words."""
    facts = []
    if item.get("exitCode") is not None:
        facts.append(f"exit {item['exitCode']}")
    if isinstance(item.get("durationMs"), int):
        facts.append(f"{item['durationMs'] / 1000:.1f} s")
    if item.get("status") in ("failed", "declined"):
        facts.append(str(item["status"]))
    return ", ".join(facts)
