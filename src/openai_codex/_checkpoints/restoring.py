"""Making the files on disk what a snapshot says, so that a kill at any moment can be repaired.

Every method blocks; its caller holds the folder's lock.

1. A journal is written that says from what, to what, and which record the rewind will have.
2. The contents are laid ready in a staging folder inside the covered folder.
3. Files are removed, folders made, contents renamed into place, permissions set.
4. The record is written into the thread's log, and the journal goes (`close`).

Until 4, each path is as it was before or as it is to be, never between. A rewind that finds a
journal goes on to either end (`Restoring.finish`, `Restoring.undo`); paths that are neither were
changed by somebody else since, and stay.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import CheckpointError, RewindBlockedError
from .folder import STAGING, Folder
from .git import Blobs
from .manifest import Entry, Manifest, Plan, plan
from .records import Record, Snapshot

__all__ = ["Journal", "Restored", "Restoring", "new_token"]

_ADVICE = {
    "rewind": "rewind() again, which goes on, or redo(), which goes back",
    "redo": "redo() again, which goes on",
}


@dataclass(frozen=True, slots=True)
class Journal:
    """A rewind under way: its staging folder, both ends, the thread and the record to come."""

    token: str
    before: Snapshot
    target: Snapshot
    thread_id: str
    record: Record

    def to_json(self) -> dict[str, Any]:
        """Return it as it is written on disk."""
        return {
            "token": self.token,
            "before": self.before.to_json(),
            "target": self.target.to_json(),
            "thread_id": self.thread_id,
            "record": self.record.to_json(),
        }

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Journal:
        """Read it from disk."""
        return cls(
            str(fields["token"]),
            Snapshot.from_json(fields["before"]),
            Snapshot.from_json(fields["target"]),
            str(fields["thread_id"]),
            Record.from_json(fields["record"]),
        )


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done: the paths that changed, and folders that could not go."""

    changed: tuple[bytes, ...]
    remaining: tuple[bytes, ...]


class Restoring:
    """Rewinds of one folder."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._journal = folder.state / "journal.json"

    def pending(self) -> Journal | None:
        """Return the journal of a rewind that was broken off, if there is one."""
        try:
            return Journal.from_json(json.loads(self._journal.read_bytes()))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise CheckpointError(
                f"{self._journal} cannot be read; remove it to go on without the rewind in it"
            ) from error

    def restore(self, now: Manifest, then: Manifest, journal: Journal) -> Restored:
        """Change the files from `now` to `then`; raises RewindBlockedError before it does."""
        steps = plan(now, then)
        if steps.is_empty:
            return Restored((), ())
        self._check_way(now, then)
        self._write(journal)
        return self._carried_out(steps, journal)

    def close(self) -> None:
        """Remove the journal, once the record of the rewind is written."""
        self._journal.unlink(missing_ok=True)

    def finish(self, journal: Journal) -> Restored:
        """Go on with a rewind that was broken off, to its target."""
        return self._repair(journal, journal.before, journal.target)

    def undo(self, journal: Journal) -> Restored:
        """Go back on a rewind that was broken off, to where it began."""
        return self._repair(journal, journal.target, journal.before)

    def _repair(self, journal: Journal, start: Snapshot, end: Snapshot) -> Restored:
        self._clear(journal)
        first, last = self._folder.manifest(start), self._folder.manifest(end)
        _, now = self._folder.take(also=last.files)
        theirs = {path for path in now.differing(last) if not _is_ours(path, now, first, last)}
        wanted = _kept(now, last, theirs)
        self._check_way(now, wanted)
        return self._carried_out(plan(now, wanted), journal)

    def _carried_out(self, steps: Plan, journal: Journal) -> Restored:
        root = self._folder.ground.top
        staging = self._folder.ground.folder / f"{STAGING}{journal.token}"
        try:
            self._folder.ground.folder.mkdir(parents=True, exist_ok=True)
            with self._folder.contents() as blobs:
                staged = _Staged(staging, steps, blobs)
                remaining = _Steps(os.fsencode(str(root)), steps).take(staged)
        except OSError as error:
            kind = journal.record.kind
            raise CheckpointError(
                f"the {kind} stopped half-way: {error}. Remove the cause and call {_ADVICE[kind]}"
            ) from error
        self._clear(journal)
        paths = (*steps.removed, *(path for path, _ in steps.written))
        modes = (path for path, _ in steps.permissions)
        folders = (*steps.removed_folders, *steps.made_folders)
        return Restored(tuple(sorted({*paths, *modes, *folders} - set(remaining))), remaining)

    def _write(self, journal: Journal) -> None:
        fresh = self._journal.with_suffix(".new")
        with fresh.open("w", encoding="ascii") as file:
            json.dump(journal.to_json(), file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._journal)

    def _clear(self, journal: Journal) -> None:
        staging = self._folder.ground.folder / f"{STAGING}{journal.token}"
        shutil.rmtree(staging, ignore_errors=True)

    def _check_way(self, now: Manifest, then: Manifest) -> None:
        """Refuse to write where something stands that no snapshot holds."""
        base = os.fsencode(str(self._folder.ground.top)) + b"/"
        blocked = [
            path
            for path in (*then.files, *then.folders)
            if path not in now.files
            and path not in now.folders
            and os.path.lexists(base + path)
            and not (path in then.folders and _is_folder(base + path))
        ]
        for path in now.folders:
            if path in then.files:
                blocked += [p for p in _below(base, path) if p not in now.files | now.folders]
        if blocked:
            raise RewindBlockedError([self._folder.shown(path) for path in sorted(blocked)])


def new_token() -> str:
    """Return a name for a staging folder."""
    return secrets.token_hex(8)


def _is_ours(path: bytes, now: Manifest, first: Manifest, last: Manifest) -> bool:
    """Tell whether a path is as it is at one of the ends, so that nobody else was there."""
    there = now.files.get(path)
    if there is not None:
        return there in (first.files.get(path), last.files.get(path))
    ends = (path in first.folders, path in last.folders)
    if path in now.folders:  # its permissions are the last that is set
        return any(ends)
    return not all(ends) and None in (first.files.get(path), last.files.get(path))


def _kept(now: Manifest, then: Manifest, theirs: set[bytes]) -> Manifest:
    """Return `then`, but as it is now at the paths that are somebody else's."""
    files = {path: entry for path, entry in then.files.items() if path not in theirs}
    folders = {path: mode for path, mode in then.folders.items() if path not in theirs}
    files.update({path: now.files[path] for path in theirs if path in now.files})
    folders.update({path: now.folders[path] for path in theirs if path in now.folders})
    return Manifest(files, folders)


