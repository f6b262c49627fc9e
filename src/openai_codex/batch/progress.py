"""How a batch is watched: live in a terminal with rich, a line every ten seconds elsewhere.

What tasks and agents are called is text of others: it is shown through `_safe_text` alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import IO, Any, Protocol

from .._safe_text import one_line
from ..display.columns import cut, padded
from .summary import Summary

__all__ = ["LiveProgress", "PlainProgress", "line_of", "lines_of", "progress_for"]

EVERY = 10.0
SHOWN_TASKS = 8


class Progress(Protocol):
    """What is told of a batch while it runs."""

    def show(self, summary: Summary, doing: Mapping[str, str]) -> None:
        """Show how it stands, perhaps; called about twice a second."""

    def close(self) -> None:
        """Leave the screen as it should stay."""


def line_of(summary: Summary, now: float) -> str:
    """How a batch stands, on one line."""
    of = f"/{summary.total}" if summary.total is not None else ""
    failed = summary.done - summary.ok
    parts = [f"{summary.done}{of} done", f"{failed} failed", f"{summary.running} running"]
    if summary.paused_until > now:
        parts.append(f"paused for {_span(summary.paused_until - now)}")
    parts.append(f"{_amount(summary.spent.tokens)} tokens")
    if summary.spent.usd:
        parts.append(f"${summary.spent.usd:.2f}")
    left = _seconds_left(summary)
    if left is not None:
        parts.append(f"{_span(left)} left")
    if summary.halted is not None:
        parts.append(f"stopping: {summary.halted}")
    return ", ".join(parts)


def lines_of(summary: Summary, doing: Mapping[str, str], width: int, now: float) -> list[str]:
    """How a batch stands and what its running tasks do, in lines that fit."""
    shown = list(doing.items())[:SHOWN_TASKS]
    lines = [cut(line_of(summary, now), width)]
    for task_id, what in shown:
        name = padded(one_line(task_id, most=28), 28)
        lines.append(cut(f"  {name}  {one_line(what, most=160)}", width))
    more = summary.running - len(shown)
    return [*lines, f"  ... and {more} more"] if more > 0 and shown else lines


def _seconds_left(summary: Summary) -> float | None:
    """From the pace of this run; None until something is done, and where nobody counted."""
    if summary.total is None or not summary.settled_now or summary.halted is not None:
        return None
    left = summary.total - summary.done
    return left * summary.seconds / summary.settled_now


def _span(seconds: float) -> str:
    whole = max(0, round(seconds))
    if whole >= 3600:
        return f"{whole // 3600}h{whole % 3600 // 60:02}m"
    return f"{whole // 60}m{whole % 60:02}s" if whole >= 60 else f"{whole}s"


def _amount(count: int) -> str:
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:.1f}{unit}"
    return str(count)


class PlainProgress:
    """One line every ten seconds, and one at the end."""

    def __init__(self, out: IO[str], *, clock: Callable[[], float] = time.time) -> None:
        self._out = out
        self._clock = clock
        self._next = clock() + EVERY
        self._last: Summary | None = None

    def show(self, summary: Summary, doing: Mapping[str, str]) -> None:
        """Print a line when ten seconds are over."""
        self._last = summary
        now = self._clock()
        if now >= self._next:
            self._next = now + EVERY
            self._print(summary, now)

    def close(self) -> None:
        """Print the last state."""
        if self._last is not None:
            self._print(self._last, self._clock())

    def _print(self, summary: Summary, now: float) -> None:
        self._out.write(f"{line_of(summary, now)}\n")
        self._out.flush()


class LiveProgress:
    """A few lines that rich keeps up to date at the bottom of the terminal."""

    def __init__(self, out: IO[str]) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(file=out)
        self._live: Any = Live(console=self._console, auto_refresh=False, transient=False)
        self._live.start()

    def show(self, summary: Summary, doing: Mapping[str, str]) -> None:
        """Bring the lines up to date."""
        from rich.text import Text

        lines = lines_of(summary, doing, self._console.width, time.time())
        self._live.update(Text("\n".join(lines)), refresh=True)

    def close(self) -> None:
        """Leave the last state on the screen."""
        self._live.stop()


def progress_for(out: IO[str]) -> Progress:
    """The progress that fits a stream."""
    if out.isatty():
        try:
            return LiveProgress(out)
        except ImportError:  # the extra [cli] is not installed
            pass
    return PlainProgress(out)
