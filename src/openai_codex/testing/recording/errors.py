"""What goes wrong between a recording and the client that replays it."""

from __future__ import annotations


class ReplayDivergedError(AssertionError):
    """Say where the client left the recording: `path`, `line` (None when it is the whole file)."""

    def __init__(self, text: str, *, path: str, line: int | None) -> None:
        super().__init__(text)
        self.path = path
        self.line = line
