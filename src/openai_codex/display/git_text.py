r"""How a diff in git's format is written: lines, ranges, names. Pure.

A line ends at "\n" and nowhere else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

__all__ = ["file_names", "header", "lines_of", "quote", "ranges", "relative", "signed"]

_NO_NEWLINE = "\\ No newline at end of file\n"
_QUOTED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def lines_of(text: str) -> list[str]:
    """Return the lines of a file, each with its newline; the last may have none."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop().removesuffix("\n")
    return [*lines, last] if last else lines


def signed(sign: str, lines: Iterable[str]) -> str:
    """Return lines as they stand in a hunk."""
    return "".join(
        f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n{_NO_NEWLINE}" for line in lines
    )


def ranges(old: int, olds: int, new: int, news: int, title: str = "") -> str:
    """Return the first line of a hunk."""
    return f"@@ -{_range(old, olds)} +{_range(new, news)} @@{title}\n"


def _range(begin: int, count: int) -> str:
    return str(begin) if count == 1 else f"{begin},{count}"


def header(old: str, new: str, notes: str = "") -> str:
    """Return the lines that begin the part of a file that was there and still is."""
    head = f"diff --git {quote(f'a/{old}')} {quote(f'b/{new}')}\n"
    renamed = f"rename from {quote(old)}\nrename to {quote(new)}\n" if old != new else ""
    return f"{head}{renamed}{notes}"


def file_names(old: str, new: str) -> str:
    """Return the two lines that name a file before its hunks."""
    return f"--- {_named(old)}\n+++ {_named(new)}\n"


def _named(name: str) -> str:
    quoted = quote(name)
    return f"{quoted}\t" if " " in name and quoted == name else quoted  # as git does


def quote(name: str) -> str:
    """Return a name as git writes it: in quotes where it holds what would mislead."""
    if name.isprintable() and not _QUOTED.keys() & set(name):
        return name
    return f'"{"".join(map(_quoted_letter, name))}"'


def _quoted_letter(letter: str) -> str:
    if letter in _QUOTED:
        return _QUOTED[letter]
    if letter.isprintable():
        return letter
    return "".join(f"\\{byte:03o}" for byte in letter.encode("utf-8", "surrogateescape"))


def relative(path: str, folder: str | None) -> str:
    """Return the path as it is named in a folder; where that is unknown, below the root."""
    if folder is None or not os.path.isabs(path):  # noqa: PTH117 - text, perhaps of another system
        return _slashed(path).lstrip("/") if folder is None else _slashed(path)
    return _slashed(os.path.relpath(path, folder))


def _slashed(path: str) -> str:
    return path.replace("\\", "/") if os.sep == "\\" else path
