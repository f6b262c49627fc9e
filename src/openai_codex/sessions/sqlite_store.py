"""Sessions in one SQLite database, with the standard library alone."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from .errors import SessionNotFoundError
from .store import check_key

__all__ = ["SqliteSessionStore"]

_CHUNK = 1 << 20
_SECONDS = 60.0  # to wait for another writer
_TABLES = """
CREATE TABLE IF NOT EXISTS sessions (key TEXT PRIMARY KEY, saved_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS pieces (
    key TEXT NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (key, number)
) WITHOUT ROWID;
"""


class SqliteSessionStore:
    """Keeps bundles in a database file, in pieces, so that none has to fit into memory.

    Threads and processes may share the file; each call opens it for itself.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._path)!r})"

    def save(self, key: str, bundle: BinaryIO) -> None:
        """Keep a bundle, in place of an older one."""
        check_key(key)
        with self._changing() as database:
            database.execute("DELETE FROM pieces WHERE key = ?", (key,))
            number = 0
            while piece := bundle.read(_CHUNK):
                database.execute("INSERT INTO pieces VALUES (?, ?, ?)", (key, number, piece))
                number += 1
            database.execute("INSERT OR REPLACE INTO sessions VALUES (?, ?)", (key, time.time()))

    def load(self, key: str, into: BinaryIO) -> None:
        """Write the bundle into `into`; raises SessionNotFoundError."""
        check_key(key)
        with self._opened() as database:
            database.execute("BEGIN")  # so that all pieces are of one bundle
            if not database.execute("SELECT 1 FROM sessions WHERE key = ?", (key,)).fetchone():
                raise SessionNotFoundError(key)
            query = "SELECT data FROM pieces WHERE key = ? ORDER BY number"
            for (piece,) in database.execute(query, (key,)):
                into.write(piece)

    def keys(self) -> list[str]:
        """Return all keys, sorted."""
        with self._opened() as database:
            rows = database.execute("SELECT key FROM sessions ORDER BY key").fetchall()
        return [str(key) for (key,) in rows]

    def delete(self, key: str) -> None:
        """Forget a bundle; of no effect when there is none."""
        check_key(key)
        with self._changing() as database:
            for table in ("sessions", "pieces"):
                database.execute(f"DELETE FROM {table} WHERE key = ?", (key,))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))  # for its owner alone
        connection = sqlite3.connect(self._path, timeout=_SECONDS, isolation_level=None)
        with closing(connection) as database:
            database.executescript(_TABLES)
            yield database

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._opened() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")
