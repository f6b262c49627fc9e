"""What a tree of files is at one moment, and the steps from one such moment to another. Pure.

Paths are bytes, with slashes, relative to the top of the working folder: a name on disk need not be
text. Folders are listed too, because git knows none that is empty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Entry", "Listing", "Manifest", "Plan", "parents", "plan", "read_listing", "read_tree"]

SYMLINK = 0o120000
EXECUTABLE = 0o100755


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: git's mode, the id of its content, and its permission bits (0 of a symlink)."""

    mode: int
    oid: str
    permissions: int = 0

    @property
    def is_symlink(self) -> bool:
        """Whether the content is the target of a symbolic link."""
        return self.mode == SYMLINK


@dataclass(frozen=True, slots=True)
class Manifest:
    """All files and folders that are covered, by path."""

    files: dict[bytes, Entry]
    folders: dict[bytes, int]

    def differing(self, other: Manifest) -> set[bytes]:
        """Return the paths of files and folders that are not the same in both."""
        mine: Mapping[bytes, object]
        found: set[bytes] = set()
        for mine, theirs in ((self.files, other.files), (self.folders, other.folders)):
            if mine != theirs:
                found.update(path for path in mine if mine[path] != theirs.get(path))
                found.update(path for path in theirs if path not in mine)
        return found

    def is_same_at(self, path: bytes, other: Manifest) -> bool:
        """Tell whether both have the same, or nothing, at a path."""
        return self.files.get(path) == other.files.get(path) and (
            self.folders.get(path) == other.folders.get(path)
        )

    def extras(self) -> dict[str, Any]:
        """Return, as JSON, what git's tree does not hold: permissions and empty folders."""
        common = _common_permissions(self)
        odd = {
            _text(path): entry.permissions
            for path, entry in self.files.items()
            if not entry.is_symlink and entry.permissions != common[_kind(entry)]
        }
        full = set(parents(self.files))
        return {
            "common": common,
            "files": odd,
            "folders": {
                _text(path): mode
                for path, mode in self.folders.items()
                if mode != common["folder"] or path not in full
            },
        }

    @classmethod
    def from_tree(
        cls, files: Mapping[bytes, Entry], extras: Mapping[str, Any], *, scope: bytes = b""
    ) -> Manifest:
        """Join what git's tree holds with its extras; `scope` and what is above are not covered."""
        common, odd = extras["common"], extras["files"]
        whole = {
            path: entry
            if entry.is_symlink
            else Entry(entry.mode, entry.oid, odd.get(_text(path), common[_kind(entry)]))
            for path, entry in files.items()
        }
        inside = scope + b"/" if scope else b""
        folders = {p: common["folder"] for p in parents(files) if p.startswith(inside)}
        folders.update({_bytes(name): mode for name, mode in extras["folders"].items()})
        return cls(whole, folders)


def parents(paths: Iterable[bytes]) -> set[bytes]:
    """Return every folder above the paths."""
    found: set[bytes] = set()
    for path in paths:
        folder = path.rpartition(b"/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition(b"/")[0]
    return found


def _common_permissions(manifest: Manifest) -> dict[str, int]:
    counts: dict[str, Counter[int]] = {"plain": Counter(), "executable": Counter()}
    for entry in manifest.files.values():
        if not entry.is_symlink:
            counts[_kind(entry)][entry.permissions] += 1
    counts["folder"] = Counter(manifest.folders.values())
    return {kind: _most_common(count) for kind, count in counts.items()}


def _most_common(count: Counter[int]) -> int:
    return count.most_common(1)[0][0] if count else 0


def _kind(entry: Entry) -> str:
    return "executable" if entry.mode == EXECUTABLE else "plain"


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


# --- what git prints -------------------------------------------------------------------------


@dataclass(slots=True)
class Listing:
    """What `git ls-files -z -t -s -c -o -m -d` printed: the index, and how the folder differs."""

    files: dict[bytes, tuple[int, str]] = field(default_factory=dict)
    changed: set[bytes] = field(default_factory=set)
    nested: list[bytes] = field(default_factory=list)


def read_listing(output: bytes) -> Listing:
    """Read the listing; each line is a tag, mode, id and stage, a tab, and the path."""
    listing = Listing()
    files, changed = listing.files, listing.changed
    for line in output.split(b"\0"):
        if not line:
            continue
        tag = line[:1]
        if tag == b"?":
            path = line[2:]
            if path.endswith(b"/"):  # a repository inside: git does not look into it
                listing.nested.append(path[:-1])
            else:
                changed.add(path)
            continue
        head, _, path = line.partition(b"\t")
        if tag == b"H":
            files[path] = (int(head[2:8], 8), head[9:-2].decode("ascii"))
        else:
            changed.add(path)
    return listing


def read_tree(output: bytes) -> Iterator[tuple[bytes, Entry]]:
    """Read what `git ls-tree -r -z` printed: mode, type and id, a tab, and the path."""
    for line in output.split(b"\0"):
        if line:
            head, _, path = line.partition(b"\t")
            mode, _, oid = head.split(b" ")
            yield path, Entry(int(mode, 8), oid.decode("ascii"))


# --- from one moment to another --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps from one manifest to another, in the order in which they are taken."""

    removed: tuple[bytes, ...]
    removed_folders: tuple[bytes, ...]
    made_folders: tuple[bytes, ...]
    written: tuple[tuple[bytes, Entry], ...]
    permissions: tuple[tuple[bytes, int], ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (
            self.removed
            or self.removed_folders
            or self.made_folders
            or self.written
            or self.permissions
        )


def plan(now: Manifest, then: Manifest) -> Plan:
    """Return the steps that make `then` out of `now`.

    Removals come first, so that a folder may take the place of a file or of a symbolic link, and
    nothing is ever written through a link that was not there at the time.
    """
    written = tuple(
        (path, entry) for path, entry in sorted(then.files.items()) if _is_new(now, path, entry)
    )
    made = {path for path in then.folders if path not in now.folders}
    changed_modes = {
        path: entry.permissions
        for path, entry in then.files.items()
        if not entry.is_symlink and not _is_new(now, path, entry) and now.files[path] != entry
    }
    # Deepest first: a folder may lose the permission to be entered.
    folder_modes = {
        path: mode for path, mode in then.folders.items() if now.folders.get(path) != mode
    }
    return Plan(
        removed=tuple(sorted(path for path in now.files if path not in then.files)),
        removed_folders=tuple(
            sorted((p for p in now.folders if p not in then.folders), key=_depth)
        ),
        made_folders=tuple(sorted(made)),
        written=written,
        permissions=(
            *sorted(changed_modes.items()),
            *sorted(folder_modes.items(), key=lambda item: _depth(item[0])),
        ),
    )


def _is_new(now: Manifest, path: bytes, entry: Entry) -> bool:
    there = now.files.get(path)
    return there is None or (there.oid, there.is_symlink) != (entry.oid, entry.is_symlink)


def _depth(path: bytes) -> tuple[int, bytes]:
    return -path.count(b"/"), path
