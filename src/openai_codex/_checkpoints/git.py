"""Running git on a store of our own, out of reach of the user's settings, hooks and index.

The only place that starts git. Every call blocks, and has a bound in seconds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .errors import CheckpointError, GitNotFoundError

__all__ = ["Blobs", "Git", "clean_environment", "find_git", "init_store", "run_git"]

_SECONDS = 600.0

# Bytes are kept as they are: no line endings are changed, no filter of the user's runs, and names
# that only other systems object to are taken. Packs hold nothing but files of 512 MB and more, most
# of which are compressed already: a turn must not wait for git to try it again. Nothing is ever
# collected as garbage, because no branch refers to what is stored here.
_SETTINGS = """\
[core]
\tautocrlf = false
\tsafecrlf = false
\tprotectNTFS = false
\tprotectHFS = false
\tprecomposeUnicode = false
\tfsmonitor = false
\tuntrackedCache = false
\tsplitIndex = false
\tlooseCompression = 1
\tlongpaths = true
[pack]
\tcompression = 0
[gc]
\tauto = 0
[maintenance]
\tauto = false
"""
# `info/attributes` wins over every .gitattributes of the user.
_ATTRIBUTES = "* -text !eol !crlf -ident -filter !working-tree-encoding\n"


def find_git() -> str:
    """Return the path of the git program; raises GitNotFoundError."""
    found = shutil.which("git")
    if found is None:
        raise GitNotFoundError
    return found


def clean_environment() -> dict[str, str]:
    """Return this process's environment without what steers git."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def init_store(store: Path) -> None:
    """Make an empty store with its settings, whole or not at all."""
    fresh = store.with_name(f"{store.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    run_git(["init", "-q", "--template=", "--bare", str(fresh)], env=_own_environment())
    with (fresh / "config").open("a", encoding="utf-8") as config:
        config.write(_SETTINGS)
    (fresh / "info").mkdir(exist_ok=True)
    (fresh / "info" / "attributes").write_text(_ATTRIBUTES, encoding="utf-8")
    fresh.rename(store)


def _own_environment() -> dict[str, str]:
    return {
        **clean_environment(),
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


class Git:
    """Git on one store and one working tree, with an index of its own."""

    def __init__(self, store: Path, top: Path, index: Path) -> None:
        self.top = top
        self.index = index
        self.held: tuple[int, ...] = ()  # a lock that git holds with us, if we are killed
        self._env = {
            **_own_environment(),
            "GIT_DIR": str(store),
            "GIT_WORK_TREE": str(top),
            "GIT_INDEX_FILE": str(index),
        }

    def run(
        self, *arguments: str | bytes, data: bytes = b"", accepted: Sequence[int] = (0,)
    ) -> bytes:
        """Return what git prints; raises CheckpointError with its complaint."""
        return run_git(
            arguments, env=self._env, cwd=self.top, data=data, accepted=accepted, held=self.held
        )

    @contextmanager
    def blobs(self) -> Iterator[Blobs]:
        """Open a reader of stored contents."""
        command = [find_git(), "cat-file", "--batch"]
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._env,
            cwd=self.top,
        ) as process:
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                yield Blobs(process.stdin, process.stdout)
            finally:
                process.kill()  # it has nothing to finish


class Blobs:
    """Reads stored contents by id, one after the other, from `git cat-file --batch`."""

    _CHUNK = 1 << 20

    def __init__(self, asking: BinaryIO | object, answers: BinaryIO | object) -> None:
        self._asking: BinaryIO = asking  # type: ignore[assignment]
        self._answers: BinaryIO = answers  # type: ignore[assignment]

    def chunks(self, oid: str) -> Iterator[bytes]:
        """Yield one content, piece by piece; it must be read to its end."""
        self._asking.write(oid.encode("ascii") + b"\n")
        self._asking.flush()
        head = self._answers.readline().split()
        if len(head) != 3:
            raise CheckpointError(f"the store of checkpoints has lost the content {oid}")
        left = int(head[2])
        while left:
            chunk = self._answers.read(min(left, self._CHUNK))
            if not chunk:
                raise CheckpointError(f"the store of checkpoints broke off in the content {oid}")
            left -= len(chunk)
            yield chunk
        self._answers.read(1)  # the newline that ends it

    def whole(self, oid: str) -> bytes:
        """Return one content."""
        return b"".join(self.chunks(oid))


def run_git(
    arguments: Sequence[str | bytes],
    *,
    env: Mapping[str, str],
    cwd: Path | None = None,
    data: bytes = b"",
    accepted: Sequence[int] = (0,),
    held: Sequence[int] = (),
) -> bytes:
    """Run git once and return what it prints; raises CheckpointError with its complaint."""
    try:
        done = subprocess.run(
            [find_git(), *arguments],
            input=data,
            capture_output=True,
            env=env,
            cwd=cwd,
            timeout=_SECONDS,
            check=False,
            pass_fds=held if os.name == "posix" else (),
        )
    except subprocess.TimeoutExpired as error:
        raise CheckpointError(f"git took longer than {_SECONDS:g} s in {cwd}") from error
    except OSError as error:
        raise CheckpointError(f"git could not run in {cwd}: {error}") from error
    if done.returncode not in accepted:
        name = arguments[0] if isinstance(arguments[0], str) else "git"
        raise CheckpointError(f"git {name} failed in {cwd}: {_complaint(done.stderr)}")
    return done.stdout


def _complaint(stderr: bytes) -> str:
    return stderr.decode("utf-8", "replace").strip()[-2000:] or "it did not say why"
