"""What of a class is worth showing: its own public methods and properties, an enum's choices."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from enum import Enum
from functools import cached_property
from typing import Any

from openai_codex import Question

__all__ = ["Member", "bases_of", "choices_of", "is_constructed_by_users", "members_of"]

# Users get these from the client; how they are made is not their business.
HANDED_OUT = (
    "Exec",
    "Files",
    "FileWatch",
    "Settings",
    "Skills",
    "Mcp",
    "Thread",
    "TurnHandle",
    "LoginHandle",
    "Questions",
    "Notification",
    "Script",
    "Gate",
)


@dataclasses.dataclass(frozen=True)
class Member:
    """Hold a method or property: its name, the function behind it, and the word before it."""

    name: str
    function: Any
    kind: str  # "def", "async def", "property", "classmethod", "staticmethod"


def members_of(cls: type) -> Iterator[Member]:
    """Yield the public members that the class, or a private base of it, defines, in their order."""
    seen: set[str] = set()
    for home in (cls, *(base for base in cls.__mro__[1:] if base.__name__.startswith("_"))):
        for name, value in vars(home).items():
            member = _member(name, value)
            if member is not None and name not in seen:
                seen.add(name)
                yield member


def _member(name: str, value: Any) -> Member | None:
    if name.startswith("_"):
        return None
    if isinstance(value, property):
        return Member(name, value.fget, "property")
    if isinstance(value, cached_property):
        return Member(name, value.func, "property")
    if isinstance(value, (classmethod, staticmethod)):
        return Member(name, value.__func__, type(value).__name__)
    if not inspect.isfunction(value):
        return None
    is_async = inspect.iscoroutinefunction(value)
    return Member(name, value, "async def" if is_async else "def")


def bases_of(cls: type) -> list[str]:
    """Return the names of the bases that a reader may want to know."""
    return [base.__name__ for base in cls.__bases__ if issubclass(base, (BaseException, Question))]


def choices_of(cls: type) -> list[tuple[str, str]]:
    """Return an enum's choices and their values; nothing for another class."""
    if not issubclass(cls, Enum):
        return []
    return [(choice.name, repr(choice.value)) for choice in cls]


def is_constructed_by_users(cls: type) -> bool:
    """Tell whether the constructor is part of the interface."""
    return not (
        cls.__name__.endswith(HANDED_OUT)
        or issubclass(cls, (str, dict, Enum, BaseException, Question))
    )
