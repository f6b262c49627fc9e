"""What an option of a builder may be: a wrong one fails where it is written, not where it acts.

Pure, and light: the fake process loads it too.
"""

from __future__ import annotations

from collections.abc import Iterable


def one_of(name: str, value: object, allowed: Iterable[object]) -> None:
    """Raise `ValueError` that lists what is allowed, unless the value is among it."""
    choices = list(allowed)
    if value not in choices:
        shown = ", ".join(map(repr, choices))
        raise ValueError(f"{name} must be one of {shown}; got {value!r}")


def at_least(least: float, **options: float | None) -> None:
    """Raise `ValueError` for an option below `least`; None is an option that was not given."""
    for name, value in options.items():
        if value is None:
            continue
        if not isinstance(value, (int, float)):
            raise TypeError(f"{name} must be a number; got {value!r}")
        if not value >= least:
            raise ValueError(f"{name} must be {least} or more; got {value!r}")


def text(**options: object) -> None:
    """Raise `TypeError` for an option that is not a string."""
    for name, value in options.items():
        if not isinstance(value, str):
            raise TypeError(f"{name} must be a string; got {value!r}")
