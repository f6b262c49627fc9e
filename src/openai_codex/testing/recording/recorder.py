"""`record`: write what a client and its runtime say to each other, fit to be kept in git.

It listens and writes at the end; it changes nothing of what is said.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..._core.lines import LineBuffer
from . import tape
from .names import Names, folders
from .order import in_order
from .secrets import hide, secret_values
from .tape import CLIENT, SERVER, Entry

if TYPE_CHECKING:
    from ...config import AppServerConfig

Noted = tuple[str, bytes, float]

LONGEST_LINE = 1 << 40


@contextmanager
def record(
    path: str | os.PathLike[str], config: AppServerConfig | None = None, *, timed: bool = False
) -> Iterator[AppServerConfig]:
    """Give the config of a client whose session is written to `path` when the block ends.

    Use it for one client. Keys, tokens, codes and environments are hidden; ids, ports, folders and
    times are named, so that the same session gives the same file. `timed` keeps the times, and adds
    the milliseconds since the first message. Raises ValueError when no client used the config.
    """
    from ...config import AppServerConfig

    config = config or AppServerConfig()
    recorder = Recorder(config)
    try:
        yield replace(config, wire_tap=recorder)
    except BaseException:
        if recorder.has_begun:
            recorder.write(Path(path), timed=timed)
        raise
    recorder.write(Path(path), timed=timed)


class Recorder:
    """Collector of the lines of one connection; serves as its `wire_tap`."""

    def __init__(self, config: AppServerConfig) -> None:
        self._config = config
        self._passing_on = config.wire_tap
        self._noting = threading.Lock()  # guards all below: both directions may come at once
        self._noted: list[Noted] = []
        self._lines = LineBuffer(limit=LONGEST_LINE)

    def __call__(self, direction: str, data: bytes) -> None:
        """Take what the client sent (`>`, whole lines) or the runtime wrote (`<`, any pieces)."""
        if self._passing_on is not None:
            self._passing_on(direction, data)
        now = time.monotonic()
        with self._noting:
            if direction == CLIENT:
                self._begin_at(data)
                self._noted.append((CLIENT, data, now))
            else:
                lines = (line for line in self._lines.feed(data) if isinstance(line, bytes))
                self._noted += [
                    (SERVER, line.rstrip(b"\n"), now) for line in lines if line != b"\n"
                ]

    @property
    def has_begun(self) -> bool:
        """Tell whether anything was said."""
        return bool(self._noted)

    def write(self, path: Path, *, timed: bool) -> None:
        """Write the recording; raises ValueError when there is none."""
        with self._noting:
            noted = list(self._noted)
        if not noted:
            raise ValueError(f"nothing to record in {path}: no client used the config")
        entries = self._fit_for_git(noted, timed=timed)
        tape.write(path, entries, runtime=_runtime(entries))

    def _begin_at(self, line: bytes) -> None:
        """Forget a connection that never came up: the client tries again by itself."""
        if json.loads(line).get("method") == "initialize" and self._noted:
            if any(direction == SERVER for direction, _, _ in self._noted):
                raise ValueError("a recording is of one client: make another for the next client")
            self._noted.clear()

    def _fit_for_git(self, noted: list[Noted], *, timed: bool) -> list[Entry]:
        known = secret_values(os.environ, self._config.env or {})
        begin = noted[0][2]
        entries = [
            Entry(number, sender, hide(_parsed(line), known), _ms(at - begin) if timed else None)
            for number, (sender, line, at) in enumerate(noted)
        ]
        entries = in_order(entries)
        names = Names(entries, self._folders(entries), timed=timed)
        return [replace(entry, message=names.of(entry.message)) for entry in entries]

    def _folders(self, entries: list[Entry]) -> dict[str, str]:
        environment = {**os.environ, **(self._config.env or {})}
        homes = (_result(entry).get("codexHome") for entry in entries)
        return folders(
            cwd=self._config.cwd or str(Path.cwd()),
            codex_home=next(filter(None, homes), environment.get("CODEX_HOME")),
            home=environment.get("HOME") or str(Path.home()),
        )


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return line.decode("utf-8", "replace")


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _result(entry: Entry) -> dict[str, Any]:
    result = entry.message.get("result") if isinstance(entry.message, dict) else None
    return result if isinstance(result, dict) else {}


def _runtime(entries: list[Entry]) -> str:
    agents = (str(_result(entry).get("userAgent", "")) for entry in entries)
    return next(filter(None, agents), "").partition("/")[2]
