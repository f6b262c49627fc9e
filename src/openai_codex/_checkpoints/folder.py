"""A working folder and its store: take a snapshot of the files, read one, compare two.

Every method blocks, and its caller holds the lock of the folder.

Content is kept by git, with an index per working tree of our own; what git does not keep, empty
folders and all permission bits, stands in the `extras` of a snapshot. Repositories inside the
folder are working trees of their own, because git does not look into them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import CheckpointError
from .git import Git, init_store
from .ground import Ground, UserRules
from .locking import locked
from .manifest import Entry, Manifest, parents, plan, read_listing, read_tree
from .records import ChangedFile, Snapshot

__all__ = ["STAGING", "Folder"]

STAGING = ".codex-rewind-"
"""How the name of a folder begins in which a rewind lays its files ready."""

_REFUSALS = 50  # so many files that git cannot take are no accident, but a full disk
_ARGUMENTS = 100_000  # bytes of paths on one command line


class Folder:
    """A covered folder on disk, with the store that its snapshots are in."""

    def __init__(self, state: Path, ground: Ground, *, hidden: Collection[Path] = ()) -> None:
        top = os.fsencode(str(ground.top))
        self.ground = ground
        self.state = state / "folders" / hashlib.sha256(top).hexdigest()[:20]
        self._scope = os.fsencode(ground.scope)
        self._hidden = [_relative(path, ground.top) for path in hidden if _is_in(path, ground.top)]
        self._held: tuple[int, ...] = ()
        self._rules: dict[Path, UserRules] = {}
        self._trees: dict[tuple[Any, ...], str] = {}  # the last one that was put together

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder; raises CheckpointError when somebody else holds it for too long."""
        self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(self.state / "lock") as handle:
            self._held = (handle,)
            try:
                if not self._store.exists():
                    init_store(self._store)
                    (self.state / "folder").write_text(str(self.ground.top), encoding="utf-8")
                for stale in self.state.glob("index-*.lock"):  # of a git that was killed
                    stale.unlink()
                yield
            finally:
                self._held = ()

    @contextmanager
    def held_by(self, holder: Folder) -> Iterator[None]:
        """Work under the lock that another folder of the same top holds, or this one itself."""
        before, self._held = self._held, holder._held
        try:
            yield
        finally:
            self._held = before

    @property
    def _store(self) -> Path:
        return self.state / "store"

    def _git(self, prefix: bytes = b"", index: str | None = None) -> Git:
        """Return git for the working tree at `prefix`: the top, or a repository inside."""
        name = index or f"index-{hashlib.sha256(self._scope + b'/' + prefix).hexdigest()[:16]}"
        top = self.ground.top / os.fsdecode(prefix) if prefix else self.ground.top
        git = Git(self._store, top, self.state / name)
        git.held = self._held
        return git

    # --- taking ------------------------------------------------------------------------------

    def take(self, also: Iterable[bytes] = ()) -> tuple[Snapshot, Manifest]:
        """Store the files as they are now; `also` are paths to cover though they are ignored."""
        indexed = _Indexed()
        waiting = [b""]
        extra = list(also)
        while waiting:
            self._read_tree_of(waiting.pop(), indexed, waiting, extra)
        seen = _Walk(self.ground.top, self._scope, indexed, self._hidden).walked()
        empty = self._unignored(seen.hollow, list(indexed.trees))
        manifest = Manifest(seen.files, {**seen.folders, **empty})
        self._settle(seen.newest, indexed)
        snapshot = Snapshot(
            top=str(self.ground.top),
            scope=self.ground.scope,
            tree=self._tree(indexed, seen.files),
            extras=self._keep(manifest.extras()),
            left_out=tuple(sorted(seen.left_out)),
        )
        return snapshot, manifest

    def _read_tree_of(
        self, prefix: bytes, indexed: _Indexed, waiting: list[bytes], also: list[bytes]
    ) -> None:
        git = self._git(prefix)
        inside = prefix + b"/" if prefix else b""
        rules = self._rules_of(git.top)
        wanted = {path[len(inside) :] for path in also if path.startswith(inside)}
        wanted |= self._in_scope(prefix, rules.tracked_though_ignored())
        wanted = {path for path in wanted if _is_file(os.fsencode(str(git.top)) + b"/" + path)}
        output = git.run(*_LISTING, *self._exclusions(prefix), "--", *self._pathspec(prefix))
        listing = read_listing(output)
        changed = listing.changed | (wanted - listing.files.keys())
        changed = self._takeable(git.top, changed, inside, indexed)
        if changed:
            self._index(git, changed, inside, indexed)
            output = git.run("ls-files", "-z", "-t", "-s", "-c", "--", *self._pathspec(prefix))
            listing.files = read_listing(output).files
        indexed.trees[prefix] = git
        indexed.files.update({inside + path: entry for path, entry in listing.files.items()})
        waiting.extend(inside + path for path in listing.nested)

    def _index(self, git: Git, changed: set[bytes], inside: bytes, indexed: _Indexed) -> None:
        data = b"\0".join(sorted(changed)) + b"\0"
        try:
            git.run("update-index", "-z", "--add", "--remove", "--replace", "--stdin", data=data)
        except CheckpointError as error:
            # One file that was written, or went, while it was read: the others are not lost.
            if len(indexed.left_out) > _REFUSALS:
                raise
            if len(changed) > 1:
                paths = sorted(changed)
                self._index(git, set(paths[: len(paths) // 2]), inside, indexed)
                self._index(git, set(paths[len(paths) // 2 :]), inside, indexed)
            else:
                (path,) = changed
                indexed.left_out.append((os.fsdecode(inside + path), f"git: {error}"))

    def _takeable(
        self, top: Path, paths: Iterable[bytes], inside: bytes, indexed: _Indexed
    ) -> set[bytes]:
        """Return the paths that git takes and that can be read, and note the others."""
        base = os.fsencode(str(top))
        taken = set()
        for path in paths:
            why = _objection(base + b"/" + path, path)
            if why is None:
                taken.add(path)
            else:
                indexed.left_out.append((os.fsdecode(inside + path), why))
        return taken

    def _pathspec(self, prefix: bytes) -> list[bytes]:
        return [self._scope + b"/"] if self._scope and not prefix else []

    def _in_scope(self, prefix: bytes, paths: Iterable[bytes]) -> set[bytes]:
        start = b"".join(self._pathspec(prefix))
        return {path for path in paths if path.startswith(start)}

    def _rules_of(self, top: Path) -> UserRules:
        if top not in self._rules:
            self._rules[top] = UserRules(top)
        return self._rules[top]

    def _exclusions(self, prefix: bytes) -> list[str | bytes]:
        top = self.ground.top / os.fsdecode(prefix) if prefix else self.ground.top
        names = self._rules_of(top).ignore_files()
        options: list[str | bytes] = [f"--exclude-from={name}" for name in names]
        options += ["--exclude-per-directory=.gitignore", f"--exclude={STAGING}*/"]
        inside = prefix + b"/" if prefix else b""
        for path in self._hidden:
            if path.startswith(inside):
                options.append(b"--exclude=/" + _escaped(path[len(inside) :]) + b"/")
        return options

    def _unignored(self, hollow: dict[bytes, int], trees: list[bytes]) -> dict[bytes, int]:
        """Return the empty folders that git does not ignore."""
        kept: set[bytes] = set()
        for prefix in sorted(trees, key=len):
            inside = prefix + b"/" if prefix else b""
            mine = [path[len(inside) :] for path in hollow if _home(path, trees) == prefix]
            for some in _batches(mine):
                output = self._git(prefix).run(
                    *("ls-files", "-z", "-o", "--directory"),
                    *self._exclusions(prefix),
                    "--",
                    *some,
                )
                kept.update(inside + path.rstrip(b"/") for path in output.split(b"\0") if path)
        above = parents(kept)  # git names the outermost of them, or the innermost, as it likes
        return {
            path: mode
            for path, mode in hollow.items()
            if path in kept or path in above or not parents([path]).isdisjoint(kept)
        }

    def _settle(self, newest: float, indexed: _Indexed) -> None:
        """Have git look once more at files as new as its index, or it reads them every time."""
        for git in indexed.trees.values():
            with contextlib.suppress(FileNotFoundError):
                if newest >= int(git.index.stat().st_mtime):
                    git.run(
                        *("update-index", "-q", "--refresh", "--force-write-index"),
                        accepted=(0, 1),
                    )

    def _tree(self, indexed: _Indexed, files: dict[bytes, Entry]) -> str:
        if len(indexed.trees) == 1:
            return _line(indexed.trees[b""].run("write-tree"))
        key = tuple(sorted((path, entry.mode, entry.oid) for path, entry in files.items()))
        if key not in self._trees:
            whole = self._git(index="index-whole")
            with contextlib.suppress(FileNotFoundError):
                whole.index.unlink()
            lines = (b"%o %s\t%s\0" % (mode, oid.encode(), path) for path, mode, oid in key)
            whole.run("update-index", "-z", "--add", "--index-info", data=b"".join(lines))
            self._trees = {key: _line(whole.run("write-tree"))}
        return self._trees[key]

    def _keep(self, extras: dict[str, Any]) -> str:
        data = json.dumps(extras, sort_keys=True).encode("ascii")
        name = hashlib.sha256(data).hexdigest()
        path = self.state / "extras" / name[:2] / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f"{name}.{os.getpid()}")
            fresh.write_bytes(data)
            fresh.replace(path)
        return name

    # --- reading -----------------------------------------------------------------------------

    def manifest(self, snapshot: Snapshot) -> Manifest:
        """Return what a snapshot holds."""
        path = self.state / "extras" / snapshot.extras[:2] / snapshot.extras
        try:
            extras = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise CheckpointError(f"the store of checkpoints has lost {path.name}") from error
        files = dict(read_tree(self._git().run("ls-tree", "-r", "-z", snapshot.tree)))
        return Manifest.from_tree(files, extras, scope=self._scope)

    def patch(self, before: Snapshot, after: Snapshot) -> str:
        """Return the unified diff between two snapshots."""
        relative = [f"--relative={self.ground.scope}/"] if self.ground.scope else []
        output = self._git().run(
            *("diff-tree", "-r", "-p", "--no-color", "--no-ext-diff", "--no-textconv"),
            *("--no-renames", *relative, before.tree, after.tree),
        )
        return output.decode("utf-8", "replace")

    def changed(self, before: Manifest, after: Manifest) -> tuple[ChangedFile, ...]:
        """Return what differs between two manifests, sorted by path."""
        steps = plan(before, after)
        kinds: dict[bytes, str] = dict.fromkeys(steps.removed, "deleted")
        for path, _ in steps.written:
            kinds[path] = "changed" if path in before.files else "added"
        for path, _ in steps.permissions:
            if path in before.files or path in before.folders:
                kinds[path] = "permissions"
        kinds.update({path: "deleted" for path in steps.removed_folders if path not in after.files})
        kinds.update(dict.fromkeys(steps.made_folders, "added"))
        kinds.update(dict.fromkeys(before.files.keys() & after.folders.keys(), "changed"))
        kinds.update(dict.fromkeys(before.folders.keys() & after.files.keys(), "changed"))
        folders = after.folders.keys() | (before.folders.keys() - after.files.keys())
        shown = {self.shown(p) + ("/" if p in folders else ""): kinds[p] for p in kinds}
        return tuple(ChangedFile(path, shown[path]) for path in sorted(shown))

    def shown(self, path: bytes) -> str:
        """Return a path relative to the covered folder, as text."""
        return os.fsdecode(path[len(self._scope) + 1 :] if self._scope else path)

    def contents(self) -> Any:
        """Open a reader of stored contents, as a context manager."""
        return self._git().blobs()


# With `-s` each line of the index comes with mode and id; `-o`, `-m` and `-d` say how the folder
# differs from it. One run of git, about as dear as `git status`.
_LISTING = ("ls-files", "-z", "-t", "-s", "-c", "-o", "-m", "-d")


@dataclass(slots=True)
class _Indexed:
    """What the indexes of all working trees hold together."""

    trees: dict[bytes, Git] = field(default_factory=dict)
    files: dict[bytes, tuple[int, str]] = field(default_factory=dict)
    left_out: list[tuple[str, str]] = field(default_factory=list)


class _Walk:
    """One walk over the covered folders: permissions, empty folders, and what cannot be kept."""

    def __init__(
        self, top: Path, scope: bytes, indexed: _Indexed, hidden: Collection[bytes]
    ) -> None:
        self.files: dict[bytes, Entry] = {}
        self.folders: dict[bytes, int] = {}
        self.hollow: dict[bytes, int] = {}
        self.newest = 0.0
        self.left_out = indexed.left_out
        self._base = os.fsencode(str(top))
        self._scope = scope
        self._indexed = indexed.files
        self._hidden = set(hidden)
        # A repository inside is walked even when nothing of it is kept yet.
        self._known = parents(indexed.files) | set(indexed.trees) | parents(indexed.trees)

    def walked(self) -> _Walk:
        """Walk, and return this object, filled."""
        waiting = [self._scope]
        while waiting:
            folder = waiting.pop()
            inside = folder + b"/" if folder else b""
            try:
                with os.scandir(os.path.join(self._base, folder)) as entries:
                    for entry in entries:
                        self._look(entry, inside + entry.name, waiting)
            except OSError as error:
                self.left_out.append((os.fsdecode(folder), error.strerror or "unreadable"))
        return self

    def _look(self, entry: os.DirEntry[bytes], path: bytes, waiting: list[bytes]) -> None:
        indexed = self._indexed.get(path)
        if indexed is not None and not entry.is_dir(follow_symlinks=False):
            self._note_file(entry, path, *indexed)
        elif entry.name.lower() == b".git" or entry.name.startswith(STAGING.encode()):
            pass
        elif path in self._hidden:
            self.left_out.append((os.fsdecode(path), "Codex keeps its own state here"))
        elif entry.is_dir(follow_symlinks=False):
            mode = stat.S_IMODE(entry.stat(follow_symlinks=False).st_mode)
            if path in self._known:
                self.folders[path] = mode
                waiting.append(path)
            else:
                self.hollow.update(_hollow(entry.path, path, mode))
        elif not (entry.is_file(follow_symlinks=False) or entry.is_symlink()):
            self.left_out.append((os.fsdecode(path), "a pipe, a socket or a device"))

    def _note_file(self, entry: os.DirEntry[bytes], path: bytes, mode: int, oid: str) -> None:
        facts = entry.stat(follow_symlinks=False)
        link = stat.S_ISLNK(facts.st_mode)
        self.files[path] = Entry(mode, oid, 0 if link else stat.S_IMODE(facts.st_mode))
        self.newest = max(self.newest, facts.st_mtime, facts.st_ctime)


def _hollow(real: bytes, path: bytes, mode: int) -> dict[bytes, int]:
    """Return a folder and those in it when there are no files in any of them, else nothing."""
    try:
        with os.scandir(real) as entries:
            inner = list(entries)
    except OSError:
        return {}
    if any(entry.name == b".git" or not entry.is_dir(follow_symlinks=False) for entry in inner):
        return {}
    found = {path: mode}
    for entry in inner:
        below = _hollow(
            entry.path,
            path + b"/" + entry.name,
            stat.S_IMODE(entry.stat(follow_symlinks=False).st_mode),
        )
        if not below:
            return {}
        found.update(below)
    return found


def _objection(real: bytes, path: bytes) -> str | None:
    """Return why a path cannot be kept, or None."""
    names = path.lower().split(b"/")
    if b".git" in names:
        return "git takes no path with this name in it"
    try:
        facts = os.lstat(real)
    except OSError:
        return None  # it is gone, which is kept as well
    if stat.S_ISLNK(facts.st_mode):
        return "git takes no link with this name" if names[-1] == b".gitmodules" else None
    if stat.S_ISREG(facts.st_mode) and not os.access(real, os.R_OK):
        return "it cannot be read"
    return None


def _is_file(real: bytes) -> bool:
    """Tell whether a file or a link is there, of whatever kind."""
    try:
        return not stat.S_ISDIR(os.lstat(real).st_mode)
    except OSError:
        return False


def _home(path: bytes, trees: Iterable[bytes]) -> bytes:
    """Return the innermost working tree that a path is in."""
    return max((t for t in trees if not t or path.startswith(t + b"/")), key=len, default=b"")


def _batches(paths: list[bytes]) -> Iterator[list[bytes]]:
    """Yield the paths in batches that fit on a command line."""
    batch: list[bytes] = []
    size = 0
    for path in paths:
        if batch and size + len(path) > _ARGUMENTS:
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += len(path) + 1
    if batch:
        yield batch


def _escaped(path: bytes) -> bytes:
    """Return a path as a pattern of ignore rules that means it alone."""
    for special in (b"\\", b"*", b"?", b"["):
        path = path.replace(special, b"\\" + special)
    return path


def _is_in(path: Path, top: Path) -> bool:
    return path.resolve().is_relative_to(top)


def _relative(path: Path, top: Path) -> bytes:
    return os.fsencode(path.resolve().relative_to(top).as_posix())


def _line(output: bytes) -> str:
    return output.decode("ascii").strip()
