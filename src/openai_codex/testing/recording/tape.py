"""The file: one JSON object a line, keys sorted; a head, then every message with its direction.

    {"recording": 1, "runtime": "0.163.0"}
    {">": {"id": 0, "method": "initialize", "params": {...}}}
    {"<": {"id": 0, "result": {...}}}

`>` is what the client sent. `"ms"` beside it counts from the first message, if that was asked for.
A line of the runtime that was not JSON is kept as a string. It reads and writes; it judges nothing.
"""

from __future__ import annotations

import errno
import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VERSION = 1
CLIENT, SERVER = ">", "<"


@dataclass(frozen=True)
class Entry:
    """One message: its line in the file, who sent it, and what it says."""

    line: int
    sender: str
    message: Any
    ms: int | None = None

    @property
    def method(self) -> str | None:
        """The method of a request or notification; None for an answer or reply."""
        return self.message.get("method") if isinstance(self.message, dict) else None

    @property
    def id(self) -> Any:
        """The id of a request, a question, or of what replies to it."""
        return self.message.get("id") if isinstance(self.message, dict) else None

    @property
    def is_from_client(self) -> bool:
        """Tell whether the client sent it."""
        return self.sender == CLIENT


def write(path: Path, entries: Iterable[Entry], *, runtime: str) -> None:
    """Replace the file at once, so that a crash leaves the old one; nobody else may read it.

    What was said may be private. A symlink in its place is replaced and not followed, and the file
    that is written beside it is new: neither can lead to a file of another's choice.
    """
    lines = [_line({"recording": VERSION, "runtime": runtime})]
    lines += [_line(_body(entry)) for entry in entries]
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, fresh = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # 0600, new
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:  # noqa: PTH123
            file.writelines(lines)
        Path(fresh).replace(path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise


def read(path: Path) -> list[Entry]:
    """Read every message; raises `ValueError` that names the line when it is not a recording."""
    if not path.exists():
        told = "no recording is there; make it with record(path), or `pytest --codex-record`"
        raise FileNotFoundError(errno.ENOENT, told, str(path))
    with path.open(encoding="utf-8") as file:
        head, *lines = [_parse(path, number, text) for number, text in enumerate(file, 1)] or [{}]
    if head.get("recording") != VERSION:
        raise ValueError(f"{path}:1: not a recording of version {VERSION}")
    return [_entry(path, number, body) for number, body in enumerate(lines, 2)]


def _body(entry: Entry) -> dict[str, Any]:
    body = {entry.sender: entry.message}
    return body if entry.ms is None else {**body, "ms": entry.ms}


def _line(body: dict[str, Any]) -> str:
    return json.dumps(body, sort_keys=True, ensure_ascii=False) + "\n"


def _parse(path: Path, number: int, text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{path}:{number}: not JSON: {error}") from error
    if not isinstance(body, dict):
        raise ValueError(f"{path}:{number}: not an object")
    return body


def _entry(path: Path, number: int, body: dict[str, Any]) -> Entry:
    for sender in (CLIENT, SERVER):
        if sender in body:
            return Entry(number, sender, body[sender], body.get("ms"))
    raise ValueError(f"{path}:{number}: neither {CLIENT!r} nor {SERVER!r}")
