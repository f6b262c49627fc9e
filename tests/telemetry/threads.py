"""What tests written once need of threads."""

from __future__ import annotations

from tests.budgets.threads import at_once, eventually

__all__ = ["at_once", "eventually"]
