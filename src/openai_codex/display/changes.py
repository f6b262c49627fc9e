r"""File changes as one diff in git's format: `git apply` in the thread's folder makes them again.

What the protocol says in, text out. Where that tells too little - a file with lone "\r", which the
runtime takes for ends of lines, or one that an added file replaces - the file is asked by `read`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha1
from typing import Any

from .git_text import file_names, header, lines_of, quote, ranges, relative, signed
from .hunks import applied, exact_hunks, file_hunks, has_lone_returns, hunks_of

__all__ = ["changes_diff", "completed_changes", "turn_diff"]

Json = Mapping[str, Any]
Read = Callable[[str], str | None]
"""Returns the text of a file, or None where it is not there or is no text."""

_MADE_ANEW = ("--- ", "+++ ", "rename ", "similarity ")
_ITEM_CONTEXT = 1  # lines that the runtime puts around a change, in an item
_TURN_CONTEXT = 3  # and in the diff of a turn
_INDEX = re.compile(r"(?m)^index ([0-9a-f]{40})\.\.([0-9a-f]{40})")


def changes_diff(
    changes: Iterable[Any], *, folder: str | None = None, read: Read | None = None
) -> str:
    """Return changes of the protocol as one diff, their paths relative to `folder`.

    `read` reads files as they are before the changes. What is not shaped as a change is shown raw,
    as a comment.
    """
    return "".join(_change_or_comment(change, folder, read or _unread) for change in changes)


def turn_diff(
    text: Any,
    changes: Iterable[Any],
    *,
    folder: str | None = None,
    read: Read | None = None,
) -> str:
    """Return what a turn changed in all: its last turn/diff/updated, as git can apply it.

    `changes` are those of its items, in order. They say which folder the diff counts from, what its
    paths really are, and which files were only renamed; where there is no diff, they are the diff.
    `read` reads files as they are after the turn.
    """
    listed = list(changes)
    if isinstance(text, str) and text.startswith("diff --git "):
        try:
            return _placed(text, _Files(listed, folder, read or _unread))
        except ValueError:  # it is not written as this runtime writes it
            pass
    return changes_diff(listed, folder=folder)


def _placed(text: str, files: _Files) -> str:
    sections = [_Section.read(part) for part in re.split(r"(?m)^(?=diff --git )", text)[1:]]
    files.place([name for section in sections for name in section.names])
    shown = [section.shown(files) for section in sections]
    return "".join((*shown, *files.renames(sections)))


def completed_changes(items: Iterable[Any]) -> list[Any]:
    """Return the changes of those file changes among a turn's items that were made."""
    found: list[Any] = []
    for item in items:
        if getattr(item, "type", None) != "fileChange":
            continue
        if getattr(item, "status", None) == "completed":
            changes = getattr(item, "changes", None)
            found += changes if isinstance(changes, list) else [] if changes is None else [changes]
    return [change.model_dump() if hasattr(change, "model_dump") else change for change in found]


# --- one change of an item -----------------------------------------------------------------------


def _unread(path: str) -> str | None:
    return None


def _change_or_comment(change: Any, folder: str | None, read: Read) -> str:
    try:
        return _change_diff(change, folder, read)
    except (AttributeError, KeyError, TypeError, ValueError):
        return _comment(change)


def _change_diff(change: Json, folder: str | None, read: Read) -> str:
    kind, path = change.get("kind"), change["path"]
    if not isinstance(path, str):
        raise TypeError("a path is text")
    word, moved = (
        (kind.get("type"), kind.get("move_path")) if isinstance(kind, Mapping) else (kind, None)
    )
    name, text = relative(path, folder), change.get("diff")
    if text is not None and not isinstance(text, str):
        raise TypeError("a diff is text")
    if word in ("add", "delete"):
        before = read(path) if word == "add" else None
        if before is not None and before != (text or ""):  # another file is replaced
            return header(name, name) + exact_hunks(name, name, before, text or "")
        return _whole_file(word, name, text or "")
    target = relative(moved, folder) if isinstance(moved, str) else name
    body = (text or "").removesuffix(f"\n\nMoved to: {moved}")
    if body and not body.endswith(("\n", "\r")):
        body += "\n"
    exact = _exact(name, target, read(path), body, backwards=False)
    return header(name, target) + (exact or file_hunks(name, target, body, around=_ITEM_CONTEXT))


def _exact(old: str, new: str, text: str | None, body: str, *, backwards: bool) -> str | None:
    """Return the hunks of a file whose text is at hand, where the diff tells too little of it."""
    if text is None or not has_lone_returns(text):
        return None
    try:
        other = applied(text, hunks_of(body), backwards=backwards)
    except ValueError:  # it was changed before or since
        return None
    before, after = (other, text) if backwards else (text, other)
    return exact_hunks(old, new, before, after)


def _whole_file(word: str, name: str, text: str) -> str:
    is_new = word == "add"
    mode = "new file mode 100644" if is_new else "deleted file mode 100644"
    head = f"diff --git {quote(f'a/{name}')} {quote(f'b/{name}')}\n{mode}\n"
    if not text:
        return head
    return head + _only_lines("+" if is_new else "-", name, text)


def _only_lines(sign: str, name: str, text: str) -> str:
    """Return the names and the one hunk of a file that is new or gone."""
    lines = lines_of(text)
    if not lines:
        return ""
    if sign == "+":
        head = file_names("/dev/null", f"b/{name}") + ranges(0, 0, 1, len(lines))
        return head + signed("+", lines)
    return (
        f"{file_names(f'a/{name}', '/dev/null')}{ranges(1, len(lines), 0, 0)}{signed('-', lines)}"
    )


