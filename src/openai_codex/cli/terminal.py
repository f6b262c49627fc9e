"""`Terminal`: where a command writes, how wide it is, and whether it may use colour.

What is printed here is either ours or has gone through `_safe_text`.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import IO, TYPE_CHECKING, Any

from .._safe_text import visible_repr

if TYPE_CHECKING:
    from .problems import CommandError

__all__ = ["Terminal"]

_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}


class Terminal:
    """The standard output and error of a command."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.out: IO[str] = sys.stdout
        self.err: IO[str] = sys.stderr
        for stream in (self.out, self.err):  # a lone surrogate must not end a command
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="backslashreplace")

    @property
    def width(self) -> int:
        """The columns of the terminal; 80 where there is none."""
        return max(20, shutil.get_terminal_size((80, 24)).columns)

    @property
    def is_interactive(self) -> bool:
        """Whether a person can be asked here."""
        return sys.stdin is not None and sys.stdin.isatty() and self.err.isatty()

    def say(self, text: str = "") -> None:
        """Print a line of the result."""
        self.out.write(f"{text}\n")

    def note(self, text: str) -> None:
        """Print a line beside the result, to the standard error; where that is full, nowhere."""
        try:
            self.err.write(f"{text}\n")
            self.err.flush()
        except BrokenPipeError:
            raise
        except (OSError, ValueError):  # what is beside the result must not end it
            return

    def json(self, value: Any) -> None:
        """Print a JSON value on one line, at once."""
        self.out.write(f"{json.dumps(value, ensure_ascii=True)}\n")
        self.out.flush()

    def problem(self, problem: CommandError) -> None:
        """Report what went wrong: one line, and one value where JSON is asked for."""
        if self.as_json:
            self.json({"error": problem.to_json()})
        advice = f": {problem.advice}" if problem.advice else ""
        label = self.styled("error", "red", self.err)
        # An error's text has escapes already where it holds text of others: none is doubled.
        self.note(f"{label}: {visible_repr(problem.message)}{advice}")

    def styled(self, text: str, style: str, stream: IO[str] | None = None) -> str:
        """Return `text` in a style, or plain where the stream shows no colour."""
        if not has_color(self.out if stream is None else stream):
            return text
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def has_color(stream: IO[str]) -> bool:
    """Whether colour may be written to a stream."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()
