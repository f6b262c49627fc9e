"""What the runtime prints on stderr: logged line by line, the last lines kept, secrets out."""

from __future__ import annotations

import logging
import re
from collections import deque

from .._core.lines import LineBuffer, Oversized
from ..redaction import redact

__all__ = ["StderrTail"]

_log = logging.getLogger("openai_codex.runtime")
_log.addHandler(logging.NullHandler())  # else Python prints what nobody configured a handler for
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_KEPT_LINES = 40
_MAX_LINE = 64 * 1024


class StderrTail:
    """Take stderr's bytes; log each line to `openai_codex.runtime` and keep the last ones."""

    def __init__(self) -> None:
        self._lines = LineBuffer(limit=_MAX_LINE)
        self._kept: deque[str] = deque(maxlen=_KEPT_LINES)

    def feed(self, data: bytes) -> None:
        """Take what was printed."""
        for line in self._lines.feed(data):
            raw = line.head if isinstance(line, Oversized) else line
            text = redact(_COLOUR.sub("", raw.decode("utf-8", "replace")).rstrip())
            if text:
                self._kept.append(text)
                _log.log(_level(text), "%s", text)

    def end(self) -> None:
        """Take it that no more will come, so that a last line without a newline counts too."""
        self.feed(b"\n")

    @property
    def text(self) -> str:
        """Return the last lines, joined by newlines."""
        return "\n".join(self._kept)


def _level(text: str) -> int:
    if " ERROR " in text or text.startswith("Error"):
        return logging.ERROR
    return logging.WARNING if "WARN" in text else logging.INFO
