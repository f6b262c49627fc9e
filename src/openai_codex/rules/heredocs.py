r"""Here-documents that a script only writes into files, for deny rules. Pure.

Their lines are no commands. But a file that was written may be run by the next command, and what
looks like a here-document may be none: so they are left out only where all of a script is known.

>>> without_written("cat > x.sh <<'END'\nrm x\nEND\nls")
"cat > x.sh <<'END'\nls"
>>> without_written("cat > x.sh <<'END'\nrm x\nEND\n./x.sh")
"cat > x.sh <<'END'\nrm x\nEND\n./x.sh"
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["without_written"]

_WORD = r"[\w./~+@%,:=-]+"
_HARMLESS = (
    rf"(?:cat|cd|chmod|date|echo|head|ls|mkdir|pwd|stat|tail|touch|true|wc)(?:[ \t]+{_WORD})*"
)
_FILES = rf"(?:[ \t]+{_WORD}|[ \t]*>>?[ \t]*{_WORD})*"
_LINE = re.compile(rf"[ \t]*(?:(?:{_HARMLESS})(?:[ \t]*(?:&&|;)[ \t]*(?:{_HARMLESS}))*)?[ \t]*")
_WRITES = re.compile(
    rf"[ \t]*(?:{_HARMLESS}[ \t]*(?:&&|;)[ \t]*)*(?:cat|tee){_FILES}[ \t]*"
    rf"<<(?P<tabs>-?)[ \t]*(?P<quote>['\"]?)(?P<end>\w+)(?P=quote){_FILES}[ \t]*"
)
_RUN = re.compile(r"[$`\\]")
"""What a shell looks for in a document whose end is not quoted."""

_LONGEST = 2_000  # of a line that is looked at: the shapes take longer, the longer it is


def without_written(text: str) -> str:
    """Return a script without the lines that it writes into files; all of it where in doubt."""
    if "<<" not in text:
        return text
    try:
        return "\n".join(_kept(text.split("\n")))
    except _Doubt:
        return text


class _Doubt(Exception):  # noqa: N818 - it is an answer, not a fault
    """There is something that is not known to be harmless."""


def _kept(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        yield line
        at += 1
        document = _WRITES.fullmatch(line) if len(line) < _LONGEST else None
        if document is not None:
            at = _behind(document, lines, at)
        elif len(line) >= _LONGEST or not _LINE.fullmatch(line):
            raise _Doubt


def _behind(document: re.Match[str], lines: list[str], at: int) -> int:
    """Return the number of the line behind the end of a document that begins at a line."""
    while at < len(lines):
        line = lines[at].lstrip("\t") if document["tabs"] else lines[at]
        if line == document["end"]:
            return at + 1
        if not document["quote"] and _RUN.search(line):
            raise _Doubt
        at += 1
    raise _Doubt
