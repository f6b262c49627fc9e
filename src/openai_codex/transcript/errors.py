"""The error of this room."""

from __future__ import annotations

from ..errors import CodexError

__all__ = ["TranscriptError"]


class TranscriptError(CodexError):
    """Raised when a thread has no file that can be read; `path` is the file, if one is known."""

    def __init__(self, message: str, *, path: str | None = None) -> None:
        super().__init__(message)
        self.path = path
