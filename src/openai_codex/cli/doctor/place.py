"""What is stored: whether the home can be written, and how much is in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from shlex import quote

from .checks import Check

__all__ = ["home_check", "state_check"]

MIB = 1024 * 1024
LARGE_LOG = 512 * MIB
LARGE_STATE = 20 * 1024 * MIB
LITTLE_SPACE = 1024 * MIB


def home_check(home: str) -> Check:
    """Return whether CODEX_HOME can be written to, and has space."""
    if not Path(home).is_dir():
        advice = f"create it, or set CODEX_HOME to a folder that is there: mkdir -p {quote(home)}"
        return Check("sdk.home", "fail", f"{home} is no folder", {"CODEX_HOME": home}, advice)
    free = shutil.disk_usage(home).free
    facts = {"CODEX_HOME": home, "free MiB": free // MIB}
    if not os.access(home, os.W_OK | os.X_OK):
        advice = f"make {home} writable for you, or set CODEX_HOME to a folder that is"
        return Check("sdk.home", "fail", f"{home} cannot be written", facts, advice)
    if free < LITTLE_SPACE:
        advice = "make space, or set CODEX_HOME to another disk"
        return Check("sdk.home", "warn", f"{home}: only {free // MIB} MiB free", facts, advice)
    return Check("sdk.home", "ok", f"{home} can be written, {free // MIB:,} MiB free", facts)


def state_check(home: str) -> Check:
    """Return how much is stored, with advice where that is much."""
    logs = _size(Path(home).glob("logs_*.sqlite*"))
    threads = _size((Path(home) / "sessions").rglob("*"))
    archived = _size((Path(home) / "archived_sessions").rglob("*"))
    facts = {"logs MiB": logs // MIB, "threads MiB": threads // MIB}
    facts["archived threads MiB"] = archived // MIB
    text = f"logs {_shown(logs)}, threads {_shown(threads)}, archived {_shown(archived)}"
    if logs > LARGE_LOG:
        advice = f"stop every codex process, then delete {quote(home)}/logs_*.sqlite*"
        return Check("sdk.state", "warn", text, facts, advice)
    if threads + archived > LARGE_STATE:
        advice = "delete old threads: openai-codex threads list --archived, threads delete"
        return Check("sdk.state", "warn", text, facts, advice)
    return Check("sdk.state", "ok", text, facts)


def _size(paths: Iterable[Path]) -> int:
    return sum(map(_size_of, paths))


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # it went while we looked
        return 0


def _shown(size: int) -> str:
    return f"{size / MIB:.1f} MiB"
