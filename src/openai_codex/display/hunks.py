r"""The hunks of the runtime's diffs, as git reads them. Pure.

The runtime also ends a line at a lone "\r": there, lines of git are put together again, as far as a
hunk tells them. Where the file itself is at hand, `applied` tells all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile

from .git_text import file_names, lines_of, ranges, signed

__all__ = ["Hunk", "applied", "exact_hunks", "file_hunks", "has_lone_returns", "hunks_of"]

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")
_LONE_RETURN = re.compile(r"\r(?!\n)")
_LEAST_CONTEXT = 2
_CONTEXT = 3


@dataclass(frozen=True)
class Hunk:
    """Lines of a change with their signs; a lone carriage return ends a line here, too."""

    old: int
    new: int
    title: str
    parts: list[tuple[str, str]]

    def context(self, parts: Iterable[tuple[str, str]]) -> int:
        """Return how many lines of context come first in `parts`."""
        return len(list(takewhile(lambda part: part[0] == " ", parts)))

    def shown(self, around: int) -> str:
        """Return the hunk as git reads it; the runtime put `around` lines of context around it."""
        before, after = self.context(self.parts), self.context(reversed(self.parts))
        has_returns = any(line.endswith("\r") for _, line in self.parts)
        # Of the first line the begin may be missing: what is before a lone "\r" was another line.
        is_cut = self.old > 1 and (has_returns or before > _LEAST_CONTEXT)
        first = self._whole_from(before) if is_cut else 0
        last = len(self.parts)
        if has_returns and after >= around:  # else the file ends here
            last = self._whole_until(last - after)
        old = lines_of("".join(line for sign, line in self.parts[first:last] if sign != "+"))
        new = lines_of("".join(line for sign, line in self.parts[first:last] if sign != "-"))
        head = ranges(self.old + first, len(old), self.new + first, len(new), self.title)
        if has_returns:
            return head + _compared(old, new)
        return head + "".join(signed(sign, [line]) for sign, line in self.parts[first:last])

    def _whole_from(self, before: int) -> int:
        """Return where the first line of context begins that is whole for sure."""
        ends = (at for at in range(before) if self.parts[at][1].endswith("\n"))
        return next(ends, -1) + 1

    def _whole_until(self, begin: int) -> int:
        """Return where the last line of context ends that is whole for sure."""
        places = range(len(self.parts) - 1, begin - 1, -1)
        ends = (at for at in places if self.parts[at][1].endswith("\n"))
        return next(ends, len(self.parts) - 1) + 1


def file_hunks(old: str, new: str, text: str, *, around: int) -> str:
    """Return the names and hunks of a file that was there and still is."""
    if not text:
        return ""
    shown = "".join(hunk.shown(around) for hunk in hunks_of(text))
    return f"{file_names(f'a/{old}', f'b/{new}')}{shown}"


def hunks_of(text: str) -> Iterator[Hunk]:
    """Yield the hunks of one file; raises ValueError for what is none."""
    at = 0
    while at < len(text):
        head = _HUNK.match(text, at)
        if head is None:
            raise ValueError("not a hunk")
        old, new = int(head[1]), int(head[3])
        parts, at = _read_parts(text, head.end() + 1)
        yield Hunk(old, new, head[5], parts)


def _read_parts(text: str, at: int) -> tuple[list[tuple[str, str]], int]:
    """Return the lines from a place on, with their signs, and where the next hunk begins."""
    parts: list[tuple[str, str]] = []
    while at < len(text) and not text.startswith("@@", at):
        found = _PART.match(text, at)
        if found is None:
            raise ValueError("not a line of a hunk")
        if found[1] == "\\":
            sign, line = parts.pop()
            parts.append((sign, line.removesuffix("\n")))
        else:
            parts.append((found[1], found[2]))
        at = found.end()
    return parts, at


_PART = re.compile(r"([ +\-\\])([^\r\n]*(?:\r\n|\n|\r|\Z))")


def _compared(old: list[str], new: list[str]) -> str:
    """Return the lines of both sides: what is equal at both ends, and all between as replaced."""
    most = min(len(old), len(new))
    first = len(list(takewhile(lambda at: old[at] == new[at], range(most))))
    last = len(list(takewhile(lambda at: old[-1 - at] == new[-1 - at], range(most - first))))
    gone, come = old[first : len(old) - last], new[first : len(new) - last]
    return "".join(
        (
            signed(" ", old[:first]),
            signed("-", gone),
            signed("+", come),
            signed(" ", old[len(old) - last :]),
        )
    )


# --- with the whole file at hand -----------------------------------------------------------------


def has_lone_returns(text: str) -> bool:
    """Tell whether git and the runtime count the lines of a file differently."""
    return _LONE_RETURN.search(text) is not None


def applied(text: str, hunks: Iterable[Hunk], *, backwards: bool = False) -> str:
    """Return the file that hunks make of a file; raises ValueError where they do not fit."""
    gone, come = ("+", "-") if backwards else ("-", "+")
    lines, made, at = _LINE.findall(text), list[str](), 0
    for hunk in hunks:
        count = sum(sign != come for sign, _ in hunk.parts)
        begin = (hunk.new if backwards else hunk.old) - bool(count)
        made += lines[at:begin]
        at = begin + count
        if lines[begin:at] != [line for sign, line in hunk.parts if sign != come]:
            raise ValueError("the hunks are of another file")
        made += [line for sign, line in hunk.parts if sign != gone]
    return "".join(made + lines[at:])


def exact_hunks(old: str, new: str, before: str, after: str) -> str:
    """Return the names and the one hunk that leads from one text of a file to the other."""
    if before == after:
        return ""
    was, now = lines_of(before), lines_of(after)
    most = min(len(was), len(now))
    first = len(list(takewhile(lambda at: was[at] == now[at], range(most))))
    last = len(list(takewhile(lambda at: was[-1 - at] == now[-1 - at], range(most - first))))
    begin, end = max(0, first - _CONTEXT), max(0, last - _CONTEXT)
    was, now = was[begin : len(was) - end], now[begin : len(now) - end]
    head = ranges(begin + bool(was), len(was), begin + bool(now), len(now))
    return f"{file_names(f'a/{old}', f'b/{new}')}{head}{_compared(was, now)}"
