"""Whether a live message is the recorded one, and what the names in the recording stand for. Pure.

Rule 1: a name that comes first from the runtime stands for its default; one that comes first from
the client stands for what the client said; from then on it stands for the same everywhere.
Rule 2: what was hidden when it was recorded matches any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from ..._redaction import HIDDEN
from .names import PLACE

_PIECE = re.compile(rf"{PLACE.pattern}|{re.escape(HIDDEN)}")


class _Absent:
    """What stands for a value that one of two messages lacks; no message has it."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT = _Absent()


@dataclass(frozen=True)
class Difference:
    """Where two messages differ first, such as `params.input[0].text`."""

    where: str
    expected: Any
    got: Any


class Bindings:
    """What each name stands for in this replay."""

    def __init__(self, defaults: Mapping[str, str]) -> None:
        self._defaults = defaults
        self._known: dict[str, str] = {}

    def copy(self) -> Bindings:
        """Return bindings to try something with."""
        fresh = Bindings(self._defaults)
        fresh._known = dict(self._known)
        return fresh

    def exchanged(self, one: str, other: str) -> Bindings:
        """Return bindings in which two names, such as `<<T1>>`, have each other's values."""
        fresh = self.copy()
        first, second = (PLACE.sub(r"\1", name) for name in (one, other))
        values = self._value(second), self._value(first)
        fresh._known[first], fresh._known[second] = values
        return fresh

    def current(self, text: str) -> str | None:
        """Return what the text stands for, or None while that is open."""
        names = [found[1] for found in PLACE.finditer(text)]
        return self._filled(text) if all(name in self._known for name in names) else None

    def fill(self, value: Any) -> Any:
        """Return the recorded value with every name replaced by what it stands for."""
        if isinstance(value, dict):
            return {self._filled(key): self.fill(value[key]) for key in value}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        return self._filled(value) if isinstance(value, str) else value

    def difference(self, recorded: Any, live: Any, where: str = "") -> Difference | None:
        """Return the first difference, or None and learn what new names stand for."""
        return next(self._differences(recorded, live, where), None)

    def _differences(self, recorded: Any, live: Any, where: str) -> Iterator[Difference]:
        if isinstance(recorded, dict) and isinstance(live, dict):
            for key in sorted({*recorded, *live}):
                inner = f"{where}.{key}" if where else key
                yield from self._differences(
                    recorded.get(key, ABSENT), live.get(key, ABSENT), inner
                )
        elif isinstance(recorded, list) and isinstance(live, list):
            pairs = zip_longest(recorded, live, fillvalue=ABSENT)
            for place, (mine, theirs) in enumerate(pairs):
                yield from self._differences(mine, theirs, f"{where}[{place}]")
        elif not self._same(recorded, live):
            yield Difference(where, self.fill(recorded), live)

    def _same(self, recorded: Any, live: Any) -> bool:
        if isinstance(recorded, str) and isinstance(live, str):
            return self._same_text(recorded, live)
        return type(recorded) is type(live) and bool(recorded == live)

    def _same_text(self, recorded: str, live: str) -> bool:
        opened: list[str] = []
        parts, end = [], 0
        for piece in _PIECE.finditer(recorded):
            parts += [re.escape(recorded[end : piece.start()]), self._wanted(piece[1], opened)]
            end = piece.end()
        pattern = "".join([*parts, re.escape(recorded[end:])])
        found = re.fullmatch(pattern, live, re.DOTALL)
        if found:
            self._known.update({name: found[name] for name in opened})
        return found is not None

    def _wanted(self, name: str | None, opened: list[str]) -> str:
        if name is None:
            return ".*"
        if name in self._known:
            return re.escape(self._known[name])
        if name in opened:
            return f"(?P={name})"
        opened.append(name)
        return f"(?P<{name}>.+?)"

    def _filled(self, text: str) -> str:
        return PLACE.sub(lambda found: self._value(found[1]), text)

    def _value(self, name: str) -> str:
        kind = name.rstrip("0123456789")
        return self._known.setdefault(name, self._defaults.get(kind, name))
