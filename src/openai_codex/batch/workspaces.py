"""Where a task works: a git worktree, a copy of a folder, or a new folder; and what changed there.

The user's own folders are only read. Git is always told which repository to use: what the agent
leaves in its folder is never taken for one, and none of its configuration is read.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import stat
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from .commands import git, git_environment
from .errors import WorkspaceError
from .indexing import EMPTY_TREE, Index, init_store, taken
from .private import make_private, private_folder
from .task import Task

__all__ = ["Workspace", "Workspaces", "cache_folder"]

FULL_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")  # by SHA-1, or by SHA-256


@dataclass(frozen=True)
class Workspace:
    """A working folder: `path` is where the agent works, `base` what its changes are against.

    `git_dir` is the repository that knows `base`; empty until one is needed. For a task that
    works in an environment (`is_elsewhere`) the folder is that of its commands here. It is ready
    for the agent (`is_ready`) when the task's set-up has run.
    """

    path: Path
    git_dir: str
    base: str
    commit: str | None = None
    is_elsewhere: bool = False
    is_ready: bool = False


Finisher = Callable[[Task, Path, Workspace], Coroutine[Any, Any, Workspace]]


def cache_folder() -> Path:
    """Where bare clones are kept between runs."""
    given = os.environ.get("XDG_CACHE_HOME")
    home = Path(given) if given else Path.home() / ".cache"
    return home / "openai-codex" / "clones"


class Workspaces:
    """Makes the working folders of tasks, and removes them. `excluded` is never copied."""

    def __init__(self, cache: Path, *, excluded: Path) -> None:
        self._cache = cache
        self._excluded = excluded
        self._locks: dict[Path, asyncio.Lock] = {}
        self._fresh: set[Path] = set()

    async def make(self, task: Task, place: Path) -> Workspace:
        """Make the folder of a task below `place`; no older one stays. Raises WorkspaceError."""
        try:
            if self._begins_empty(task, place):
                # Two names, made at once as a line of the ledger is: a thread would cost more.
                return self._begin(task, place)
            workspace = await asyncio.to_thread(self._begin, task, place)
            finish = self._finisher(task)
            if finish is not None:
                workspace = await finish(task, place, workspace)
                await asyncio.to_thread(_note, workspace, place)
        except OSError as error:
            raise WorkspaceError(f"could not make the working folder: {error}") from error
        return workspace

    def _begin(self, task: Task, place: Path) -> Workspace:
        """Make what needs no git, in one go.

        A folder that is new and empty gets no note, for the task says all that would be in it.
        """
        workspace = _plain(task, place)
        path = workspace.path
        self.remove(place)
        private_folder(place)
        if task.cwd is not None:
            self._copy_tree(_existing(task.cwd, "folder"), path)
        elif task.repo is None:
            _write_files(path, task.files or {})
        return workspace

    def _begins_empty(self, task: Task, place: Path) -> bool:
        """Tell whether an empty folder is all that is to be made, and nothing is in its place."""
        return self._finisher(task) is None and not place.exists()

    def _finisher(self, task: Task) -> Finisher | None:
        """What is left to do with git, None when nothing is."""
        if task.repo is not None:
            return self._worktree
        return self._shadowed if task.cwd is not None or task.files else None

    def found(self, task: Task, place: Path) -> Workspace | None:
        """The folder that an earlier attempt left there, None when there is none."""
        workspace = _noted(place)
        if workspace is None and self._finisher(task) is None:
            workspace = _plain(task, place)
        return workspace if workspace is not None and workspace.path.is_dir() else None

    def remove(self, place: Path) -> None:
        """Delete a task's folder and what belongs to it. Blocks."""
        workspace = _noted(place)
        with contextlib.suppress(OSError):  # nearly all are empty: their files went to the results
            (place / "files").rmdir()
            place.rmdir()
        _delete(place)
        if workspace is not None and workspace.commit is not None:
            _delete(Path(workspace.git_dir))

    # --- kinds -------------------------------------------------------------------------------

    def _copy_tree(self, source: Path, target: Path) -> None:
        def left_out(folder: str, names: list[str]) -> list[str]:
            return [name for name in names if not self._is_copied(Path(folder, name))]

        shutil.copytree(source, target, symlinks=True, ignore=left_out)

    def _is_copied(self, path: Path) -> bool:
        """Leave out the folder of the batch, which may be inside, and what is not a file."""
        if path == self._excluded:
            return False
        kind = path.lstat().st_mode
        return stat.S_ISREG(kind) or stat.S_ISDIR(kind) or stat.S_ISLNK(kind)

    async def _shadowed(self, task: Task, place: Path, workspace: Workspace) -> Workspace:
        """Remember the folder as it is."""
        workspace = await self._stored(workspace, place)
        return replace(workspace, base=await self._tree(workspace, place))

    async def _stored(self, workspace: Workspace, place: Path) -> Workspace:
        """Give a folder a repository, beside it, that the agent does not see."""
        await init_store(place / "shadow.git", place / "git.log")
        return replace(workspace, git_dir=str(place / "shadow.git"))

    async def _worktree(self, task: Task, place: Path, workspace: Workspace) -> Workspace:
        log = place / "git.log"
        clone, commit = await self._commit(task.repo or "", task.ref, log)
        async with self._alone(clone):
            await git(
                *(f"--git-dir={clone}", "worktree", "add", "--quiet", "--detach", "--force"),
                *("--end-of-options", workspace.path, commit),
                log=log,
            )
        return replace(workspace, git_dir=_git_dir_of(workspace.path), base=commit, commit=commit)

    # --- clones ------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _alone(self, clone: Path) -> AsyncIterator[None]:
        """Be the only one at a clone: among our tasks, and among processes that share the cache."""
        async with self._locks.setdefault(clone, asyncio.Lock()):
            file = await asyncio.to_thread(_lock_file, clone.with_suffix(".lock"))
            try:
                yield
            finally:
                os.close(file)

    async def _commit(self, repo: str, ref: str | None, log: Path) -> tuple[Path, str]:
        """The bare clone of a repository and the commit that a ref names, fetched where needed."""
        source = _source(repo)
        digest = sha256(source.encode()).hexdigest()[:16]
        slug = re.sub(r"[^A-Za-z0-9._-]+", "-", source.rstrip("/").rsplit("/", 1)[-1])[:40]
        clone = self._cache / f"{slug}-{digest}.git"
        async with self._alone(clone):
            if not _is_folder(clone):
                await self._clone(source, clone, log)
                self._fresh.add(clone)
            # The full id of a commit never changes; a branch may have moved since the last fetch.
            is_known = clone in self._fresh or FULL_ID.fullmatch(ref or "")
            commit = await self._named(clone, ref, log) if is_known else ""
            if not commit and clone not in self._fresh:
                await git(
                    *(f"--git-dir={clone}", "fetch", "--quiet", "--prune", "origin"),
                    log=log,
                    env=git_environment(is_isolated=False),
                )
                self._fresh.add(clone)
            commit = commit or await self._named(clone, ref, log)
        if not commit:
            what = "commits" if ref is None else f"commit, branch or tag {ref!r}"
            raise WorkspaceError(f"{repo} has no {what}")
        return clone, commit

    async def _clone(self, source: str, clone: Path, log: Path) -> None:
        fresh = clone.with_suffix(f".{os.getpid()}.new")
        try:
            await git(
                *("clone", "--quiet", "--mirror", "--template=", "--", source, fresh),
                log=log,
                env=git_environment(is_isolated=False),
            )
            await asyncio.to_thread(fresh.replace, clone)
        finally:
            await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)

    async def _named(self, clone: Path, ref: str | None, log: Path) -> str:
        found = await git(
            *(f"--git-dir={clone}", "rev-parse", "--verify", "--quiet", "--end-of-options"),
            f"{ref or 'HEAD'}^{{commit}}",
            log=log,
            accepted=(0, 1),
        )
        last = found.strip("\n").split("\n")[-1]
        return last if FULL_ID.fullmatch(last) else ""

    # --- changes -----------------------------------------------------------------------------

    async def mark(self, workspace: Workspace, place: Path) -> Workspace:
        """Count the changes from here on: what the set-up did is not the agent's."""
        marked = replace(await self._based(workspace, place), is_ready=True)
        await asyncio.to_thread(_note, marked, place)
        return marked

    async def _based(self, workspace: Workspace, place: Path) -> Workspace:
        if workspace.is_elsewhere:
            return workspace
        if not workspace.git_dir:
            if _is_empty(workspace.path):
                return workspace
            workspace = await self._stored(workspace, place)
        return replace(workspace, base=await self._tree(workspace, place))

    async def write_patch(self, workspace: Workspace, place: Path, patch: Path) -> None:
        """Write what changed since the folder was made or marked, as a patch for `git apply`."""
        if not workspace.git_dir:
            if _is_unchanged(workspace.path, patch):
                return
            workspace = await self._stored(workspace, place)
        index = await self._taken(workspace, place)
        await index.git(*_DIFF, f"--output={patch}", workspace.base)
        make_private(patch)

    async def _tree(self, workspace: Workspace, place: Path) -> str:
        return await (await self._taken(workspace, place)).tree()

    async def _taken(self, workspace: Workspace, place: Path) -> Index:
        return await taken(
            workspace.path,
            place,
            store=Path(workspace.git_dir),
            objects=_objects_of(workspace),
            base=workspace.base,
        )

    async def apply_patch(self, workspace: Workspace, place: Path, patch: Path) -> None:
        """Bring a new folder to the state that a patch describes."""
        env = git_environment(GIT_CEILING_DIRECTORIES=str(workspace.path.parent))
        await git(
            *("apply", "--binary", "--whitespace=nowarn", patch),
            log=place / "git.log",
            env=env,
            cwd=workspace.path,
        )


