"""A working folder as it is, taken into an index of our own by a git that is told its repository.

Git takes a repository inside the folder for a submodule, and leaves its files out. They are work
like any other (`cargo new` and many generators make a repository), so they are read as a tree of
their own, which is put in the place of the submodule. A submodule of the base stays one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from .commands import git, git_environment
from .errors import WorkspaceError

__all__ = ["EMPTY_TREE", "Index", "init_store", "taken"]

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

# `info/attributes` wins over every .gitattributes of the folder: bytes are kept as they are, and an
# encoding that does not fit does not make git give up.
_ATTRIBUTES = "* -text !eol !crlf -ident -filter !working-tree-encoding\n"
_LINK = "160000 "


@dataclass(frozen=True)
class Index:
    """An index of `folder`, in a file of its own, with `store` as its repository."""

    store: Path
    folder: Path
    file: Path
    env: Mapping[str, str]
    log: Path

    async def git(self, *words: str | Path, accepted: tuple[int, ...] = (0,)) -> str:
        """Run git on the folder with this index; returns the end of its output."""
        return await self._run(*words, accepted=accepted)

    async def tree(self) -> str:
        """Write the index as a tree and return its id."""
        return (await self.git("write-tree")).strip("\n").split("\n")[-1]

    async def links(self) -> set[str]:
        """Return where git sees a repository inside: as a submodule, or as a folder left out."""
        listed = await self._told("ls-files", "-z", "--stage")
        others = await self._told("ls-files", "-z", "--others", "--exclude-standard")
        known = {line.partition("\t")[2] for line in listed if line.startswith(_LINK)}
        return known | {name.rstrip("/") for name in others if name.endswith("/")}

    async def is_link_of(self, base: str, name: str) -> bool:
        """Tell whether a tree or commit has a submodule there."""
        told = await self._told("ls-tree", "-z", "--full-tree", base, name)
        return any(line.startswith(_LINK) for line in told)

    async def put(self, name: str, tree: str) -> None:
        """Have a tree where git sees a repository inside."""
        await self.git("rm", "-r", "-f", "-q", "--cached", "--ignore-unmatch", "--", name)
        if tree != EMPTY_TREE:
            await self.git("read-tree", f"--prefix={name}/", tree)

    async def _told(self, *words: str) -> list[str]:
        answer = self.file.with_suffix(".told")
        await self._run(*words, answer=answer)
        return os.fsdecode(await asyncio.to_thread(answer.read_bytes)).split("\0")[:-1]

    async def _run(
        self, *words: str | Path, accepted: tuple[int, ...] = (0,), answer: Path | None = None
    ) -> str:
        return await git(
            *(f"--git-dir={self.store}", f"--work-tree={self.folder}", "--literal-pathspecs"),
            *words,
            log=self.log,
            env={**self.env, "GIT_INDEX_FILE": str(self.file)},
            cwd=self.folder,
            accepted=accepted,
            answer=answer,
        )


async def init_store(store: Path, log: Path) -> None:
    """Make a repository that keeps the bytes of files whatever their folder says of them."""
    await git("init", "--quiet", "--bare", "--template=", store, log=log)
    await asyncio.to_thread(_write_attributes, store)


def _write_attributes(store: Path) -> None:
    (store / "info").mkdir(exist_ok=True)
    (store / "info" / "attributes").write_text(_ATTRIBUTES, encoding="utf-8")


async def taken(folder: Path, place: Path, *, store: Path, objects: Path, base: str) -> Index:
    """Take the folder as it is now into an index below `place`; the store only gives what it has.

    Raises WorkspaceError when git cannot.
    """
    (place / "objects").mkdir(exist_ok=True)
    env = git_environment(
        GIT_OBJECT_DIRECTORY=str(place / "objects"),  # a clone in the cache stays as it is
        GIT_ALTERNATE_OBJECT_DIRECTORIES=str(objects),
    )
    index = Index(store, folder, place / "own.index", env, place / "git.log")
    await asyncio.to_thread(_copy_index, store / "index", index.file)
    try:
        await _add(index)
    except WorkspaceError:  # a .gitattributes that git cannot follow
        index = await _unattributed(index, place / "plain.git")
        await _add(index)
    await _put_repositories(index, base)
    return index


async def _add(index: Index) -> None:
    # 1: what could not be read is left out.
    await index.git("add", "-A", "--ignore-errors", ".", accepted=(0, 1))


async def _unattributed(index: Index, store: Path) -> Index:
    """Return the index with a store of its own, for which no .gitattributes counts."""
    await init_store(store, index.log)
    await asyncio.to_thread(_copy_index, index.store / "index", index.file)
    return replace(index, store=store)


async def _put_repositories(index: Index, base: str) -> None:
    for name in sorted(await index.links()):
        if not await index.is_link_of(base, name):
            await index.put(name, await _tree_inside(index, name))


async def _tree_inside(outer: Index, name: str) -> str:
    """Return the files of a repository inside as a tree; those inside it are in it."""
    folder = outer.folder / name
    if not folder.is_dir() or folder.is_symlink():
        return EMPTY_TREE
    index = replace(outer, folder=folder, file=outer.file.with_suffix(f"{outer.file.suffix}.in"))
    index.file.unlink(missing_ok=True)
    await _add(index)
    await _put_repositories(index, EMPTY_TREE)
    return await index.tree()


def _copy_index(index: Path, copy: Path) -> None:
    copy.unlink(missing_ok=True)
    with contextlib.suppress(FileNotFoundError):  # a repository without one: all files are new
        shutil.copyfile(index, copy)
