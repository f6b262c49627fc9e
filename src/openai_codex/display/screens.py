"""Where a turn is shown while it runs: plain lines, a terminal with `rich`, or a notebook.

A screen draws a `TurnProgress`; it knows nothing of turns or clients. All text of the model goes
through `_safe_text` here, and is cut or wrapped so that it never reaches the left edge by itself.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import sys
import threading
import time
import weakref
from html import escape
from importlib.util import find_spec
from queue import Empty, SimpleQueue
from typing import IO, TYPE_CHECKING, Any, Protocol

from .._safe_text import one_line
from .._uninterrupted import uninterrupted
from .columns import cut, quoted
from .markdown import markdown_html
from .progress import Line, TurnProgress
from .styles import MONOSPACE, PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["NotebookScreen", "PlainScreen", "RichScreen", "Screen", "line_text", "screen_for"]

VERB = 9  # columns of the word that says what was done
MESSAGE_LINES = 6  # of a message that is being written
OUTPUT_LINES = 4  # of a running command
EVERY = 0.1  # seconds between two pictures in a notebook
TICK = 1.0  # ... where nothing has changed but the time
MOST_ROWS = 500  # of what is finished; all of it is sent with every picture
MARKS = {"completed": "x", "inProgress": ">", "pending": " "}
COLORS = {"failed": "red", "declined": "yellow", "ok": "green"}


class Screen(Protocol):
    """What shows a turn: `open`, then `show` after each event, then `close`."""

    def open(self, progress: TurnProgress) -> None:
        """Begin to show."""

    def show(self, lines: Iterable[Line]) -> None:
        """Show what is finished, and what is under way by now."""

    def close(self, *, answer: str | None) -> None:
        """Leave what is finished standing, with the answer where there is one to show.

        Harmless for a screen that was not opened, or only half.
        """

    def pause(self) -> None:
        """Take away what is under way, so that something else can be written."""

    def resume(self) -> None:
        """Show it again."""


def screen_for(file: IO[str] | None = None) -> Screen:
    """Return the screen that suits: a notebook's, a terminal's, or plain lines."""
    if file is None and _in_notebook():
        return NotebookScreen()
    target: IO[str] = sys.stderr if file is None else file
    if target.isatty() and os.environ.get("TERM") != "dumb" and find_spec("rich") is not None:
        return RichScreen(target)
    return PlainScreen(target)


def line_text(line: Line, width: int) -> str:
    """Return a finished line in at most `width` columns, for a terminal."""
    verb, facts = f"{line.verb:<{VERB}}", one_line(line.facts)
    facts = " ".join(filter(None, [facts, "" if line.outcome == "ok" else line.outcome]))
    facts = f"  ({cut(facts, max(8, width // 3))})" if facts else ""
    room = width - len(verb) - len(facts)
    return f"{verb}{cut(_first(line.text), max(8, room))}{facts}"


def _first(text: str) -> str:
    """Return untrusted text as one line: its first, and how many follow."""
    first, *rest = text.strip().split("\n")
    return one_line(first) + (f" (+{len(rest)} lines)" if rest else "")


class PlainScreen:
    """Lines as things are done; nothing is ever taken back."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._progress: TurnProgress | None = None

    def open(self, progress: TurnProgress) -> None:
        """Begin to show."""
        self._progress = progress

    def show(self, lines: Iterable[Line]) -> None:
        """Print what is finished."""
        width = shutil.get_terminal_size().columns
        for line in lines:
            if line.verb == "said":
                self._write(f"said\n{quoted(line.text, width)}")
            else:
                self._write(line_text(line, width))

    def close(self, *, answer: str | None) -> None:
        """Print the answer and what it took."""
        if answer:
            self.show([Line("said", answer)])
        if self._progress is not None:
            self._write(footer(self._progress, None))

    def pause(self) -> None:
        """Nothing stands in the way."""

    def resume(self) -> None:
        """Nothing was taken away."""

    def _write(self, text: str) -> None:
        self._file.write(f"{text}\n")
        self._file.flush()


