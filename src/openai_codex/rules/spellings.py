r"""What a shell may make of a text before it runs it: escapes, braces, expansions. Pure.

For deny rules alone, which guess freely. Where a word is computed, `HOLE` stands for what is not
known, and `values` are the words that it may come from.

>>> list(spelled(r"$'\x72m' r${x}m"))
['rm r m', 'rm r\ue000m', 'rm rm']
>>> list(values("A=rm; $A x"))
['rm']
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["ENDS", "HOLE", "named_commands", "spelled", "values"]

HOLE = "\ue000"
"""Stands for what an expansion would put there."""

ENDS = "\ue001"
"""Stands behind an assignment whose value has no blanks."""

_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|[uU]([0-9a-fA-F]{1,8})|(.))", re.DOTALL
)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "", "b": "", "e": "", "E": "", "f": " ", "v": " "}
_QUOTES = re.compile(r"\\\n|\$?['\"]|\\")
_BRACES = re.compile(r"(?<!\S)(\S{0,200}?)\{([^{}\s]{0,400},[^{}\s]{0,400})\}(\S{0,200})")
_SUBSTITUTION = re.compile(r"\$\(([^()]*)\)|`([^`]*)`|\$\{([^{}]*)\}")
_KNOWN = re.compile(r"\$\{[^{}$`]*\}|\$\w+|\$[@*#?!$-]")
# Of an assignment without quotes it is known where it ends.
_PLAIN = r"\w+\+?=[\w./:@%+,-]*(?=[ \t;&|\n]|\Z)"
_PLAIN_ASSIGNMENTS = re.compile(rf"(?:^|[;&|(\n`])(?:[ \t]*{_PLAIN})+")
_VARIABLE = re.compile(r"\$\w+|\$[@*#?!$-]")
_ASSIGNED = re.compile(r"(?<![\w-])\w+\+?=(?:\"([^\"]*)\"|'([^']*)'|\(([^()]*)\)|([^\s;&|()]*))")
_LISTED = re.compile(
    r"(?:\bset\s+--?|\bprintf\s+-v|\bread\b|\bmapfile\b|\breadarray\b|<<<|\bin\s)([^;&|\n]*)"
)
# Variables whose value is run by the programs that read them.
_NAMED = re.compile(
    r"\b(?:\w*(?:EDITOR|PAGER|COMMAND|SHELL|ASKPASS|BROWSER|_CMD|_RSH|_EXEC|_WRAPPER)"
    r"|LESSOPEN|LESSCLOSE|BASH_ENV|GIT_SSH|GIT_EXTERNAL_DIFF|GIT_PROXY_COMMAND)"
    r"=(?:\"([^\"]*)\"|'([^']*)'|(<\([^()]*\)?)|([^\s;&]*))"
)

_DEEPEST = 8  # substitutions within substitutions
_MOST = 64  # braces of one text that are opened


def spelled(text: str) -> Iterator[str]:
    """Yield the text without quotes: its expansions as blanks, as holes, and as nothing."""
    text = _PLAIN_ASSIGNMENTS.sub(_ended, text)
    bare = _opened(_QUOTES.sub("", _ANSI.sub(lambda found: _decoded(found[1]), text)))
    holed = bare
    for _ in range(_DEEPEST):
        holed, count = _SUBSTITUTION.subn(HOLE, holed)
        if not count:
            break
    holed = _VARIABLE.sub(HOLE, holed)
    yield _KNOWN.sub(" ", bare)
    if HOLE in holed:
        yield holed
        yield holed.replace(HOLE, "")


def values(text: str) -> Iterator[str]:
    """Yield what the words that a text computes may be: what it assigns, lists and substitutes."""
    assigned = [next(filter(None, found), "") for found in _ASSIGNED.findall(text)]
    yield from assigned
    if len(assigned) > 1:
        yield "".join(assigned)
    yield from _LISTED.findall(text)
    for _ in range(_DEEPEST):
        inner = ["".join(found) for found in _SUBSTITUTION.findall(text)]
        yield from inner
        if not inner:
            return
        text = _SUBSTITUTION.sub(" ", text)


def named_commands(text: str) -> Iterator[str]:
    """Yield the values of variables that are commands, such as `GIT_SSH_COMMAND='rm x'`."""
    return ("".join(found) for found in _NAMED.findall(text))


def _ended(found: re.Match[str]) -> str:
    return re.sub(_PLAIN, rf"\g<0>{ENDS}", found[0])


def _decoded(text: str) -> str:
    return _ESCAPE.sub(_letter, text)


def _letter(found: re.Match[str]) -> str:
    if found[4] is not None:
        return _LETTERS.get(found[4], found[4])
    number = int(found[1] or found[3], 16) if found[2] is None else int(found[2], 8)
    return chr(number) if number < 0xD800 else ""


def _opened(text: str) -> str:
    """Return the text with `{a,b}` as the words that a shell makes of it."""
    for _ in range(_MOST):
        found = _BRACES.search(text)
        if found is None:
            break
        words = " ".join(f"{found[1]}{part}{found[3]}" for part in found[2].split(","))
        text = f"{text[: found.start()]}{words[:2000]}{text[found.end() :]}"
    return text
