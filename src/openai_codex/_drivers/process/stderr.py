"""What the runtime prints on stderr: logged line by line, the last lines kept, secrets out.

A runtime may print faster than text can be looked through, and ends up blamed for its silence when
it is not drained. So a line is looked at when it is logged or read, and not before.
"""

from __future__ import annotations

import logging
import re
from collections import deque

from ..._core.careful_log import CarefulLog
from ..._core.harmless import why_harmless
from ..._core.lines import LineBuffer, Oversized
from ..._redaction import PrivateKeyLines
from ..._safe_text import runtime_lines, safe_lines

__all__ = ["StderrTail"]

_NAME = "openai_codex.runtime"
_log = CarefulLog(_NAME)
# Else Python itself prints warnings where no handler is configured.
logging.getLogger(_NAME).addHandler(logging.NullHandler())
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# Enough for a panic with its backtrace, and small enough to stand in an error's text.
_KEPT_LINES = 40
_MAX_LINE = 64 * 1024


class StderrTail:
    """The last lines of stderr; each line is logged to `openai_codex.runtime` as it comes."""

    def __init__(self) -> None:
        self._lines = LineBuffer(limit=_MAX_LINE)
        self._kept: deque[bytes] = deque(maxlen=_KEPT_LINES)
        self._keys = PrivateKeyLines()
        self._taken = 0
        self._text = (0, "")  # up to which line it goes; health checks ask for it again and again

    def feed(self, data: bytes) -> None:
        """Take what was printed."""
        for line in self._lines.feed(data):
            # Of a longer one the head alone: the tail must stay small, whatever is printed.
            raw = line.head if isinstance(line, Oversized) else line
            if not raw.isspace():
                self._take(raw)

    def end(self) -> None:
        """Count a last line without a newline too: no more will come."""
        self.feed(b"\n")

    @property
    def text(self) -> str:
        """The last lines, joined by newlines, safe to show."""
        taken, text = self._taken, self._text
        if text[0] != taken:  # a line that comes meanwhile is of the next text
            kept = list(self._kept)
            text = self._text = taken, _shown(b"\n".join(raw.rstrip(b"\n") for raw in kept))
        return text[1]

    def _take(self, raw: bytes) -> None:
        if self._keys.is_inside or b"-----" in raw:  # where a key began may have left the tail
            raw = self._keys.redact(raw.decode("utf-8", "replace").rstrip()).encode()
        # As bytes: text is made of them when somebody looks, which for nearly all is never.
        self._kept.append(raw)
        self._taken += 1
        level, why = _level(raw)
        if _log.is_enabled_for(level):
            text = "\n".join(runtime_lines(_shown(raw)))
            if text:
                _log.log(level, "%s%s", text, why)


def _shown(raw: bytes) -> str:
    text = _COLOUR.sub("", raw.decode("utf-8", "replace"))
    return "\n".join(safe_lines("\n".join(line.rstrip() for line in text.split("\n")))).strip("\n")


def _level(raw: bytes) -> tuple[int, str]:
    """Return how loudly a line is logged, and what is to be said of it."""
    why = why_harmless(raw)
    return (_level_named(raw), "") if why is None else (logging.DEBUG, f" ({why})")


def _level_named(raw: bytes) -> int:
    # Bytes first: colours are taken out of those few lines that may turn out to be errors.
    if b"ERROR" in raw or b"Error" in raw[:40]:
        text = _COLOUR.sub("", raw.decode("utf-8", "replace"))
        if " ERROR " in text or text.startswith("Error"):
            return logging.ERROR
    return logging.WARNING if b"WARN" in raw else logging.INFO