_DIFF = (
    *("-c", "diff.noprefix=false", "-c", "diff.mnemonicPrefix=false"),
    *("diff", "--cached", "--binary", "--full-index", "--no-color", "--no-ext-diff"),
    *("--no-textconv", "--no-renames", "--src-prefix=a/", "--dst-prefix=b/"),
    *("--submodule=short", "--ignore-submodules=none"),
)


def _source(repo: str) -> str:
    """A repository as git is given it: a URL as it is, a path in full."""
    if "://" in repo or re.match(r"[\w.-]+@?[\w.-]*:", repo):
        return repo
    return str(_existing(repo, "repository"))


def _existing(name: str, what: str) -> Path:
    path = Path(name).expanduser().absolute()
    if not path.is_dir():
        raise WorkspaceError(f"the {what} {path} is not there")
    return path


def _is_folder(path: Path) -> bool:
    return path.is_dir()


def _is_empty(path: Path) -> bool:
    return not any(path.iterdir())


def _is_unchanged(path: Path, patch: Path) -> bool:
    """Tell whether a folder that was new and empty still is; then its patch is written."""
    if not _is_empty(path):
        return False
    patch.write_bytes(b"")
    return True


def _git_dir_of(worktree: Path) -> str:
    return (worktree / ".git").read_text(encoding="utf-8").strip().removeprefix("gitdir: ")


