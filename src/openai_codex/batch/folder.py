"""The folder of a batch: where each file is, how it is written, and who may read and write.

manifest.json          options, sha256 of the tasks, versions
ledger.jsonl           every change of state
lock                   held by the process that writes here
tasks/<id>/            result.json, answer.md, patch.diff, rollout.jsonl
work/                  homes of runtimes and working folders; gone at the end
preds.jsonl, report.html    derived
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import FolderError, FolderInUseError
from .private import opened_private, private_folder

__all__ = ["FORMAT", "Folder", "folder_name", "sync_file", "write_whole"]

PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
FORMAT = 1
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
"""Names that Windows keeps for devices."""


def folder_name(task_id: str, *, folds_case: bool = False) -> str:
    """The name of a task's folder: its id where that is a safe name, else a part of it and a hash.

    Different ids have different names, also where the file system folds upper and lower case.
    """
    is_safe = PLAIN.fullmatch(task_id) and not RESERVED.fullmatch(task_id)
    is_safe = is_safe and not task_id.endswith(".")
    if is_safe and not (folds_case and task_id != task_id.lower()):
        return task_id
    slug = re.sub(r"[^A-Za-z0-9_-]+", "-", task_id).strip("-")[:60] or "task"
    digest = hashlib.sha256(task_id.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{slug}~{digest}"  # no plain name has a tilde


def write_whole(path: Path, data: bytes | str, *, is_derived: bool = False) -> None:
    """Write a file so that a reader sees the old content or the new, never a part of it.

    It is on the disk when this returns, unless it is derived from a file that is.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    # Named for this call alone: other threads and processes may write the same file now.
    fresh = path.with_name(f".{path.name}.{uuid.uuid4().hex}.new")
    try:
        with open(opened_private(fresh, os.O_WRONLY | os.O_TRUNC), "wb") as file:  # noqa: PTH123
            file.write(content)
            if not is_derived:
                file.flush()
                os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise FolderError(path, error.strerror or str(error)) from error


def sync_file(path: Path) -> None:
    """Return once a file that another program wrote is on the disk; an empty one has nothing."""
    if not path.stat().st_size:
        return
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


class Folder:
    """The paths of one batch. Makes nothing until it is asked to."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).expanduser().absolute()
        self.manifest = self.path / "manifest.json"
        self.ledger = self.path / "ledger.jsonl"
        self.lock = self.path / "lock"
        self.tasks = self.path / "tasks"
        self.work = self.path / "work"
        self.preds = self.path / "preds.jsonl"
        self.report = self.path / "report.html"
        self._folds_case = False

    def create(self) -> None:
        """Make the folder; raises FolderError where that cannot be, or for one of other things."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            strangers = [entry for entry in self.path.iterdir() if not _is_ours(entry)]
            if strangers and not self.ledger.exists():
                raise FolderError(self.path, "is not empty, and no folder of a batch")
            private_folder(self.tasks)
            os.close(opened_private(self.ledger, os.O_RDWR))
            self._folds_case = (self.path / "LEDGER.JSONL").exists()
        except OSError as error:
            raise FolderError(self.path, error.strerror or str(error)) from error

    def check(self) -> None:
        """Raise FolderError unless a batch was begun here."""
        if not self.ledger.is_file():
            raise FolderError(self.path, "is no folder of a batch: it has no ledger.jsonl")
        self._folds_case = (self.path / "LEDGER.JSONL").exists()

    def of(self, task_id: str) -> Path:
        """The folder of a task."""
        return self.tasks / folder_name(task_id, folds_case=self._folds_case)

    def workspace(self, task_id: str) -> Path:
        """The place of a task's working folder and what belongs to it."""
        return self.work / "tasks" / folder_name(task_id, folds_case=self._folds_case)

    def read_manifest(self) -> dict[str, Any]:
        """The manifest, empty when there is none yet; raises FolderError for an unknown form."""
        try:
            manifest = json.loads(self.manifest.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            raise FolderError(self.manifest, str(error)) from error
        if not isinstance(manifest, dict) or not isinstance(manifest.get("tasks", {}), dict):
            raise FolderError(self.manifest, "is damaged: it is not a manifest")
        if manifest.get("format", FORMAT) != FORMAT:
            raise FolderError(
                self.manifest,
                f"has the format {manifest['format']!r}, of another version of openai-codex",
            )
        return manifest

    def remove_work(self) -> None:
        """Delete the homes of the runtimes, and the working folders unless some were kept."""
        shutil.rmtree(self.work / "homes", ignore_errors=True)
        for path in (self.work / "tasks", self.work):
            with contextlib.suppress(OSError):
                path.rmdir()

    def has_writer(self) -> bool:
        """Tell whether a batch runs here; of one on another machine the lock's note is believed.

        The lock itself is not tried: a batch that starts at that moment would find it taken.
        """
        try:
            note = self.lock.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return False
        found = _WRITER.fullmatch(note)
        return found is not None and (found["host"] != _host() or _is_alive(int(found["pid"])))

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Be the one writer; raises FolderInUseError while another process that is alive is."""
        try:
            file = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise FolderError(self.lock, error.strerror or str(error)) from error
        try:
            if not _take(file):
                owner = os.pread(file, 200, 0).decode("utf-8", "replace") if _HAS_PREAD else ""
                raise FolderInUseError(self.path, owner or "another process")
            os.ftruncate(file, 0)
            os.write(file, f"process {os.getpid()} on {_host()}".encode())
            try:
                yield
            finally:
                os.ftruncate(file, 0)  # nobody writes here any more
        finally:
            os.close(file)  # the system lets go of the lock, as it does when the process dies


OURS = ("lock", "manifest.json", "preds.jsonl", "report.html")


def _is_ours(entry: Path) -> bool:
    """Tell whether it may be of a batch whose ledger is not there yet, or was just deleted."""
    return entry.name in OURS or (entry.name == "tasks" and not any(entry.iterdir()))


_WRITER = re.compile(r"process (?P<pid>\d{1,10}) on (?P<host>.+)", re.DOTALL)


def _host() -> str:
    return socket.gethostname()


def _is_alive(pid: int) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True


_HAS_PREAD = hasattr(os, "pread")

if os.name == "posix":
    import fcntl

    def _take(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

else:  # pragma: no cover  # Windows

    def _take(file: int) -> bool:
        import msvcrt

        try:
            os.lseek(file, 1 << 30, os.SEEK_SET)  # a byte that is never written
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
            os.lseek(file, 0, os.SEEK_SET)
        except OSError:
            return False
        return True
