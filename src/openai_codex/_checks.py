"""What an option may be, checked before anything is sent: every error names the option.

TypeError for a value of another kind, ValueError for one out of range. Nothing here knows a room
of the package, and nothing heavy is imported.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

__all__ = [
    "LONGEST",
    "MOST_16",
    "MOST_32",
    "MOST_63",
    "camel_case",
    "check_callable",
    "check_choice",
    "check_count",
    "check_flag",
    "check_key",
    "check_kind",
    "check_least",
    "check_path",
    "check_text",
    "checked_bound",
    "checked_seconds",
    "nearest",
]

MOST_16 = 2**16 - 1
MOST_32 = 2**32 - 1
MOST_63 = 2**63 - 1
"""What the counts of the protocol can hold, by their bits: the runtime refuses more."""

LONGEST = 2_147_483.0
"""The longest wait in seconds, 24 days: `poll` counts milliseconds in 32 bits."""


def checked_seconds(name: str, value: object) -> float | None:
    """Return an option in seconds; None, infinity and more than `LONGEST` are None: no limit."""
    if value is None:
        return None
    number = _seconds(name, value)
    return None if number > LONGEST else number


def checked_bound(name: str, value: object) -> float:
    """Return an option in seconds that always has a limit: at most `LONGEST`."""
    return min(_seconds(name, value), LONGEST)


def _seconds(name: str, value: object) -> float:
    total_seconds: Any = getattr(value, "total_seconds", None)  # a timedelta has it
    if total_seconds is not None:
        value = total_seconds()
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        kind = type(value).__name__
        raise TypeError(
            f"{name} must be a number of seconds or a timedelta, got {kind} {_shown(value)}"
        )
    if not value >= 0:  # so that NaN is refused, too
        raise ValueError(f"{name} must be at least 0 seconds, got {_shown(value)}")
    return float(min(value, LONGEST + 1))  # an int may be too large for a float


def check_count(name: str, value: object, *, least: int = 0, most: int | None = None) -> None:
    """Raise TypeError or ValueError where an option is not a whole number from `least` on.

    `most` is what the message that carries it can hold: the runtime would name no option.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        kind = type(value).__name__
        raise TypeError(f"{name} must be a whole number, got {kind} {_shown(value)}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {_shown(value)}")
    if most is not None and value > most:
        raise ValueError(f"{name} must be at most {most}, got {_shown(value)}")


def check_least(least: float, **options: object) -> None:
    """Raise TypeError or ValueError for an option below `least`; None was not given."""
    for name, value in options.items():
        if value is None:
            continue
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise TypeError(f"{name} must be a number, got {_shown(value)}")
        if not value >= least:
            raise ValueError(f"{name} must be at least {least}, got {_shown(value)}")


def check_choice(name: str, value: object, allowed: Iterable[object]) -> None:
    """Raise ValueError, with what is allowed, for a value that is not."""
    choices = list(allowed)
    if value not in choices:
        shown = ", ".join(map(repr, choices))
        raise ValueError(f"{name} must be one of {shown}; got {_shown(value)}")


def check_kind(name: str, value: object, *kinds: type[Any], hint: str = "") -> None:
    """Raise TypeError where an option is given and is of none of these types."""
    if value is not None and not isinstance(value, kinds):
        wanted = " or ".join(_article(_PLAIN.get(kind.__name__, kind.__name__)) for kind in kinds)
        raise TypeError(f"{name} must be {wanted}, got {type(value).__name__}{hint}")


def check_text(**options: object) -> None:
    """Raise TypeError for an option that is not a string."""
    for name, value in options.items():
        if not isinstance(value, str):
            raise TypeError(f"{name} must be a string, got {_shown(value)}")


def check_key(name: str, value: object) -> None:
    """Raise TypeError or ValueError for what cannot be a key; no error shows the value."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a string, got {type(value).__name__}")
    if not value:
        raise ValueError(f"{name} must not be empty")
    if not (value.isascii() and value.isprintable()) or " " in value:
        # As a header it would be refused, long after this.
        raise ValueError(
            f"{name} must be printable ASCII without blanks or line ends: strip() it, if it was "
            "read from a file"
        )


def check_path(name: str, value: object) -> None:
    """Raise TypeError for what is no path, ValueError for an empty one."""
    check_kind(name, value, str, os.PathLike)
    if value is not None and not os.fspath(value):  # type: ignore[call-overload]
        raise ValueError(f"{name} must not be empty: leave it out, or give it as None")


def check_flag(name: str, value: object) -> None:
    """Raise TypeError for what is not True or False: any text would count as True."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {_shown(value)}")


def check_callable(name: str, value: object) -> None:
    """Raise TypeError for an option that is given and cannot be called."""
    if value is not None and not callable(value):
        raise TypeError(f"{name} must be callable, got {type(value).__name__}")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known name that a misspelt one may mean, in any case, or None."""
    from difflib import get_close_matches

    by_small = {name.lower(): name for name in known}
    return next(map(by_small.__getitem__, get_close_matches(word.lower(), by_small)), None)


def camel_case(name: str) -> str:
    """Return a name of Python as the wire spells it: `thread_id` is `threadId`."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


_PLAIN = {"Mapping": "dict"}


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'AEIOUaeiou' else 'a'} {noun}"


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # an int of so many digits that Python does not print it
        return "a number of thousands of digits"
    return text if len(text) <= 80 else f"{text[:79]}…"
