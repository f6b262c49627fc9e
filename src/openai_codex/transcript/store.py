"""`Store`: the threads' files below a CODEX_HOME, and which thread is a sub-agent of which."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .errors import TranscriptError
from .lines import first_record

__all__ = ["Agent", "Store", "home_folder"]

FOLDERS = ("sessions", "archived_sessions")
_ID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
# A thread that was reverted goes on in another file, whose name has an id of its own after it.
NAME = re.compile(rf"rollout-.*?-({_ID})(?:_({_ID}))?\.jsonl$")
DEEPEST = 32  # sub-agents of sub-agents


@dataclass(frozen=True)
class Agent:
    """A thread's file and those of its sub-agents."""

    id: str
    path: Path
    name: str
    children: tuple[Agent, ...] = ()

    def all(self) -> Iterator[Agent]:
        """Yield this one and everything below it, parents first."""
        yield self
        for child in self.children:
            yield from child.all()


def home_folder() -> Path:
    """Return CODEX_HOME, or where it is when nobody says."""
    return Path(os.environ.get("CODEX_HOME") or Path.home() / ".codex")


class Store:
    """The files of all threads of one home."""

    def __init__(self, home: str | os.PathLike[str] | None = None) -> None:
        self.home = home_folder() if home is None else Path(home)

    @cached_property
    def files(self) -> dict[str, Path]:
        """The newest file of each thread, by its id, oldest thread first."""
        newest: dict[str, tuple[str, Path]] = {}
        for thread, file, path in self._named:
            if file >= newest.get(thread, ("", path))[0]:
                newest[thread] = (file, path)
        return {thread: path for thread, (_, path) in sorted(newest.items())}

    @cached_property
    def _named(self) -> list[tuple[str, str, Path]]:
        """Every file with the id of its thread and its own: that of its thread or a later one."""
        paths = (path for name in FOLDERS for path in (self.home / name).rglob("rollout-*.jsonl"))
        named = ((NAME.match(path.name), path) for path in paths)
        return [(name[1], name[2] or name[1], path) for name, path in named if name is not None]

    @cached_property
    def _by_file(self) -> dict[str, Path]:
        return {file: path for _, file, path in self._named}

    def find(self, ident: str) -> Path | None:
        """Return the file of this very id, which another goes on from, or None."""
        return self._by_file.get(ident)

    def path_of(self, ident: str) -> Path:
        """Return the newest file of a thread; raises TranscriptError where there is none."""
        path = self.files.get(ident)
        if path is None:
            raise TranscriptError(f"thread {ident} has no file below {self.home}")
        return path

    def agent(self, path: Path) -> Agent:
        """Return a thread with its sub-agents, by its file."""
        return self._agent(path, first_record(path), 0)

    def _agent(self, path: Path, session: dict[str, object], depth: int) -> Agent:
        ident = str(session.get("id") or path.stem)
        below = self._children.get(ident, []) if depth < DEEPEST else []
        children = tuple(self._agent(child, meta, depth + 1) for child, meta in below)
        name = session.get("agent_path") or session.get("agent_nickname") or ident
        return Agent(ident, path, str(name), children)

    @cached_property
    def _children(self) -> dict[str, list[tuple[Path, dict[str, object]]]]:
        """The sub-agents' files by their parent's id. Reads the first line of every file."""
        found: dict[str, list[tuple[Path, dict[str, object]]]] = {}
        for path in self.files.values():
            session = first_record(path)
            parent = session.get("parent_thread_id")
            if isinstance(parent, str):
                found.setdefault(parent, []).append((path, session))
        return found
