"""The checkpoints of one thread: made, listed, compared, gone back to.

Every method blocks. Nothing here knows the runtime: the caller brings the thread's folder and its
newest turn, and cuts the conversation.
"""

from __future__ import annotations

import logging
import os
import secrets
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .blame import foreign_paths, live_records, shared_paths, undone_stack
from .errors import CheckpointNotFoundError, FilesChangedError
from .folder import Folder
from .git import find_git
from .ground import Ground, find_ground
from .log import Log
from .manifest import Manifest
from .records import Changes, Checkpoint, Coverage, Record, Snapshot
from .restoring import Journal, Restored, Restoring, new_token

__all__ = ["Keeper", "Moment", "Move"]

_log = logging.getLogger("openai_codex.checkpoints")

_MARKS = ("mark", "turn")


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known of a thread at one moment: its folder, and its newest turn or None."""

    cwd: str
    last: str | None
    is_running: bool = False  # the newest turn


@dataclass(frozen=True, slots=True)
class Move:
    """A move of the files from one snapshot to another: its record, and what was done."""

    record: Record
    changed: tuple[str, ...]
    remaining: tuple[str, ...]


class Keeper:
    """Keeps the checkpoints of a thread, under a folder of state that all threads share."""

    def __init__(self, home: Path, thread_id: str) -> None:
        find_git()
        self._home = home
        ours = home / "python-sdk"
        ours.mkdir(mode=0o700, exist_ok=True)  # what is kept may be secret
        self._state = ours / "checkpoints"
        self._thread_id = thread_id
        self._log = Log(self._state, thread_id)
        self._folders: dict[Ground, Folder] = {}

    # --- making and looking ------------------------------------------------------------------

    def mark(self, moment: Moment, *, kind: str, name: str | None = None) -> Checkpoint:
        """Keep the files as they are now, under a record of this kind."""
        folder = self._folder(find_ground(moment.cwd))
        with folder.locked():
            self._repair(folder)
            snapshot, _ = folder.take()
            record = _record(kind, last=moment.last, snapshot=snapshot, name=name)
            self._log.append(record)
        return self._shown(record)

    def void(self, checkpoint: Checkpoint) -> None:
        """Forget a checkpoint whose turn was refused."""
        self._log.append(_record("void", of=checkpoint.id))

    def checkpoints(self) -> list[Checkpoint]:
        """Return all that can be gone back to, the oldest first."""
        return [self._shown(record) for record in self._live() if record.kind in _MARKS]

    def find(self, mark: Checkpoint | str) -> Record:
        """Return the record of a checkpoint, of its id, or of the newest with this name."""
        wanted = mark.id if isinstance(mark, Checkpoint) else mark
        marks = [record for record in self._live() if record.kind in _MARKS]
        found = [r for r in marks if r.id == wanted] or [r for r in marks if r.name == wanted]
        if not found:
            raise CheckpointNotFoundError(f"thread {self._thread_id} has no checkpoint {wanted!r}")
        return found[-1]

    def changes(self, mark: Checkpoint | str) -> Changes:
        """Return what differs from a checkpoint to now."""
        then = _snapshot(self.find(mark))
        folder = self._folder(_ground(then))
        with folder.locked():
            now, files = folder.take()
            return Changes(
                files=folder.changed(folder.manifest(then), files),
                patch=folder.patch(then, now),
                coverage=Coverage(now.folder, now.left_out),
            )

    # --- going back and forth ----------------------------------------------------------------

    def rewind(
        self, mark: Record, moment: Moment, *, files: bool, left: str | None, force: bool
    ) -> Move:
        """Bring the files of a checkpoint back, or only note a rewind of the conversation.

        `left` is the newest turn that the conversation will have. Raises FilesChangedError and
        RewindBlockedError, before anything is touched.
        """
        folder = self._folder(_ground(_snapshot(mark)))
        with folder.locked():
            self._repair(folder)
            record = _record("rewind", last=moment.last, left=left, of=mark.id)
            target = _snapshot(mark) if files else None
            return self._move(folder, mark, record, target, force=force)

    def redo(self, moment: Moment, *, force: bool) -> Move:
        """Bring back the files of before the last rewind; raises CheckpointNotFoundError."""
        broken = self._broken_off(moment) or self._half_done()
        if broken is not None:
            return broken
        rewind = self.undoable()
        before = _before(rewind)
        folder = self._folder(_ground(before))
        with folder.locked():
            left = moment.last if self.cut_of(rewind.id) is None else rewind.last
            record = _record("redo", last=moment.last, left=left, of=rewind.id)
            target = None if before.is_same(_snapshot(rewind)) else before
            return self._move(folder, rewind, record, target, force=force)

    def undoable(self) -> Record:
        """Return the rewind that `redo` would undo; raises CheckpointNotFoundError."""
        stack = undone_stack(self._live())
        if not stack:
            raise CheckpointNotFoundError(
                f"thread {self._thread_id} has nothing to redo: a rewind can be undone until the "
                "next turn begins"
            )
        return stack[-1]

    def put_back(self, move: Move, moment: Moment, *, cut: str) -> None:
        """Undo a move whose other half, to cut the conversation at a turn, was refused."""
        self.note_cut(move.record, copy=None, cut=cut)
        before = _before(move.record)
        folder = self._folder(_ground(before))
        with folder.locked():
            record = _record("redo", last=moment.last, left=moment.last, of=move.record.id)
            self._move(folder, move.record, record, before, force=True)

    def note_cut(self, record: Record, *, copy: str | None, cut: str) -> None:
        """Note that the conversation is cut at a turn, and where the whole of it is kept."""
        self._log.append(_record("cut", of=record.id, copy=copy, cut=cut))

    def cut_of(self, rewind_id: str | None) -> Record | None:
        """Return what was noted of the conversation of a rewind, or None."""
        cuts = [r for r in self._log.records() if r.kind == "cut" and r.of == rewind_id]
        return cuts[-1] if cuts else None

    def hand_over(self, thread_id: str) -> Keeper:
        """Return the keeper of a thread that goes on in place of this one, with its records."""
        heir = Keeper(self._home, thread_id)
        heir._log.append(*self._log.records())
        heir._folders = self._folders
        return heir

    # --- internals ---------------------------------------------------------------------------

    def _move(
        self, folder: Folder, since: Record, record: Record, target: Snapshot | None, *, force: bool
    ) -> Move:
        if target is None:
            before, _ = folder.take()
            record = replace(record, snapshot=before, before=before)
            self._log.append(record)
            return Move(record, (), ())
        then = folder.manifest(target)
        before, now = folder.take(also=then.files)
        record = replace(record, snapshot=target, before=before)
        if record.kind == "rewind" and not now.differing(then):
            return self._already_there(record)
        if not force:
            self._check_others(folder, since, now, then, record)
        journal = Journal(new_token(), before, target, self._thread_id, record)
        restoring = Restoring(folder)
        done = restoring.restore(now, then, journal)
        self._log.append(record)
        restoring.close()
        folder.take()  # so that git has looked at what was written
        return _moved(folder, record, done)

    def _already_there(self, record: Record) -> Move:
        """Note a rewind that finds its files in place, perhaps because one was broken off."""
        latest = self._live()[-1]
        is_again = (latest.kind, latest.of, latest.last) == ("rewind", record.of, record.last)
        if is_again and latest.left == record.left:
            return Move(latest, (), ())
        if is_again or record.left != record.last:  # the last may have left other turns
            self._log.append(record)
        return Move(record, (), ())

    def _check_others(
        self, folder: Folder, since: Record, now: Manifest, then: Manifest, record: Record
    ) -> None:
        records = self._live()
        start = next(i for i, each in enumerate(records) if each.id == since.id)
        here = replace(record, snapshot=record.before, before=None)
        others = map(live_records, self._log.others(since=since.at))

        def read(snapshot: Snapshot) -> Manifest:
            its = self._folder(_ground(snapshot))
            with its.held_by(folder):
                return its.manifest(snapshot)

        theirs = foreign_paths(records[start:], here, read)
        theirs |= shared_paths(records[start:], here, others, read)
        lost = sorted(path for path in theirs if not now.is_same_at(path, then))
        if lost:
            raise FilesChangedError([folder.shown(path) for path in lost])

    def _repair(self, folder: Folder) -> None:
        """Finish a rewind that was broken off here, whichever thread's and folder's it was.

        Folders with the same top have one journal, and each its own part of the files.
        """
        journal = Restoring(folder).pending()
        if journal is not None:
            its = self._folder(_ground(journal.target))
            _log.warning("finishing a rewind that was broken off in %s", its.ground.folder)
            with its.held_by(folder):
                self._finished(its, journal)

    def _finished(self, folder: Folder, journal: Journal) -> Move:
        restoring = Restoring(folder)
        done = restoring.finish(journal)
        log = Log(self._state, journal.thread_id)
        if not log.has(journal.record.id):
            log.append(journal.record)
        restoring.close()
        return _moved(folder, journal.record, done)

    def _broken_off(self, moment: Moment) -> Move | None:
        """End with the files of before a rewind of this thread that was broken off, if any was.

        So a redo that was broken off goes on.
        """
        folder = self._folder(find_ground(moment.cwd))
        with folder.locked():
            journal = Restoring(folder).pending()
            if journal is None or journal.thread_id != self._thread_id:
                return None
            its = self._folder(_ground(journal.target))
            with its.held_by(folder):
                if journal.record.kind == "redo":
                    return self._finished(its, journal)
                return self._undone(its, journal, moment)

    def _undone(self, folder: Folder, journal: Journal, moment: Moment) -> Move:
        restoring = Restoring(folder)
        done = restoring.undo(journal)
        record = _record(
            *("redo",),
            last=moment.last,
            left=journal.record.last,
            of=journal.record.id,
            before=journal.target,
            snapshot=journal.before,
        )
        begun = [] if self._log.has(journal.record.id) else [journal.record]
        self._log.append(*begun, record)
        restoring.close()
        return _moved(folder, record, done)

    def _half_done(self) -> Move | None:
        """Return the newest redo if its files are back, but not yet its conversation.

        The copy that has the conversation takes this log over, so a log that is still another
        thread's shows it.
        """
        moves = [record for record in self._live() if record.kind in ("turn", "rewind", "redo")]
        if not moves or moves[-1].kind != "redo":
            return None
        cut = self.cut_of(moves[-1].of)
        is_due = cut is not None and cut.copy not in (None, self._thread_id)
        return Move(moves[-1], (), ()) if is_due else None

    def _folder(self, ground: Ground) -> Folder:
        if ground not in self._folders:
            self._folders[ground] = Folder(self._state, ground, hidden=[self._home])
        return self._folders[ground]

    def _live(self) -> list[Record]:
        return live_records(self._log.records())

    def _shown(self, record: Record) -> Checkpoint:
        snapshot = _snapshot(record)
        return Checkpoint(
            id=record.id,
            thread_id=self._thread_id,
            name=record.name,
            turn_id=record.last,
            made_at=record.at,
            automatic=record.kind == "turn",
            coverage=Coverage(snapshot.folder, snapshot.left_out),
        )


def _record(kind: str, **fields: Any) -> Record:
    return Record(id=secrets.token_hex(6), kind=kind, at=time.time(), **fields)


def _moved(folder: Folder, record: Record, done: Restored) -> Move:
    return Move(record, _names(folder, done.changed), _names(folder, done.remaining))


def _names(folder: Folder, paths: tuple[bytes, ...]) -> tuple[str, ...]:
    return tuple(folder.shown(path) for path in paths)


def _snapshot(record: Record) -> Snapshot:
    assert record.snapshot is not None, "a mark has a snapshot"
    return record.snapshot


def _before(record: Record) -> Snapshot:
    assert record.before is not None, "a rewind has the files of before"
    return record.before


def _ground(snapshot: Snapshot) -> Ground:
    return Ground(Path(os.fspath(snapshot.top)), snapshot.scope)
