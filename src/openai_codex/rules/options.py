"""Check what `Rules` is made with: a wrong value is told at once, and never loosens a rule."""

from __future__ import annotations

import os
from collections.abc import Iterable


def check_callable(name: str, value: object) -> None:
    """Raise TypeError when `value` cannot be called."""
    if not callable(value):
        raise TypeError(f"{name} is a function, not {value!r}")


def check_flag(name: str, value: object) -> None:
    """Raise TypeError for what is not True or False: any text would count as True."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} is True or False, not {value!r}")


def check_size(name: str, value: object) -> None:
    """Raise TypeError for what is not a whole number, ValueError for one below zero."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} is a whole number, not {value!r}")
    if value < 0:
        raise ValueError(f"{name} is zero or more, not {value!r}")


def shells_of(shells: Iterable[str]) -> tuple[str, ...]:
    """Return the shells. Raises TypeError for a text, ValueError for a path that is relative."""
    if isinstance(shells, str):
        raise TypeError(f"shells takes a list: shells=[{shells!r}]")
    listed = tuple(shells)
    for shell in listed:
        if not isinstance(shell, str):
            raise TypeError(f"a shell is a name or a path, not {shell!r}")
        if not shell or ("/" in shell and not shell.startswith("/")):
            # The agent chooses the working folder, and so what is there.
            raise ValueError(f"a shell is a plain name or an absolute path, not {shell!r}")
    return listed


def root_of(root: str | os.PathLike[str] | None) -> str | None:
    """Return the root as an absolute path. Raises TypeError, or ValueError for no real folder."""
    if root is None:
        return None
    text = os.fspath(root)
    if not isinstance(text, str):
        raise TypeError(f"root is a str or a path, not {root!r}")
    if not text:
        raise ValueError("root is a folder, not '': write root='.' for the working folder")
    if text.startswith("~"):
        raise ValueError(f"'~' is not expanded: write root=os.path.expanduser({text!r})")
    return os.path.abspath(text)  # noqa: PTH100