def _plain(task: Task, place: Path) -> Workspace:
    """A folder that no repository knows yet."""
    is_elsewhere = task.environment is not None
    return Workspace(
        place / "files", "", EMPTY_TREE, is_elsewhere=is_elsewhere, is_ready=not task.setup
    )


def _noted(place: Path) -> Workspace | None:
    try:
        noted = json.loads((place / "workspace.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Workspace(
        place / "files",
        noted["git_dir"],
        noted["base"],
        noted["commit"],
        noted.get("is_elsewhere", False),
        noted.get("is_ready", False),
    )


def _note(workspace: Workspace, place: Path) -> None:
    noted = {name: value for name, value in asdict(workspace).items() if name != "path"}
    (place / "workspace.json").write_text(json.dumps(noted), encoding="utf-8")


def _objects_of(workspace: Workspace) -> Path:
    git_dir = Path(workspace.git_dir)
    return (git_dir.parent.parent if workspace.commit else git_dir) / "objects"


def _write_files(path: Path, files: Mapping[str, str]) -> None:
    path.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="")


def _delete(path: Path) -> None:
    """Delete a folder, also what a command made read-only."""

    def allow(function: Callable[[str], object], name: str, _: object) -> None:
        with contextlib.suppress(OSError):
            Path(name).parent.chmod(0o700)
            Path(name).chmod(0o700)
            function(name)

    if path.is_dir():
        if sys.version_info >= (3, 12):
            shutil.rmtree(path, onexc=allow)
        else:
            shutil.rmtree(path, onerror=allow)


def _lock_file(path: Path) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # clones may be of private code
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    if os.name == "posix":
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
    return file
