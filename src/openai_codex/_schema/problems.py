"""A failed validation as lines that a model or a person can act on. Holds no pydantic objects."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

__all__ = ["Problem", "listed", "problems_of"]

SHOWN_PROBLEMS = 20
SHOWN_CHARS = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one value; `path` is where it is, "" for the whole."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


def problems_of(error: ValidationError, *, known: Iterable[str] = ()) -> tuple[Problem, ...]:
    """Return one problem for each error; `known` are the fields that the top level may have."""
    details = error.errors(include_url=False, include_context=False)
    expected = ", ".join(known)
    return tuple(Problem(_path(detail["loc"]), _message(detail, expected)) for detail in details)


def listed(problems: Iterable[Problem | str]) -> str:
    """Return the problems as lines that start with "- ", the first twenty of them."""
    lines = [f"- {problem}" for problem in problems]
    rest = len(lines) - SHOWN_PROBLEMS
    return "\n".join(lines[:SHOWN_PROBLEMS] + ([f"- and {rest} more"] if rest > 0 else []))


def _path(loc: tuple[int | str, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return text.removeprefix(".")


def _message(detail: ErrorDetails, expected: str) -> str:
    if detail["type"] == "missing":
        return "required, but missing"
    if detail["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        at_top = expected and len(detail["loc"]) == 1
        return f"unknown, expected only: {expected}" if at_top else "unknown field"
    return f"{detail['msg']}, got {_shown(detail['input'])}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…"
