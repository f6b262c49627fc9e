"""Corrections of the schema, from repairs.toml. A row that corrects nothing stops the generator."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("repairs.toml")


class Repairs:
    """The rows, and which of them were used."""

    def __init__(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        self._rows = rows
        self._used: list[int] = []
        for kind, entries in rows.items():
            for row in entries:
                if not row.get("reason"):
                    raise SystemExit(
                        f"gen_wire: repairs.toml: a [[{kind}]] row has no reason: {row}"
                    )

    @classmethod
    def load(cls) -> Repairs:
        """Read repairs.toml. Python 3.10 has no parser of its own; pytest brings one there."""
        tomllib = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
        return cls(tomllib.loads(FILE.read_text(encoding="utf-8")))

    def all(self, kind: str) -> list[dict[str, Any]]:
        """All rows of a kind; the caller says `use` for those that changed something."""
        return self._rows.get(kind, [])

    def find(self, kind: str, **keys: str) -> dict[str, Any] | None:
        """The row with these values, marked as used, or None."""
        for row in self.all(kind):
            if all(row.get(key) == value for key, value in keys.items()):
                return self.use(row)
        return None

    def use(self, row: dict[str, Any]) -> dict[str, Any]:
        """Mark a row as used."""
        self._used.append(id(row))
        return row

    def stop_if_stale(self) -> None:
        """Refuse to go on while a row corrects nothing."""
        stale = [
            f"[[{kind}]] {row}"
            for kind, entries in self._rows.items()
            for row in entries
            if id(row) not in self._used
        ]
        if stale:
            raise SystemExit("gen_wire: stale rows in repairs.toml:\n  " + "\n  ".join(stale))
