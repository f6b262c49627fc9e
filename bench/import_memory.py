"""Row 5: memory that a process holds after it imported `Codex, AsyncCodex, CodexConfig`."""

from __future__ import annotations

from row import Figures, Goal, Row, Side, main, ratio
from subject import resident_bytes


def package() -> Figures:
    """Import the package."""
    from openai_codex import AsyncCodex, Codex, CodexConfig  # noqa: F401

    return {"rss": resident_bytes() / 1e6}


def nothing() -> Figures:
    """Import nothing but what measures."""
    return {"rss": resident_bytes() / 1e6}


ROW = Row(
    number=5,
    title="memory after the import",
    how="no runtime; one import in each process",
    sides={"ours": Side(package), "peer": Side(package, "peer"), "floor": Side(nothing)},
    goals=[Goal("of the official", ratio("ours.rss", "peer.rss"), 0.6, 0.4)],
    units={"rss": "MB"},
)

if __name__ == "__main__":
    main(ROW)
