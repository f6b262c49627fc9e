"""The words for a client that leaves its recording. Pure text; it decides nothing."""

from __future__ import annotations

import json
from typing import Any

from .matching import Difference
from .tape import Entry

SHOWN_CHARACTERS = 600


class ReplayDivergedError(AssertionError):
    """Raised when the client leaves the recording: `path`, `line` (None for the whole file)."""

    def __init__(self, text: str, *, path: str, line: int | None) -> None:
        super().__init__(text)
        self.path = path
        self.line = line


class Diverged(Exception):  # noqa: N818 - it travels only from the playback to the player
    """The client left the recording at this line (None: the recording has no such line)."""

    def __init__(self, text: str, line: int | None) -> None:
        super().__init__(text)
        self.text = text
        self.line = line


def different(
    name: str, entry: Entry, recorded: Any, live: Any, difference: Difference
) -> Diverged:
    """Say that the client says something else than the recording."""
    text = (
        f"{name}:{entry.line}: the client left the recording at {difference.where}\n"
        f"  recorded: {difference.expected!r}\n"
        f"  now:      {difference.got!r}\n"
        f"the recorded message: {_shown(recorded)}\n"
        f"the client's message: {_shown(live)}"
    )
    return Diverged(text, entry.line)


def surplus(name: str, live: Any) -> Diverged:
    """Say that the client asks more than was recorded."""
    return Diverged(f"{name}: the client asks more than was recorded: {_shown(live)}", None)


def silent(name: str, entry: Entry, recorded: Any, seconds: float) -> Diverged:
    """Say that the client waits for what only it can set going."""
    text = f"{name}:{entry.line}: the client said nothing for {seconds:g} s, where it had said: "
    return Diverged(text + _shown(recorded), entry.line)


def _shown(message: Any) -> str:
    text = json.dumps(message, sort_keys=True, ensure_ascii=False)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."
