r"""The one door for text that comes from the model, the runtime and MCP servers.

Whatever is shown, logged, raised or exported passes here: secrets are taken out, and what a
terminal or a page would obey, reorder or hide becomes a visible escape. Raw text stays in the
fields that hold data (`command`, `params`, `text`).

>>> one_line("ls\n\x1b[2Kok")
'ls\\n\\x1b[2Kok'
"""

from __future__ import annotations

import re
import unicodedata
from typing import TypeVar

from ._redaction import redact
from ._runtime_words import in_our_words

__all__ = [
    "one_line",
    "runtime_line",
    "runtime_lines",
    "safe_lines",
    "safe_repr",
    "shown_safely",
    "visible",
    "visible_repr",
]

T = TypeVar("T")

# Printable to Python, yet seen by nobody: fillers, blanks, selectors, tags, joiners.
_UNSEEN = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U0001d159\U000e0000-\U000e0fff"
)
_SUSPECT = re.compile(rf"[^\x20-\x7e]|\\(?=[nrtxuU\\]|[^\x20-\x7e])|\x20{{9,}}|[{_UNSEEN}]")
_MOST_MARKS = 4  # accents on one letter; more of them climb over the lines above
_INDENT = 64  # blanks in a row that text of several lines may have


def one_line(text: object, *, most: int | None = None, code: bool = False) -> str:
    r"""Return `text` as one line that is safe to show, cut to `most` characters with an ellipsis.

    Secrets are redacted. Line ends, control, bidirectional, invisible and tag characters become
    escapes such as `\n`, `\x1b` and `\u202e`; a run of more than 8 blanks becomes `\x20{9}`. A
    backslash that could be taken for the beginning of such an escape is doubled. With `code`, a
    secret that a shell would run part of stays visible (see `redact`).
    """
    whole = text if isinstance(text, str) else str(text)
    # What is cut away is not looked at, but for the part of it that completes a secret.
    seen = len(whole) if most is None else 4 * most + 400
    shown = visible(redact(whole[:seen], code=code))
    if most is None or (len(shown) <= most and len(whole) <= seen):
        return shown
    return f"{shown[: max(most - 1, 0)]}…"


def safe_lines(text: object, *, redacted: bool = True) -> list[str]:
    r"""Return `text` in lines that are safe to show; a line ends at `\n` and nowhere else.

    As `one_line`, but tabs and up to 64 blanks in a row stay, and no backslash is doubled. With
    `redacted=False`, secrets stay: for a document that its owner asked for whole.
    """
    whole = text if isinstance(text, str) else str(text)
    whole = redact(whole) if redacted else whole
    lines = [_line(line) for line in whole.split("\n")]
    return lines[:-1] if lines[-1] == "" else lines


def runtime_line(text: object, *, most: int | None = None) -> str:
    """Return what the runtime says to a person, as `one_line`, in words that this package has.

    Not for what a model or a program says, nor for commands: those are shown as they are.
    """
    return one_line(in_our_words(str(text)), most=most)


def runtime_lines(text: object) -> list[str]:
    """Return what the runtime says to a person, as `safe_lines`, in words of this package."""
    return safe_lines(in_our_words(str(text)))


def safe_repr(value: object) -> str:
    r"""Return the `repr` of a value as one line that is safe to show.

    A repr has escapes of its own already, so no backslash is doubled.
    """
    return visible_repr(repr(value))


def visible_repr(text: str) -> str:
    """Return the text of a `repr` as one line that is safe to show."""
    return _line(redact(text))


def shown_safely(cls: type[T]) -> type[T]:
    """Make the `repr` of a class of data one line that is safe to show; its fields stay raw."""
    plain = cls.__repr__

    def __repr__(self: T) -> str:  # noqa: N807  # it takes the place of the dataclass's
        return visible_repr(plain(self))

    cls.__repr__ = __repr__  # type: ignore[method-assign,assignment]
    return cls


def visible(text: str) -> str:
    """Return `text` on one line, with escapes for what cannot be seen; nothing is redacted."""
    if text.isascii() and text.isprintable() and "\\" not in text and " " * 9 not in text:
        return text
    return _escaped_marks(_SUSPECT.sub(_escape, text))


def _line(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text if " " * (_INDENT + 1) not in text else _LONG_BLANK.sub(_escape, text)
    return _escaped_marks(_SUSPECT_IN_LINE.sub(_escape, text))


_LONG_BLANK = re.compile(rf"\x20{{{_INDENT + 1},}}")
_SUSPECT_IN_LINE = re.compile(rf"[^\x20-\x7e\t]|{_LONG_BLANK.pattern}")
_UNSEEN_ONE = re.compile(f"[{_UNSEEN}]")


def _escape(found: re.Match[str]) -> str:
    text = found.group()
    if text[0] == " ":
        return f"\\x20{{{len(text)}}}"
    if text == "\\":
        return "\\\\"
    if text.isprintable() and not _UNSEEN_ONE.match(text):
        return text
    return _written(text)


def _written(letter: str) -> str:
    """Return the escape that Python writes for a letter."""
    return ascii(letter)[1:-1]


def _escaped_marks(text: str) -> str:
    """Escape accents that stand on nothing, or too many on one letter."""
    if text.isascii():
        return text
    shown, marks = [], _MOST_MARKS
    for letter in text:
        is_mark = letter >= "\u0300" and unicodedata.category(letter) in ("Mn", "Me")
        marks = marks + 1 if is_mark else 0
        shown.append(_written(letter) if marks > _MOST_MARKS else letter)
    return "".join(shown)
