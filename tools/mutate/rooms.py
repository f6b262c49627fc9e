"""Which files a room has, and which tests mirror it."""

from __future__ import annotations

from pathlib import Path

__all__ = ["ROOMS", "mirrors", "sources"]

PACKAGE = Path("src/openai_codex")
# Rooms whose tests bear another name, or more than one; the others have theirs in tests/<room>.
_OTHERS = {
    "_async": (
        "tests/api/_async",
        "tests/asks/_async",
        "tests/budgets/_async",
        "tests/faults/_async",
    ),
    "_checkpoints": ("tests/checkpoints",),
    "_core": ("tests/core",),
    "_drivers": ("tests/drivers",),
    "_schema": ("tests/schema", "tests/tools", "tests/output"),
    "_turns": ("tests/turns", "tests/api/test_params.py", "tests/budgets/_async"),
    "_wire": ("tests/wire",),
    "connect": ("tests/connect/test_ways.py", "tests/connect/_async/test_connecting.py"),
    "display": ("tests/display", "tests/turns/test_display.py", "tests/asks/_async/test_diffs.py"),
    "questions": ("tests/questions", "tests/asks/_async"),
}
_SINGLE = ("_checks", "_failures", "_redaction", "_safe_text", "config", "errors", "retry")
_GENERATED = ("_wire/models", "_wire/calls", "_turns/events.py", "_turns/config_keys.py")
_SHARED = (
    "batch",
    "cli",
    "output",
    "rules",
    "sessions",
    "telemetry",
    "testing",
    "tools",
    "transcript",
)

ROOMS = tuple(sorted([*_OTHERS, *_SHARED, *_SINGLE]))


def sources(root: Path, room: str) -> list[Path]:
    """Return the files of a room that are written by hand, below the root of a checkout."""
    single = root / PACKAGE / f"{room}.py"
    if single.is_file():
        return [single]
    skipped = tuple((root / PACKAGE / name).as_posix() for name in _GENERATED)
    found = sorted((root / PACKAGE / room).rglob("*.py"))
    return [path for path in found if not path.as_posix().startswith(skipped)]


def mirrors(room: str) -> tuple[str, ...]:
    """Return the tests that mirror a room."""
    if room in _SINGLE:
        return (f"tests/test_{room.lstrip('_')}.py",)
    return _OTHERS.get(room, (f"tests/{room}",))
