"""Sessions as files: one in a folder per bundle, or one under a path."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .errors import SessionNotFoundError
from .store import check_key, copied

__all__ = ["FileSessionStore", "written_whole"]

_SUFFIX = ".codex-session"


class FileSessionStore:
    """Keeps bundles in a folder, each as a file that is readable for its owner alone."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._folder)!r})"

    def save(self, key: str, bundle: BinaryIO) -> None:
        """Keep a bundle, in place of an older one."""
        path = self._path(key)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with written_whole(path) as file:
            copied(bundle, file)

    def load(self, key: str, into: BinaryIO) -> None:
        """Write the bundle into `into`; raises SessionNotFoundError."""
        try:
            with self._path(key).open("rb") as file:
                copied(file, into)
        except FileNotFoundError as error:
            raise SessionNotFoundError(key) from error

    def keys(self) -> list[str]:
        """Return all keys, sorted."""
        return sorted(path.name[: -len(_SUFFIX)] for path in self._folder.glob(f"*{_SUFFIX}"))

    def delete(self, key: str) -> None:
        """Forget a bundle; of no effect when there is none."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{check_key(key)}{_SUFFIX}"


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file for its owner alone that takes the path's place when it was written whole."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    handle = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
