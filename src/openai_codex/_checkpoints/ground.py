"""Where a working folder begins, and which of the user's ignore rules hold in it.

Reads the user's repository; writes nothing there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .errors import CheckpointError, CheckpointUnsupportedError
from .git import clean_environment, run_git

__all__ = ["Ground", "UserRules", "find_ground"]


@dataclass(frozen=True, slots=True)
class Ground:
    """A folder to cover: the `top` of its repository, or itself, and the way down from there."""

    top: Path
    scope: str

    @property
    def folder(self) -> Path:
        """The folder that is covered."""
        return self.top / self.scope if self.scope else self.top


def find_ground(folder: str | os.PathLike[str]) -> Ground:
    """Return the ground of a folder; raises CheckpointUnsupportedError where it is too wide.

    The top is that of the repository around it, because the ignore rules of the folders above
    hold too. A folder that these ignore as a whole is a top itself, or nothing in it would be kept.
    """
    path = Path(folder).absolute()
    if not path.is_dir():
        raise CheckpointUnsupportedError(
            f"there is no folder {str(path)!r} on this machine: checkpoints cover local files only"
        )
    path = path.resolve()
    if path in (Path(path.anchor), Path.home().resolve()):
        raise CheckpointUnsupportedError(
            f"a checkpoint of {str(path)!r} would take everything in it: "
            "start the thread with `cwd=` of a project"
        )
    top = next((above for above in (path, *path.parents) if _is_repository(above)), path)
    if path != top and _is_ignored(path, top):
        top = path
    scope = path.relative_to(top).as_posix()
    return Ground(top, "" if scope == "." else scope)


def _is_ignored(folder: Path, top: Path) -> bool:
    name = os.fsencode(folder.relative_to(top).as_posix())
    if _ignored([name], top):
        return True
    if not _ignored([name + b"/"], top):  # with a slash, `build/*` is asked
        return False
    # It may let something in again (`!build/kept/`): then the rules of the repository have to hold.
    inside = [name + b"/" + os.fsencode(each) for each in os.listdir(folder) if each != ".git"]
    return len(_ignored(inside, top)) == len(inside)


def _ignored(names: list[bytes], top: Path) -> list[bytes]:
    """Return those of the names that the rules ignore, tracked or not."""
    data = b"".join(name + b"\0" for name in names)
    told = _ask_users_git(top, "check-ignore", "-z", "--no-index", "--stdin", data=data)
    return told.split(b"\0")[:-1]


def _is_repository(folder: Path) -> bool:
    """Return whether git has a repository here.

    An empty `.git` is none: the runtime's sandbox puts one over every writable folder for a while.
    """
    entry = folder / ".git"
    return entry.is_file() or (entry / "HEAD").exists()


class UserRules:
    """What the user's own git ignores in one working tree, and what it tracks all the same."""

    def __init__(self, top: Path) -> None:
        self._top = top
        self._is_repository = _is_repository(top)
        excludes = self._ask("config", "--type=path", "core.excludesFile") or _default_excludes()
        paths = self._ask("rev-parse", "--git-path", "info/exclude", "--git-path", "index")
        own, _, index = paths.partition("\n") if self._is_repository else ("", "", "")
        self._lists = [top / name for name in (excludes, own) if name]
        self._index = top / index if index else None
        self._seen: tuple[int, int, int] | None = None
        self._tracked: tuple[bytes, ...] = ()

    def ignore_files(self) -> list[str]:
        """Return the lists of ignored files that there are, the weakest first."""
        return [str(path) for path in self._lists if path.is_file() and os.access(path, os.R_OK)]

    def tracked_though_ignored(self) -> tuple[bytes, ...]:
        """Return the files that the user's index holds against the ignore rules."""
        signature = self._signature()
        if signature != self._seen:
            output = self._run("ls-files", "-z", "-c", "-i", "--exclude-standard")
            self._tracked = tuple(path for path in output.split(b"\0") if path)
            self._seen = signature
        return self._tracked

    def _signature(self) -> tuple[int, int, int] | None:
        try:
            facts = self._index.stat() if self._index is not None else None
        except OSError:
            facts = None
        return (facts.st_mtime_ns, facts.st_size, facts.st_ino) if facts is not None else None

    def _ask(self, *arguments: str) -> str:
        return os.fsdecode(self._run(*arguments).rstrip(b"\r\n"))

    def _run(self, *arguments: str) -> bytes:
        return _ask_users_git(self._top, *arguments)


def _ask_users_git(top: Path, *arguments: str, data: bytes = b"") -> bytes:
    """Ask the user's own git; what it does not say, or refuses to say, is empty."""
    command = ["-c", "core.fsmonitor=false", *arguments]  # which might run a program of theirs
    env = {**clean_environment(), "GIT_OPTIONAL_LOCKS": "0"}
    try:
        return run_git(command, env=env, cwd=top, data=data, accepted=(0, 1, 128))
    except CheckpointError:
        return b""


def _default_excludes() -> str:
    settings = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return str(Path(settings) / "git" / "ignore")
