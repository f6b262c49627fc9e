"""What a runtime of a given version silently drops. Reads the table of `since`; knows no message in particular."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from openai_codex._wire.since import SINCE

Lacks = dict[str, dict[str, str]]


def lacking(version: str | None) -> Lacks:
    """Map the methods to the options that this version does not know, and each to a version that does.

    Empty for a version that is not told, or not written as numbers: nothing is refused on a guess.
    """
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", version or "")
    if found is None:
        return {}
    numbers = tuple(map(int, found.groups()))
    lacks: Lacks = {}
    for method, options in SINCE.items():
        for path, (lost_below, known_from) in options.items():
            if numbers < lost_below:
                lacks.setdefault(method, {})[path] = ".".join(map(str, known_from))
    return lacks


def first_lost(params: Mapping[str, Any], options: Mapping[str, str]) -> str | None:
    """Return the first of the options that the params have, or None."""
    return next((path for path in options if any(_values(params, path.split(".")))), None)


def _values(value: Any, steps: list[str]) -> Iterator[bool]:
    """Yield true for each place where the steps lead to something other than null."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _values(item, steps)
    elif isinstance(value, Mapping) and value.get(steps[0]) is not None:
        if len(steps) == 1:
            yield True
        else:
            yield from _values(value[steps[0]], steps[1:])
