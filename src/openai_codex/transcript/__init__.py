"""Stored threads as documents: read the file of a thread, write it as HTML, Markdown or JSON lines.

`write_html`, `write_markdown` and `write_jsonl` take the path of a file and something to write to;
`read_entries` yields what a file tells, for programs of one's own.

Reading is line by line: memory is bounded and time is linear, however long a thread is. This room
reads files and writes text; it knows no client and no runtime.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .entries import Entry as Entry
    from .errors import TranscriptError as TranscriptError
    from .html import write_html as write_html
    from .index import write_index as write_index
    from .jsonl import write_jsonl as write_jsonl
    from .markdown import write_markdown as write_markdown
    from .reader import read_entries as read_entries

__all__ = [
    "Entry",
    "TranscriptError",
    "read_entries",
    "write_html",
    "write_index",
    "write_jsonl",
    "write_markdown",
]

_HOMES = {
    "Entry": "entries",
    "TranscriptError": "errors",
    "read_entries": "reader",
    "write_html": "html",
    "write_index": "index",
    "write_jsonl": "jsonl",
    "write_markdown": "markdown",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value
