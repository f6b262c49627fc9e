"""In which environments a stored thread worked, as its file says. Reads only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from .environment import LOCAL

__all__ = ["environments_in", "stored_environments"]

_STATE = b'"type":"world_state"'  # inside a text the quotes are escaped, so it stands for itself
_BEFORE_TYPE = 256  # bytes of a line before its type ends
_CHUNK, _LONGEST = 1 << 18, 1 << 20
_WHOLE, _HEAD, _TAIL = 32 << 20, 1 << 20, 4 << 20
_DAY = timedelta(days=1)


def stored_environments(home: object, thread_id: str) -> tuple[str, ...] | None:
    """Return the environments in which a thread of this home worked, () for its own machine.

    None means that its file is not here, or cannot be read.
    """
    if not isinstance(home, str) or not re.fullmatch(r"[0-9a-fA-F-]{36}", thread_id):
        return None
    for path in _files(Path(home), thread_id):
        found = environments_in(path)
        if found is not None:
            return found
    return None


def environments_in(path: Path) -> tuple[str, ...] | None:
    """Return the environments that a thread's file names, () for the runtime's own machine.

    Of a file that is longer than `_WHOLE` its beginning and its end are looked at.
    """
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            if file.read(1) != b"{":  # compressed: resuming it unpacks it
                return None
            state: dict[str, Any] = {}
            for start, end in _parts(size):
                for change in _states(file, start, end):
                    state = change if change.pop("\0full") else _merged(state, change)
    except (OSError, ValueError):
        return None
    names = state.get("environments")
    return () if not isinstance(names, dict) or LOCAL in names else tuple(names)


def _parts(size: int) -> tuple[tuple[int, int], ...]:
    return ((0, size),) if size <= _WHOLE else ((0, _HEAD), (size - _TAIL, size))


def _files(home: Path, thread_id: str) -> Iterator[Path]:
    """Yield the files of a thread: where its id says that it began, then wherever they are."""
    began = datetime.fromtimestamp(int(thread_id.replace("-", "")[:12], 16) / 1000)
    name = f"rollout-*{thread_id}*"
    for day in (began, began - _DAY, began + _DAY):  # its day is of the runtime's time zone
        yield from (home / "sessions" / day.strftime("%Y/%m/%d")).glob(name)
    yield from (home / "archived_sessions").glob(name)


def _states(file: IO[bytes], start: int, end: int) -> Iterator[dict[str, Any]]:
    for line in _lines(file, start, end):
        if _STATE not in line[:_BEFORE_TYPE]:
            continue
        payload = json.loads(line).get("payload")
        state = payload.get("state") if isinstance(payload, dict) else None
        told = state.get("environments") if isinstance(state, dict) else None
        if isinstance(told, dict) and isinstance(told.get("environments"), dict):
            yield {"environments": told["environments"], "\0full": payload.get("full") is True}


def _lines(file: IO[bytes], start: int, end: int) -> Iterator[bytes]:
    """Yield the whole lines of a part of a file; those that are too long to be a state go."""
    file.seek(start)
    left, begun, is_cut = end - start, b"", start > 0
    while left > 0 and (data := file.read(min(_CHUNK, left))):
        left -= len(data)
        begun += data
        if _STATE in begun:
            *whole, begun = begun.split(b"\n")
            yield from whole[is_cut:]
            is_cut = is_cut and not whole
        elif (last := begun.rfind(b"\n")) >= 0:  # mostly; to cut lines costs ten times as much
            begun, is_cut = begun[last + 1 :], False
        if len(begun) > _LONGEST:
            begun, is_cut = b"", True


def _merged(state: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Return a state with a change in it, where null takes out (JSON merge patch)."""
    both = {**state.get("environments", {}), **change["environments"]}
    return {"environments": {name: told for name, told in both.items() if told is not None}}
