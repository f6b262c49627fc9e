"""The address file of a CODEX_HOME: which runtime listens for it. Readable for its owner alone."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ...connect import Connect
from ..socket.knock import is_listening

__all__ = [
    "Record",
    "connect_to",
    "drop_broken",
    "files_of",
    "forget",
    "home_of",
    "private_file",
    "publish",
    "read_record",
    "remove_socket",
    "socket_of",
]

_FILE = "openai-codex-server.json"
_TOKEN = "openai-codex-server.token"
_LOG = "openai-codex-server.log"
_UNIX = "unix://"
_LONGEST = 64 * 1024


@dataclass(frozen=True)
class Record:
    """A runtime that listens: its address, its process, the file of its token if it has one."""

    address: str
    pid: int
    token_file: str | None = None

    @property
    def connect(self) -> Connect:
        """The way to it."""
        return connect_to(self.address, self.token_file)


def connect_to(address: str, token_file: str | None) -> Connect:
    """Return the way to an address; raises ValueError for one that is none."""
    if address.startswith(_UNIX):
        return Connect.unix(address)
    token = Path(token_file) if token_file is not None else None
    return Connect.websocket(address, token=token)


def socket_of(address: str) -> str | None:
    """Return the path of the socket at an address, None for a port."""
    return address.removeprefix(_UNIX) if address.startswith(_UNIX) else None


def remove_socket(address: str) -> None:
    """Take away the socket that a server left which had no time to, and what it links to."""
    path = socket_of(address)
    if path is None or is_listening(connect_to(address, None)):  # another server was faster
        return
    for place in (os.path.realpath(path), path):
        with contextlib.suppress(OSError):
            if Path(place).is_socket() or Path(place).is_symlink():
                os.unlink(place)  # noqa: PTH108


def home_of(env: Mapping[str, str]) -> Path:
    """Return the CODEX_HOME of a runtime with these variables."""
    return Path(env.get("CODEX_HOME") or Path.home() / ".codex").absolute()


def files_of(home: Path) -> tuple[Path, Path, Path]:
    """Return the files of a server: its address, its token, what it prints."""
    return home / _FILE, home / _TOKEN, home / _LOG


def read_record(home: Path) -> Record | None:
    """Return what the address file says, None where there is none that can be read."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        path = home / _FILE
        if path.stat().st_size < _LONGEST:
            told = json.loads(path.read_text(encoding="utf-8"))
            # A later version may tell more: its server is one all the same.
            known = (each.name for each in fields(Record))
            record = Record(**{name: told[name] for name in known if name in told})
            if isinstance(record.pid, int) and isinstance(record.address, str):
                return record
    return None


def drop_broken(home: Path) -> None:
    """Take away an address file that names no server, such as a power cut leaves.

    A server's own is whole from its first moment on (see `publish`). One that stayed would let no
    server start, and there would be none to stop.
    """
    path = home / _FILE
    if os.access(path, os.R_OK) and read_record(home) is None:
        path.unlink(missing_ok=True)


def publish(home: Path, record: Record) -> bool:
    """Write the address file; returns whether there was none, else another server was faster."""
    fd, name = tempfile.mkstemp(dir=home, prefix=".openai-codex-server")  # for its owner alone
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(json.dumps(asdict(record)))
        os.link(name, home / _FILE)
    except FileExistsError:
        return False
    finally:
        os.unlink(name)  # noqa: PTH108
    return True


def forget(home: Path) -> None:
    """Take away what a server leaves on the disk."""
    for path in files_of(home):
        path.unlink(missing_ok=True)


def private_file(path: Path, text: str = "") -> Path:
    """Make a new file that its owner alone may read."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    return path
