"""How many columns of a terminal a text takes, and how it is cut or wrapped to fit. Pure.

A terminal that wraps a line by itself starts the rest at its left edge, where only our own text may
stand; so untrusted text is always wrapped here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from unicodedata import combining, east_asian_width

from .._safe_text import safe_lines

__all__ = ["cut", "padded", "quoted", "quoted_lines", "width_of", "wrapped"]

TAB = 4


def width_of(text: str) -> int:
    """Return the columns that one line of text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def cut(text: str, width: int, *, end: str = "...") -> str:
    """Return text in at most `width` columns; where it is longer, `end` is its end."""
    if width_of(text) <= width:
        return text
    kept, _ = _split(text, max(0, width - len(end)))
    return (kept + end)[: max(0, width)]


def padded(text: str, width: int) -> str:
    """Return text in exactly `width` columns."""
    text = cut(text, width)
    return text + " " * (width - width_of(text))


def wrapped(text: str, width: int) -> Iterator[str]:
    """Yield text, line by line, in lines of at most `width` columns."""
    width = max(2, width)
    for line in text.split("\n"):
        rest = line.expandtabs(TAB)
        while width_of(rest) > width:
            piece, rest = _split(rest, width)
            yield piece
        yield rest


def quoted(text: str, width: int, *, prefix: str = "  | ") -> str:
    """Return untrusted text in safe lines that each begin with `prefix`, however long they are."""
    return quoted_lines(safe_lines(text), width, prefix=prefix)


def quoted_lines(lines: Iterable[str], width: int, *, prefix: str = "  | ") -> str:
    """Return safe lines, wrapped, each with `prefix` before it."""
    pieces = (piece for line in lines for piece in wrapped(line, width - len(prefix)))
    return "\n".join(f"{prefix}{piece}" for piece in pieces)


def _split(text: str, width: int) -> tuple[str, str]:
    """Return the longest beginning that fits into `width`, at least one character, and the rest."""
    if text.isascii():
        return text[:width], text[width:]
    used = 0
    for place, character in enumerate(text):
        used += _columns(character)
        if used > width and place:
            return text[:place], text[place:]
    return text, ""


def _columns(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