def _comment(change: Any) -> str:
    """Return what is no change as lines that git skips."""
    text = repr(change) if not isinstance(change, str) else change
    return "".join(f"# {line}\n" for line in text.split("\n"))


# --- the diff of a turn --------------------------------------------------------------------------


class _Files:
    """Where the files of a turn's diff are, by what the items say of them."""

    def __init__(self, changes: list[Any], folder: str | None, read: Read) -> None:
        self._folder = folder
        self._read = read
        self._root: str | None = None
        self._moves: list[tuple[str, str]] = []
        self._known: list[str] = []
        self._texts: dict[str, str] = {}
        for change in changes:
            if isinstance(change, Mapping) and isinstance(change.get("path"), str):
                self._note(change["path"], change.get("kind"), str(change.get("diff") or ""))

    def _note(self, path: str, kind: Any, text: str) -> None:
        moved = kind.get("move_path") if isinstance(kind, Mapping) else None
        self._known.append(path)
        if isinstance(moved, str):
            self._known.append(moved)
            self._moves.append((path, moved))
            text = text.removesuffix(f"\n\nMoved to: {moved}")
        self._texts[moved if isinstance(moved, str) else path] = text

    def place(self, names: list[str]) -> None:
        """Find the folder that a diff's names count from: the one that most items agree on."""
        roots = [
            path[: -len(name) - 1]
            for name in names
            for path in self._known
            if _flat(path).endswith(f"/{name}")
        ]
        self._root = max(roots, key=roots.count) if roots else None

    def name(self, name: str) -> str:
        """Return the name in the folder of what the diff calls `name`."""
        path = self._path(name)
        return name.lstrip("/") if path is None else self._relative(path)

    def text(self, name: str, ident: str) -> str | None:
        """Return the text of what the diff calls `name`, if it still is what git calls `ident`."""
        path = self._path(name)
        text = None if path is None else self._read(path)
        return text if text is not None and blob_id(text) == ident else None

    def _path(self, name: str) -> str | None:
        if self._root is None:
            return None
        path = name if name.startswith("/") else f"{self._root}/{name}"
        return next((other for other in self._known if _flat(other) == path), path)

    def ends_in_return(self, name: str) -> bool:
        """Whether the last change of a file, as an item has it, ends in a lone carriage return."""
        texts = (text for path, text in self._texts.items() if self._relative(path) == name)
        return next(texts, "").endswith("\r")

    def _relative(self, path: str) -> str:
        return relative(path, self._folder if self._folder is not None else self._root)

    def renames(self, sections: list[_Section]) -> Iterator[str]:
        """Yield the files that were renamed and stayed as they were: the diff leaves them out."""
        named = {self.name(name) for section in sections for name in section.names}
        ends: dict[str, str] = {}
        for old, new in self._moves:
            first = next((begin for begin, end in ends.items() if end == old), old)
            ends[first] = new
        for first, last in ends.items():
            old, new = self._relative(first), self._relative(last)
            if old != new and not {old, new} & named:
                yield header(old, new)


@dataclass(frozen=True)
class _Section:
    """One file of a diff: its old and new name, None where there is none, and its parts."""

    old: str | None
    new: str | None
    notes: str
    body: str

    @property
    def names(self) -> list[str]:
        """The names that the file had."""
        return [name for name in (self.old, self.new) if name is not None]

    @classmethod
    def read(cls, text: str) -> _Section:
        """Read the text from its `diff --git` line on."""
        begin = re.search(r"(?m)^@@ ", text)
        head, body = (text[: begin.start()], text[begin.start() :]) if begin else (text, "")
        first, *notes = head.split("\n")
        both = first.removeprefix("diff --git a/")  # `X b/X`, where both names are one
        half = both[: (len(both) - 3) // 2]
        old, new = half, half
        for note in notes:
            if note.startswith("--- a/"):
                old = note[6:]
            elif note.startswith("+++ b/"):
                new = note[6:]
        kept = [note for note in notes if note and not note.startswith(_MADE_ANEW)]
        is_new = any(note.startswith("new file") for note in kept)
        is_gone = any(note.startswith("deleted file") for note in kept)
        return cls(
            None if is_new else old,
            None if is_gone else new,
            "".join(f"{note}\n" for note in kept),
            body,
        )

    def shown(self, files: _Files) -> str:
        """Return the file's part of a diff that git can apply."""
        names = [files.name(name) for name in self.names]
        body = self.body
        if body.endswith("\r\n") and files.ends_in_return(names[-1]):
            body = body[:-1]  # the runtime ends every diff with a newline, of the file or not
        if len(names) == 2:
            old, new = names
            index = _INDEX.search(self.notes)
            text = files.text(self.names[1], index[2]) if index is not None else None
            # Whether the newline at the very end is the file's own, the file tells.
            exact = _exact(old, new, text, self.body, backwards=True) or _exact(
                old, new, text, self.body[:-1], backwards=True
            )
            shown = exact or file_hunks(old, new, body, around=_TURN_CONTEXT)
            return header(old, new, self.notes) + shown
        name = names[0]
        head = f"diff --git {quote(f'a/{name}')} {quote(f'b/{name}')}\n{self.notes}"
        text = "".join(line for hunk in hunks_of(body) for _, line in hunk.parts)
        return head + _only_lines("+" if self.old is None else "-", name, text)


def _flat(path: str) -> str:
    """Return a path as the diff of a turn spells it, which has no backslashes."""
    return path.replace("\\", "/")


def blob_id(text: str) -> str:
    """Return git's name for the text of a file."""
    data = text.encode("utf-8", "surrogateescape")
    return sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
