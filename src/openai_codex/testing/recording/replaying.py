"""`replay`: give a client a recording instead of a runtime, and say whether it kept to it.

The client starts a real process and speaks over real pipes; only what answers is recorded.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..._checks import checked_seconds
from . import tape
from .divergence import ReplayDivergedError

if TYPE_CHECKING:
    from datetime import timedelta

    from ...config import AppServerConfig

PLAYER = Path(__file__).with_name("player.py")


@contextmanager
def replay(
    path: str | os.PathLike[str], *, patience: float | timedelta | None = 10.0, **settings: Any
) -> Iterator[AppServerConfig]:
    """Give the config of a client that is answered from the recording at `path`.

    A request that was not recorded fails, ends the connection, and leaving the block raises
    ReplayDivergedError; so it does when something recorded was not asked. A client that waits
    `patience` seconds for what only a recorded message of its own can set going has diverged too.
    `settings` are AppServerConfig's. Raises ValueError for a file that is not a recording.
    """
    from ...config import AppServerConfig

    bound = checked_seconds("patience", patience)
    file = Path(path).absolute()
    tape.read(file)  # fails here, not in the process, when it is not a recording
    with tempfile.TemporaryDirectory(prefix="codex-replay-") as folder:
        report = Path(folder, "report.jsonl")
        argv = (sys.executable, "-I", "-S", str(PLAYER), str(file), str(report), str(bound or 0))
        try:
            yield AppServerConfig(launch_args_override=argv, **settings)
        except Exception as error:
            _check(file, _events(report), only_divergence=True, cause=error)
            raise
        _check(file, _events(report))


def _events(report: Path) -> list[dict[str, Any]]:
    if not report.exists():
        return []
    return [json.loads(line) for line in report.read_text(encoding="utf-8").split("\n") if line]


def _check(
    path: Path,
    events: list[dict[str, Any]],
    *,
    only_divergence: bool = False,
    cause: Exception | None = None,
) -> None:
    for event in events:
        if event["event"] == "diverged":
            raise _error(path, event["text"], event["line"]) from cause
    if only_divergence:
        return
    last: dict[str, Any] = events[-1] if events else {}
    if last.get("event") != "ended":
        what = "was never started" if not events else "is still open: close it inside the block"
        raise _error(path, f"{path.name}: the client of this replay {what}", None)
    if last["unasked"]:
        missing = "".join(f"\n  line {gap['line']}: {gap['method']}" for gap in last["unasked"])
        text = f"{path.name}: the client did not ask all that was recorded:{missing}"
        raise _error(path, text, last["unasked"][0]["line"])


def _error(path: Path, text: str, line: int | None) -> ReplayDivergedError:
    return ReplayDivergedError(text, path=str(path), line=line)
