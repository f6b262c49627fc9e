"""What a thread remembers of its checkpoints, and what it tells about them. Pure data.

A thread's log is one JSON object per line, appended and never changed. The kinds of record:
`mark` (made by the user), `turn` (made before a turn), `end` (after it), `rewind`, `redo`,
`void` (the turn of a record was refused), `cut` (the conversation of a rewind was cut).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._safe_text import shown_safely

__all__ = [
    "ChangedFile",
    "Changes",
    "Checkpoint",
    "Coverage",
    "Record",
    "Rewound",
    "Snapshot",
]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The files of a working folder at one moment, as ids into the store."""

    top: str
    scope: str
    tree: str
    extras: str
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def folder(self) -> str:
        """The folder that is covered."""
        return f"{self.top}/{self.scope}" if self.scope else self.top

    def is_same(self, other: Snapshot) -> bool:
        """Tell whether both hold the same files."""
        return (self.top, self.scope, self.tree, self.extras) == (
            other.top,
            other.scope,
            other.tree,
            other.extras,
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as it is written into a log."""
        return {
            "top": self.top,
            "scope": self.scope,
            "tree": self.tree,
            "extras": self.extras,
            "left_out": [list(pair) for pair in self.left_out],
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Snapshot:
        """Read it from a log."""
        left_out = tuple((str(path), str(why)) for path, why in fields["left_out"])
        return cls(
            str(fields["top"]),
            str(fields["scope"]),
            str(fields["tree"]),
            str(fields["extras"]),
            left_out,
        )


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a thread's log.

    `last` is the newest turn at that moment, or None. A rewind or redo went from the files of
    `before` to those of `snapshot`; `left` is the newest turn that it left.
    """

    id: str
    kind: str
    at: float
    name: str | None = None
    last: str | None = None
    snapshot: Snapshot | None = None
    before: Snapshot | None = None
    of: str | None = None
    copy: str | None = None
    cut: str | None = None
    left: str | None = None

    @property
    def newest(self) -> str | None:
        """The newest turn after this record."""
        return self.left if self.kind in ("rewind", "redo") else self.last

    def to_json(self) -> dict[str, Any]:
        """Return it as it is written into the log; what is None is left out."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: value.to_json() if isinstance(value, Snapshot) else value
            for name, value in fields.items()
            if value is not None
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Record:
        """Read it from the log; fields of a newer version are passed over."""
        known = {name: value for name, value in fields.items() if name in cls.__slots__}
        for name in ("snapshot", "before"):
            if name in known:
                known[name] = Snapshot.from_json(known[name])
        return cls(**known)


@shown_safely
@dataclass(frozen=True, slots=True)
class Coverage:
    """What a checkpoint holds, and what it does not; `str()` says it in words.

    `folder` is covered with all folders below it, repositories inside it included. `left_out` are
    the paths that were found and left out, each with the reason. Never covered are files that git
    ignores, `.git` folders, owners, extended attributes, times, and whatever is outside `folder`.
    """

    folder: str
    left_out: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        from .._safe_text import one_line

        lines = [
            f"covered: {self.folder}, with the insides of repositories in it",
            "not covered: files that git ignores, .git folders, and everything outside that folder",
        ]
        lines += [f"not covered: {path!r} ({why})" for path, why in self.left_out]
        return "\n".join(one_line(line) for line in lines)  # names of files are the agent's


@shown_safely
@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One moment of a thread that can be gone back to.

    `made_at` is in unix seconds. `turn_id` is the newest turn of the conversation at that moment,
    or None before the first. An `automatic` one was made before a turn by `checkpoints=True`.
    """

    id: str
    thread_id: str
    name: str | None
    turn_id: str | None
    made_at: float
    automatic: bool
    coverage: Coverage


@shown_safely
@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file or folder that differs.

    `path` is relative to the covered folder, a folder's with a slash at its end; bytes that are no
    text are surrogates, as in `os.fsdecode`. `kind` is "added", "deleted", "changed" (content or
    type) or "permissions".
    """

    path: str
    kind: str


@shown_safely
@dataclass(frozen=True, slots=True)
class Changes:
    """What differs from a checkpoint to now: `files`, and the `patch` as a unified diff.

    Empty folders and permissions other than the executable bit are in `files` alone. The patch is
    what the agent wrote: escape it before it reaches a page or a terminal.
    """

    files: tuple[ChangedFile, ...]
    patch: str
    coverage: Coverage

    def __bool__(self) -> bool:
        return bool(self.files)


@shown_safely
@dataclass(frozen=True, slots=True)
class Rewound:
    """What `rewind` and `redo` did.

    `files` are the paths that were changed back. `turns_removed` counts turns that the conversation
    lost. `thread_id` is the thread that holds the conversation from here on: after a `redo` that
    brought turns back it is another one, to be taken up with `thread_resume`. `remaining` are
    folders that would have gone but hold files that are not covered.
    """

    files: tuple[str, ...]
    turns_removed: int
    thread_id: str
    remaining: tuple[str, ...] = ()