def _is_folder(path: bytes) -> bool:
    return stat.S_ISDIR(os.lstat(path).st_mode)


def _below(base: bytes, folder: bytes) -> Iterator[bytes]:
    """Yield everything below a folder, without following links."""
    with os.scandir(base + folder) as entries:
        for entry in entries:
            path = folder + b"/" + entry.name
            yield path
            if entry.is_dir(follow_symlinks=False):
                yield from _below(base, path)


class _Staged:
    """The contents of a plan, laid ready under numbers in a folder beside what they replace."""

    def __init__(self, folder: Path, steps: Plan, blobs: Blobs) -> None:
        self._folder = os.fsencode(str(folder))
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        for number, (_, entry) in enumerate(steps.written):
            self._lay(self.name(number), entry, blobs)

    def name(self, number: int) -> bytes:
        """Return where the content of a number lies."""
        return b"%s/%d" % (self._folder, number)

    def _lay(self, name: bytes, entry: Entry, blobs: Blobs) -> None:
        if entry.is_symlink:
            os.symlink(blobs.whole(entry.oid), name)
            return
        handle = os.open(
            name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600
        )
        with open(handle, "wb") as file:
            for chunk in blobs.chunks(entry.oid):
                if chunk.count(0) == len(chunk):  # a hole costs no disk
                    file.seek(len(chunk), os.SEEK_CUR)
                else:
                    file.write(chunk)
            file.truncate()
        os.chmod(name, entry.permissions)


class _Steps:
    """Taking the steps of a plan, in a working tree of which the user may do as he likes."""

    def __init__(self, base: bytes, steps: Plan) -> None:
        self._base = base + b"/"
        self._steps = steps
        self._opened: dict[bytes, int] = {}  # folders that we had to make writable

    def take(self, staged: _Staged) -> tuple[bytes, ...]:
        """Take them all; return the folders that could not go."""
        steps = self._steps
        for path in steps.removed:
            self._open_parent(path)
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                os.unlink(self._base + path)
        remaining = tuple(path for path in steps.removed_folders if not self._is_removed(path))
        for path in steps.made_folders:
            self._open_parent(path)
            with contextlib.suppress(FileExistsError):
                os.mkdir(self._base + path, 0o700)
        for number, (path, _) in enumerate(steps.written):
            self._open_parent(path)
            self._move(staged.name(number), self._base + path)
        final = dict(steps.permissions)
        gone = set(steps.removed_folders) - set(remaining)
        for path, mode in self._opened.items():
            if path not in gone:
                final.setdefault(path, mode)
        for path, mode in sorted(final.items(), key=lambda item: -item[0].count(b"/")):
            os.chmod(self._base + path, mode)
        return remaining

    def _is_removed(self, path: bytes) -> bool:
        self._open_parent(path)
        try:
            os.rmdir(self._base + path)
        except FileNotFoundError:
            return True
        except OSError:  # it holds what no snapshot does
            return False
        return True

    def _open_parent(self, path: bytes) -> None:
        """Make the folder above writable, until its own permissions are set at the end."""
        folder = path.rpartition(b"/")[0]
        real = self._base + folder
        if folder and folder not in self._opened and not os.access(real, os.W_OK | os.X_OK):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                self._opened[folder] = stat.S_IMODE(os.lstat(real).st_mode)
                os.chmod(real, self._opened[folder] | 0o700)

    def _move(self, source: bytes, target: bytes) -> None:
        try:
            os.replace(source, target)
        except OSError:
            if os.path.islink(source) or not os.path.isfile(source):
                raise
            # Another file system is mounted below: copy there, then rename.
            beside = target + b".codex-rewind"
            try:
                shutil.copy2(source, beside)
                os.replace(beside, target)
            except OSError:  # as on a full disk
                with contextlib.suppress(OSError):
                    os.unlink(beside)
                raise
