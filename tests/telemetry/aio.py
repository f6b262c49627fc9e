"""What tests written once need of asyncio."""

from __future__ import annotations

from tests.budgets.aio import at_once, eventually

__all__ = ["at_once", "eventually"]
