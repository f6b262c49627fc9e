"""Writing a bundle. Blocks."""

from __future__ import annotations

import hashlib
import json
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .bundle import MANIFEST, SessionBundle, SessionThread, place_of
from .errors import SessionError
from .names import read_name
from .redacting import Redact, redacted_line
from .rollouts import CompressedError, History

__all__ = ["Export", "Exported", "write_bundle"]


@dataclass(frozen=True, slots=True)
class Exported:
    """A thread that goes into a bundle, as the runtime describes it; `path` is its current file."""

    id: str
    path: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Export:
    """What goes into a bundle: the thread first, then those of its sub-agents."""

    threads: tuple[Exported, ...]
    runtime_version: str | None
    redact: Redact | None = None

    @property
    def thread_id(self) -> str:
        """The thread that is exported."""
        return self.threads[0].id


def write_bundle(home: Path, export: Export, into: BinaryIO) -> SessionBundle:
    """Write the bundle of a thread of this home; raises SessionError and CompressedError.

    Nothing but stored conversations goes in: no login, no settings, no files of a project.
    """
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        threads = [_thread(archive, home, export, thread) for thread in export.threads]
        bundle = SessionBundle(
            thread_id=export.thread_id,
            threads=tuple(threads),
            created_at=time.time(),
            runtime_version=export.runtime_version,
            redacted=export.redact is not None,
        )
        archive.writestr(MANIFEST, json.dumps(bundle.to_json(), indent=1))
    return bundle


def _thread(
    archive: zipfile.ZipFile, home: Path, export: Export, thread: Exported
) -> SessionThread:
    path = _stored_file(home, thread)
    known = read_name(path.name)
    if known is None or known.thread_id != thread.id:
        raise SessionError(f"thread {thread.id} is stored in a file of an unknown name")
    digest, size = hashlib.sha256(), 0
    entry_name = place_of(thread.id, known.whole)
    with archive.open(entry_name, "w", force_zip64=True) as entry:
        for line in History(home, path).lines():
            written = line if export.redact is None else redacted_line(line, export.redact)
            entry.write(written)
            digest.update(written)
            size += len(written)
    name = thread.name
    if name is not None and export.redact is not None:
        name = export.redact(name)
    is_main = thread.id == export.thread_id
    return SessionThread(thread.id, is_main, name, known.whole, size, digest.hexdigest())


def _stored_file(home: Path, thread: Exported) -> Path:
    path = Path(thread.path or "")
    if thread.path is not None and path.is_file() and path.resolve().is_relative_to(home.resolve()):
        return path
    if thread.path is not None and path.with_name(f"{path.name}.zst").is_file():
        raise CompressedError(thread.id)
    raise SessionError(
        f"thread {thread.id} has nothing stored in this home: a thread can be exported after its "
        "first turn, unless it is ephemeral"
    )
