"""The mutants that nobody could notice, each with its reason, from `known.toml`."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .mutants import Mutant

__all__ = ["Known"]


@dataclass(frozen=True)
class Known:
    """What is left out of the draw."""

    rows: tuple[dict[str, Any], ...]

    @classmethod
    def load(cls, root: Path) -> Known:
        """Read the list; raises SystemExit for a row whose code is gone."""
        text = Path(__file__).with_name("known.toml").read_text(encoding="utf-8")
        tomllib = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
        rows = tomllib.loads(text).get("same", [])
        for row in rows:
            if row["where"] not in (root / row["path"]).read_text(encoding="utf-8"):
                raise SystemExit(f"mutate: known.toml: no such code any more: {row}")
        return cls(tuple(rows))

    def has(self, path: Path, mutant: Mutant) -> bool:
        """Tell whether a mutant is on the list."""
        asked = (path.as_posix(), mutant.where, mutant.before, mutant.after)
        names = ("path", "where", "before", "after")
        return any(tuple(row[name] for name in names) == asked for row in self.rows)
