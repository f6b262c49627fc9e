"""Run commands around a turn: bounded in time, and with nothing left behind.

A command has a process group of its own, which is killed when the command is over, when its time is
over, and, on POSIX, when this process dies, however that happens.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import WorkspaceError
from .private import opened_private

__all__ = ["Ran", "git", "git_environment", "run_program", "run_shell"]

SHOWN_BYTES = 4000
GIT_TIMEOUT = 1800.0

# The watcher waits for the end of a pipe that only this process holds open: when this process is
# gone, however it went, the watcher kills the whole group, itself included.
_WATCHED = (
    "exec 3<&0 0</dev/null\n"
    "{ cat <&3; kill -KILL 0; } >/dev/null 2>&1 &\n"
    'exec 3<&- ; exec /bin/sh -c "$1"'
)


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code, None after its time-out, and the end of its output."""

    code: int | None
    output: str

    @property
    def is_ok(self) -> bool:
        """Tell whether it exited with 0."""
        return self.code == 0


async def run_shell(command: str, *, cwd: Path, timeout: float, log: Path) -> Ran:
    """Run a shell command, its output appended to `log`."""
    argv = ["/bin/sh", "-c", _WATCHED, "sh", command] if os.name == "posix" else _cmd(command)
    return await run_program(argv, cwd=cwd, timeout=timeout, log=log, is_watched=True)


def _cmd(command: str) -> list[str]:  # pragma: no cover  # Windows
    return [os.environ.get("COMSPEC", "cmd.exe"), "/d", "/s", "/c", command]


async def run_program(
    argv: Sequence[str],
    *,
    cwd: Path | None,
    timeout: float,
    log: Path,
    env: Mapping[str, str] | None = None,
    is_watched: bool = False,
    answer: Path | None = None,
) -> Ran:
    """Run a program and wait for it, at most `timeout` seconds; `answer` gets its output alone."""
    # A file and not a pipe: what the command leaves in the background may hold it open for ever.
    start = _size(log)
    with _opened(log) as errors, _pipe(is_watched) as stdin, _answered(answer, errors) as output:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd=cwd,
            stdin=stdin,
            stdout=output,
            stderr=errors,
            env=dict(env) if env is not None else None,
            start_new_session=os.name == "posix",
        )
        try:
            code: int | None = await asyncio.wait_for(process.wait(), timeout)
        except asyncio.TimeoutError:
            code = None
        finally:
            _end_group(process)
            await process.wait()
    return Ran(code, _tail(log, start))


def _end_group(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)  # also what it left in the background
        elif process.returncode is None:  # pragma: no cover  # Windows
            process.kill()


@contextlib.contextmanager
def _opened(log: Path) -> Iterator[int]:
    log.parent.mkdir(parents=True, exist_ok=True)
    file = opened_private(log, os.O_WRONLY | os.O_APPEND)
    try:
        yield file
    finally:
        os.close(file)


@contextlib.contextmanager
def _pipe(is_watched: bool) -> Iterator[int]:
    """A pipe's reading end for the command, open for writing as long as this process lives."""
    if not is_watched or os.name != "posix":
        yield subprocess.DEVNULL
        return
    reading, writing = os.pipe()
    try:
        yield reading
    finally:
        os.close(reading)
        os.close(writing)


@contextlib.contextmanager
def _answered(answer: Path | None, log: int) -> Iterator[int]:
    """A new file for what a program answers, where it is not to stand among its errors."""
    if answer is None:
        yield log
        return
    file = opened_private(answer, os.O_WRONLY | os.O_TRUNC)
    try:
        yield file
    finally:
        os.close(file)


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _tail(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(max(start, _size(log) - SHOWN_BYTES))
        return file.read(SHOWN_BYTES).decode("utf-8", "replace").strip()


# --- git ---------------------------------------------------------------------------------------

# Nothing that the user or the agent configured may change what a patch looks like, or run programs.
SETTINGS = (
    *("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false", "-c", "gc.auto=0"),
    *("-c", f"core.excludesFile={os.devnull}", "-c", f"core.attributesFile={os.devnull}"),
    *("-c", "core.autocrlf=false", "-c", "core.quotePath=true", "-c", "core.fileMode=true"),
    *("-c", "advice.detachedHead=false", "-c", "core.longPaths=true"),
)


def git_environment(*, is_isolated: bool = True, **more: str) -> dict[str, str]:
    """Our environment for git: none of its variables, no prompts, and no configuration if isolated.

    Clones need the configuration of the user, who may have credentials in it.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    own = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **more}
    if is_isolated:
        own |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        own["GIT_ATTR_NOSYSTEM"] = "1"
    else:
        asked = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_CONFIG_GLOBAL")
        own |= {name: os.environ[name] for name in asked if name in os.environ}
    return {**kept, **own}


async def git(
    *words: str | Path,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    accepted: tuple[int, ...] = (0,),
    answer: Path | None = None,
) -> str:
    """Run git and return the end of what it printed, or have all of it in the file `answer`.

    Raises WorkspaceError for an exit code that is not accepted.
    """
    argv = ["git", *SETTINGS, *map(str, words)]
    try:
        ran = await run_program(
            argv,
            cwd=cwd,
            timeout=GIT_TIMEOUT,
            log=log,
            env=env or git_environment(),
            answer=answer,
        )
    except FileNotFoundError:
        raise WorkspaceError("git is not installed") from None
    if ran.code not in accepted:
        verb = next(str(word) for word in words if not str(word).startswith("-"))
        raise WorkspaceError(f"git {verb} failed: {ran.output or ran.code}", output=ran.output)
    return ran.output
