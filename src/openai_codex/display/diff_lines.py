"""What each line of a diff is, to show it in colour. Pure.

Rule: inside a hunk, as long as its first line says, the sign alone counts: a line `-- x` that was
taken away reads `--- x` there, and names no file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

__all__ = ["LineKind", "line_kinds"]

LineKind = Literal["head", "at", "add", "cut", ""]

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_HEAD = re.compile(
    r"(?:diff|index|old mode|new mode|new file mode|deleted file mode|similarity|rename|copy|"
    r"Binary files|GIT binary patch|---|\+\+\+)(?: |$)"
)
_SIGNS: dict[str, LineKind] = {"+": "add", "-": "cut", "@": "at"}


def line_kinds(lines: Iterable[str]) -> Iterator[LineKind]:
    """Yield for each line whether it names files, places a hunk, is added, taken away, or none."""
    old = new = 0  # lines that the hunk still has
    for line in lines:
        sign = line[:1]
        if old > 0 or new > 0:
            old -= sign not in ("+", "\\")
            new -= sign not in ("-", "\\")
            yield _SIGNS[sign] if sign in ("+", "-") else ""
            continue
        hunk = _HUNK.match(line)
        if hunk is not None:
            old, new = (1 if count is None else int(count) for count in hunk.groups())
        yield "head" if _HEAD.match(line) else _SIGNS.get(sign, "")
