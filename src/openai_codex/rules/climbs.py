"""How often a word of a command climbs out of its folder with `..`.

A program may take the rest of an option, of a list or of a sentence for a path, so `..` counts
wherever it can stand for a folder: `-C../x`, `--work-tree=..`, `@../file`, `a:..`. It must leave
what only looks like it: `HEAD..main`, `v1..`, `...`.
"""

from __future__ import annotations

import re

_BORDER = r"/\\=:,;\s'\"|&<>"
_CLIMB = re.compile(
    rf"""
      (?: ^ | (?<=[{_BORDER}]) ) (?: -[\w-]* )? \.\. (?= [{_BORDER}] | \Z )
    | (?<!\.) \.\. (?= [/\\] )
    """,
    re.VERBOSE,
)


def climbs(word: str) -> int:
    """Return how many folders called `..` the word may name.

    >>> [climbs(word) for word in ("-C../x", "--git-dir=../../x", "HEAD..main", "./...")]
    [1, 2, 0, 0]
    """
    return len(_CLIMB.findall(word))
