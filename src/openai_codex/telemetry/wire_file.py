"""A `wire_tap` that writes what passes into a file: whole lines, redacted, and never too much."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from weakref import finalize

from .._checks import check_count, check_path
from .._locks import signal_lock
from .._redaction import redact

__all__ = ["WireLog", "wire_log"]

LONGEST_LINE = 16 << 20
"""Bytes of a line that are kept while it comes in pieces; the rest of it is left out."""

_CUT = b" ... cut\n"


def wire_log(
    path: str | os.PathLike[str], *, max_bytes: int | None = 16 << 20, backups: int = 3
) -> WireLog:
    """Return a `wire_tap` that writes every message that passes to a file, one in a line.

    path       the file, readable for you alone; what it holds already stays
    max_bytes  when it would have more, it becomes `path.1`, and a new one begins; None is never
    backups    how many older files are kept: `path.1` is the newest

    What looks like a secret is redacted, which is a net and no wall: prompts, answers and output
    are in it. Raises OSError where the file cannot be opened; one that cannot be written to later
    is told on the log `openai_codex.wire`, once.
    """
    check_path("path", path)
    if max_bytes is not None:
        check_count("max_bytes", max_bytes, least=1)
    check_count("backups", backups, least=0)
    return WireLog(Path(path), max_bytes=max_bytes, backups=backups)


class WireLog:
    """A file of what passes, made by `wire_log`; `close()`, or leaving its block, closes it."""

    def __init__(self, path: Path, *, max_bytes: int | None, backups: int) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._backups = backups
        self._writing = signal_lock()  # both ways are tapped, from several threads
        self._pieces: dict[str, bytearray] = {"<": bytearray(), ">": bytearray()}
        self._size = 0
        self._file = self._open()

    def __call__(self, direction: str, data: bytes) -> None:
        """Take bytes that pass; see `AppServerConfig.wire_tap`."""
        with self._writing:
            pieces = self._pieces[direction]
            head, newline, tail = data.rpartition(b"\n")
            if newline:
                for line in (bytes(pieces) + head).split(b"\n"):
                    self._write(direction, line)
                pieces.clear()
            if len(pieces) < LONGEST_LINE:
                pieces += tail

    def __enter__(self) -> WireLog:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"WireLog({str(self.path)!r})"

    def close(self) -> None:
        """Close the file; what comes later is dropped. Idempotent."""
        with self._writing:
            self._file()

    def _write(self, direction: str, line: bytes) -> None:
        if not self._file.alive or not line.strip():
            return
        when = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        text = redact(line.decode("utf-8", "replace"))
        out = f"{when} {direction} {text}\n".encode()
        if self._max_bytes is not None and self._size and self._size + len(out) > self._max_bytes:
            self._rotate()
        if self._max_bytes is not None and len(out) > self._max_bytes:
            out = out[: max(0, self._max_bytes - len(_CUT))] + _CUT
        left = memoryview(out)
        while left:
            left = left[os.write(self._descriptor, left) :]
        self._size += len(out)

    def _open(self) -> finalize[Any, Any]:
        """Open the file; what is returned closes it, once, when nobody has the log any more."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        descriptor = os.open(self.path, flags, 0o600)
        try:
            os.chmod(self.path, 0o600)  # noqa: PTH101  # one that was there may be open to others
            self._size = os.fstat(descriptor).st_size
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return finalize(self, os.close, descriptor)

    def _rotate(self) -> None:
        self._file()
        names = [self.path, *(Path(f"{self.path}.{n}") for n in range(1, self._backups + 1))]
        for older, newer in zip(reversed(names), reversed(names[:-1]), strict=False):
            if newer.exists():
                newer.replace(older)
        if not self._backups:
            self.path.unlink(missing_ok=True)
        self._file = self._open()
