"""A stored thread as one text: what `thread.to_html()` and `thread.to_markdown()` return."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass

from .errors import TranscriptError
from .html import write_html
from .markdown import write_markdown
from .store import Store

__all__ = ["Wanted", "stored_text"]

_WRITERS = {"html": write_html, "markdown": write_markdown}


@dataclass(frozen=True)
class Wanted:
    """Which thread is wanted, by its file and its home, and in which form."""

    form: str
    path: str | None
    home: str | None
    redacted: bool
    focused: bool


def stored_text(wanted: Wanted) -> str:
    """Return the document; raises TranscriptError where the thread has no file."""
    if wanted.path is None or not os.path.exists(wanted.path):  # noqa: PTH110 - text is wanted
        raise TranscriptError(
            "the thread has no file yet: it is ephemeral, or had no turn", path=wanted.path
        )
    out = io.StringIO()
    store = Store(wanted.home)
    write = _WRITERS[wanted.form]
    write(wanted.path, out, redacted=wanted.redacted, focused=wanted.focused, store=store)
    return out.getvalue()