class RichScreen:
    """A terminal: finished lines stay, what is under way is redrawn below them.

    Whatever is drawn is drawn whole: `rich` that was broken off half way would raise at the next
    step, and leave the terminal without its cursor. See docs/interrupts.md.
    """

    def __init__(self, file: IO[str]) -> None:
        from rich.console import Console

        self._console = Console(file=file, highlight=False, markup=False, emoji=False)
        self._live: Any = None
        self._is_open = False
        self._lock = threading.Lock()  # guards _live, _is_open: a handler pauses from its thread
        self._began = time.monotonic()

    def open(self, progress: TurnProgress) -> None:
        """Begin to show."""
        self._progress = progress
        self._began = time.monotonic()
        self._is_open = True
        # Ctrl-C may come before `close` has begun: the cursor is given back when the program ends.
        atexit.register(self._end, None)
        self.resume()

    def show(self, lines: Iterable[Line]) -> None:
        """Print what is finished; the rest is redrawn a few times a second."""
        for line in lines:
            uninterrupted(functools.partial(self._print, line))

    def close(self, *, answer: str | None) -> None:
        """Take away what was under way; leave the answer and what it took. Idempotent."""
        uninterrupted(functools.partial(self._end, answer))
        atexit.unregister(self._end)

    def pause(self) -> None:
        """Take away what is under way."""
        uninterrupted(self._stop)

    def resume(self) -> None:
        """Show it again, unless it is closed by now."""
        uninterrupted(self._start)

    def _end(self, answer: str | None) -> None:
        self._stop()
        with self._lock:
            was_open, self._is_open = self._is_open, False
        if was_open:
            if answer:
                self._print(Line("said", answer))
            self._console.print(self._text(footer(self._progress, self._seconds), "dim"))

    def _stop(self) -> None:
        with self._lock:
            live, self._live = self._live, None
            if live is not None:
                live.stop()

    def _start(self) -> None:
        from rich.live import Live

        with self._lock:
            # A start that Ctrl-C has left behind may come after the end.
            if not self._is_open or self._live is not None:
                return
            self._live = Live(
                console=self._console,
                get_renderable=self._under_way,
                transient=True,
                refresh_per_second=8,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _print(self, line: Line) -> None:
        width = self._console.width
        if line.verb == "said":
            self._console.print(self._text("said", "bold"))
            self._console.print(self._text(quoted(line.text, width), ""))
            return
        text = self._text(line_text(line, width), "dim" if line.verb == "thought" else "")
        text.stylize(COLORS.get(line.outcome, ""), 0, len(line.verb))
        self._console.print(text)

    def _under_way(self) -> Any:
        from rich.console import Group

        width, height = self._console.width, self._console.height
        rows = [*_plan_rows(self._progress, width), *_running_rows(self._progress, width)]
        rows = rows[-max(1, height - 2) :]
        styled = [self._text(row, "") for row in rows]
        return Group(*styled, self._text(footer(self._progress, self._seconds), "dim"))

    def _text(self, text: str, style: str) -> Any:
        from rich.text import Text

        return Text(text, style=style, no_wrap=True, overflow="crop")


class NotebookScreen:
    """The output of a notebook's cell, replaced as the turn goes on.

    A thread of its own draws: what came a moment after the last picture is shown too, and the
    seconds go on while nothing comes.
    """

    def __init__(self) -> None:
        self._rows: list[str] = []
        self._handle: Any = None
        self._began = time.monotonic()
        # A queue and no event: Ctrl-C never leaves it locked. True says that something has changed.
        self._signals: SimpleQueue[bool] = SimpleQueue()

    def open(self, progress: TurnProgress) -> None:
        """Begin to show."""
        display: Callable[..., Any]
        from IPython.display import display  # type: ignore[import-not-found, unused-ignore]

        self._progress = progress
        self._began = time.monotonic()
        draws = (weakref.ref(self), self._signals)
        self._drawer = threading.Thread(target=_keep_drawing, args=draws, daemon=True)
        self._drawer.start()
        self._handle = display(_Html(self._html(None)), display_id=True)

    def show(self, lines: Iterable[Line]) -> None:
        """Have it drawn again, soon."""
        self._rows += map(_html_line, lines)
        self._signals.put(True)

    def close(self, *, answer: str | None) -> None:
        """Draw the last picture."""
        if self._handle is not None:
            self._signals.put(False)
            self._drawer.join()  # its picture must not come after the last one
            self._progress.running.clear()
            self._draw(answer)

    def pause(self) -> None:
        """Nothing stands in the way."""

    def resume(self) -> None:
        """Nothing was taken away."""

    def _draw(self, answer: str | None) -> None:
        if self._handle is not None:
            self._handle.update(_Html(self._html(answer)))

    def _html(self, answer: str | None) -> str:
        earlier = len(self._rows) - MOST_ROWS
        more = f"<div>… {earlier:,} more before</div>" if earlier > 0 else ""
        rows = "".join(self._rows[-MOST_ROWS:])
        plan = "".join(f"<div>{escape(row)}</div>" for row in _plan_rows(self._progress, 200))
        now = "".join(f"<div>{escape(row)}</div>" for row in _running_rows(self._progress, 200))
        told = markdown_html(answer) if answer else ""
        foot = escape(footer(self._progress, time.monotonic() - self._began))
        style = "border-left:3px solid;padding-left:.8em"
        return (
            f'<div class="{PLAIN}" style="{style}">'
            f'<div style="{MONOSPACE}">{more}{rows}{plan}{now}</div>{told}'
            f'<div style="opacity:.7">{foot}</div></div>'
        )


def _keep_drawing(drawn: weakref.ref[NotebookScreen], signals: SimpleQueue[bool]) -> None:
    """Draw a screen until it is closed; one that was only dropped, as by Ctrl-C, is let go of."""
    while _is_to_be_drawn(signals):
        screen = drawn()
        if screen is None:
            return
        screen._draw(None)
        del screen


def _is_to_be_drawn(signals: SimpleQueue[bool]) -> bool:
    """Wait for the time of the next picture; returns False for none."""
    left = TICK
    until = None
    while left > 0:
        try:
            if not signals.get(timeout=left):
                return False
        except Empty:
            return True
        # What comes in a burst is drawn once.
        until = time.monotonic() + EVERY if until is None else until
        left = until - time.monotonic()
    return True


class _Html:
    """What IPython shows as HTML."""

    def __init__(self, html: str) -> None:
        self._html = html

    def _repr_html_(self) -> str:
        return self._html

    def __repr__(self) -> str:
        return "<a turn, shown as HTML>"


def footer(progress: TurnProgress, seconds: float | None) -> str:
    """Return the last line of every screen: how it stands, the time and the tokens."""
    status = "working" if progress.status == "inProgress" else progress.status
    parts = [one_line(status)]
    if seconds is not None:
        parts.append(f"{seconds:.0f} s")
    parts.append(f"{progress.tokens_in:,} tokens in, {progress.tokens_out:,} out")
    parts.append(progress.facts() if progress.facts is not None else "")
    return " - ".join(filter(None, parts))


def _plan_rows(progress: TurnProgress, width: int) -> list[str]:
    return [
        cut(f"  [{MARKS.get(status, '?')}] {one_line(step)}", width)
        for status, step in progress.plan
    ]


def _running_rows(progress: TurnProgress, width: int) -> list[str]:
    rows = []
    for item in list(progress.running.values()):
        rows.append(cut(f"{item.verb:<{VERB}}{_first(item.text)}", width))
        most = MESSAGE_LINES if item.verb == "writing" else OUTPUT_LINES
        if item.tail:
            rows += quoted(item.tail.rstrip(), width).split("\n")[-most:]
    return rows


def _html_line(line: Line) -> str:
    if line.verb == "said":
        return markdown_html(line.text)
    return f"<div>{escape(line_text(line, 200))}</div>"


def _in_notebook() -> bool:
    """Tell whether this is a kernel, whose cells show HTML; a terminal with IPython is not."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"
