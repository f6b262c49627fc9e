"""How a command rule is worded: one text into words, and the words that no plain command has.

What a shell would change before it runs a command is refused here, because a rule compares words
and changes nothing. It must not decide what is allowed.
"""

from __future__ import annotations

import re
import shlex

from .shell import KEYWORDS, Words

_QUOTED = re.compile(
    r"""(?P<double>"(?:[^"\\]|\\.)*") | '[^']*' | \\[^\n]""", re.VERBOSE | re.DOTALL
)
_ESCAPED = re.compile(r"\\[^$`]")
_EXPANSION = re.compile(r"\$[\w{(\[@*#?!$'\"-]|`")
_OPERATOR = re.compile(r"[();<>|&\n\r]")
_BRACES = re.compile(r"\{[^{}\s]*(?:,|\.\.)[^{}\s]*\}")
_HOME = re.compile(r"~[\w.-]*(?:/|\Z)")
_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_NEVER_FIRST = (
    ("=", "a command after an assignment is always asked: write the rule without the assignment"),
    ("%", "'%' names a job of the shell: write the program"),
    ("#", "'#' begins a comment: write the program"),
    ("!", "'!' is for the shell: write the program"),
)


def split(text: str) -> list[str]:
    """Split a text into words as a shell would. Raises ValueError for more than plain words."""
    bare = _QUOTED.sub("'", text)
    if _OPERATOR.search(bare):
        raise ValueError(f"a command rule is one command without shell operators, not {text!r}")
    if _EXPANSION.search(_QUOTED.sub(_double_content, text)):
        raise ValueError(
            f"a command rule expands nothing, so {text!r} would not match what it says:"
            " write the value, or put '$' and '`' in single quotes to mean themselves"
        )
    if _BRACES.search(bare):
        raise ValueError(f"braces are not alternatives: write a rule for each, not {text!r}")
    try:
        return shlex.split(text)
    except ValueError as unclosed:
        raise ValueError(f"{text!r} is no plain command: {unclosed}") from None


def check(words: Words) -> None:
    """Raise ValueError when no rule, allow or deny, could match these words."""
    if not words or not words[0].strip():
        raise ValueError("a command rule needs a program, such as command('git', 'status')")
    program = words[0]
    if _EXPANSION.search(program) or program in ("{", "}"):
        raise ValueError(
            f"{program!r} is no program, and a rule expands nothing: write the program"
        )
    unreadable = next(filter(_UNREADABLE.search, words), None)
    if unreadable is not None:
        raise ValueError(f"no command has control characters, write {unreadable!r} without them")


def never_allows(words: Words) -> str | None:
    """Return why an allow rule of these words could never match, and what to write, or None."""
    program = words[0]
    if program in KEYWORDS:
        return f"{program!r} is a word of the shell itself: write a rule for the command it runs"
    for mark, advice in _NEVER_FIRST:
        if program.startswith(mark) or (mark == "=" and mark in program):
            return advice
    if program == "[":
        return "the shell may read '[' as a pattern: write command('test', ...)"
    if any(map(_HOME.match, words)):
        return "'~' is not expanded: write the path in full, or '[~]' for the character"
    return None


def _double_content(quoted: re.Match[str]) -> str:
    if quoted["double"] is None:
        return "'"
    return _ESCAPED.sub("", quoted["double"][1:-1]) + " "
