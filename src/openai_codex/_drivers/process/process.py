"""The runtime's process: spawned in a group of its own, ended with everything it started.

Knows no protocol and no threads. What ends it step by step is the shutdown `LADDER`.
"""

from __future__ import annotations

import contextlib
import functools
import os
import select
import subprocess
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..._redaction import redact_words
from ...errors import StartupError, WrongProcessError
from .launch import Launch
from .platform import Exit, Platform
from .stderr import StderrTail

__all__ = ["LADDER", "Process", "Rung"]


_BUSY = 1.0
"""Seconds after which a look at the process gives up waiting for another one."""

_LOOK_EVERY = 0.02
"""Seconds between two looks of a caller that waits where no descriptor tells of the exit."""


class Process:
    """One running runtime and the facts about it."""

    def __init__(self, launch: Launch, *, platform: Platform) -> None:
        """Spawn; raises StartupError when the system refuses."""
        self.argv = launch.argv
        self.stderr = StderrTail()
        self.printed = 0  # bytes on stderr
        self.platform = platform
        self._exit: Exit | None = None
        self._exit_lock = threading.RLock()  # a signal handler may look above a frame that looks
        try:
            self._popen = subprocess.Popen(
                launch.argv,
                bufsize=0,  # no buffers: the pumps read and write the descriptors
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(launch.env),
                cwd=launch.cwd,
                **platform.spawn_options(),
            )
        except (OSError, ValueError) as error:
            raise StartupError(
                f"the codex runtime could not be started: {_why(error, launch)}"
            ) from error
        self.pid = self._popen.pid
        self.owner_pid = os.getpid()  # a forked child has this object, but is not its owner
        self.pidfd = platform.open_pidfd(self.pid)
        _close_pipes_after_fork(self)

    @functools.cached_property
    def shown_command(self) -> tuple[str, ...]:
        """What runs, without secrets. Kept: who shares runtimes asks for their facts often."""
        return redact_words(self.argv)

    # --- pipes -------------------------------------------------------------------------------

    @property
    def stdin_fd(self) -> int:
        """The descriptor that leads to the runtime."""
        return _fd(self._popen.stdin)

    @property
    def stdout_fd(self) -> int:
        """The descriptor of what the runtime answers."""
        return _fd(self._popen.stdout)

    @property
    def stderr_fd(self) -> int:
        """The descriptor of what the runtime prints for people."""
        return _fd(self._popen.stderr)

    def take_stderr(self, data: bytes) -> None:
        """Take what the runtime printed for people."""
        self.printed += len(data)
        self.stderr.feed(data)

    def close_stdin(self) -> None:
        """Close its stdin: the runtime ends at the end of that. Idempotent.

        The number of the descriptor stays ours until `close_pipes`, for a frame below a signal
        handler may be about to write there: what it writes then fails, and reaches no other file.
        """
        with contextlib.suppress(OSError, ValueError):  # all pipes are closed
            os.dup2(self.stdout_fd, self.stdin_fd, inheritable=False)

    def close_pipes(self) -> None:
        """Close every descriptor that is held for this process. Idempotent."""
        for pipe in (self._popen.stdin, self._popen.stdout, self._popen.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        pidfd, self.pidfd = self.pidfd, None  # once: its number may soon be another file's
        if pidfd is not None:
            os.close(pidfd)

    def check_owner(self) -> None:
        """Raise WrongProcessError in a forked child, which must not touch its parent's pipes."""
        if self.owner_pid != os.getpid():
            raise WrongProcessError(
                "this client was made before os.fork() and belongs to the parent process: "
                "make a new client in the child"
            )

    def discard(self) -> None:
        """End it at once, with its group, and close everything: nothing in it is to be saved."""
        self.kill()
        self.wait(_BUSY)
        self.close_pipes()

    # --- exit --------------------------------------------------------------------------------

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; None while it runs, and where nobody can tell."""
        end = self.poll()
        return None if end is None else end.code

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self.poll() is None

    def poll(self) -> Exit | None:
        """Look whether it ended; when it did, end what is left of its group, and reap it."""
        # Bounded, since a frame below a signal handler may hold it for as long as that takes.
        if not self._exit_lock.acquire(timeout=_BUSY):
            return self._exit
        try:
            if self._exit is None and os.getpid() == self.owner_pid and self._may_be_over():
                # Not reaped yet where there is a pidfd: the group's number is still its own.
                if self.pidfd is not None:
                    self.platform.kill_tree(self.pid)
                self._exit = self.platform.reap(self._popen)
                if self._exit is not None and self.pidfd is None:
                    self.platform.kill_tree(self.pid)
            return self._exit
        finally:
            self._exit_lock.release()

    def _may_be_over(self, seconds: float = 0) -> bool:
        if self.pidfd is None:
            return True  # reaping will tell
        poll = select.poll()  # not select(), which cannot take descriptors over 1023
        poll.register(self.pidfd, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def wait(self, seconds: float) -> bool:
        """Block until it ended; returns whether it did within `seconds`."""
        end = time.monotonic() + seconds
        while self.poll() is None:
            left = end - time.monotonic()
            if left <= 0:
                return False
            if self.pidfd is not None:
                self._may_be_over(left)
            else:  # as Popen does; its own wait would take the exit status from us
                time.sleep(min(left, _LOOK_EVERY))
        return True

    def terminate(self) -> None:
        """Ask the group to end."""
        if self.is_alive:
            self.platform.terminate_tree(self.pid)

    def kill(self) -> None:
        """End the group."""
        if self.is_alive:
            self.platform.kill_tree(self.pid)


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the shutdown ladder: what to do, and its share of the time allowed in seconds."""

    name: str
    act: Callable[[Process], object]
    share: float
    at_least: float = 0.0
    may_be_cut: bool = True

    def patience(self, seconds: float) -> float:
        """Return how long to wait for this step to help, of the `seconds` for all of them."""
        return max(seconds * self.share, self.at_least)


# Before the first rung the pump closes stdin: only it knows whether a caller is writing there.
LADDER = (
    Rung("let it end by itself", Process.poll, 0.5),
    Rung("terminate the group", Process.terminate, 0.3),
    # Nothing outlives that: it takes as long as the system needs, which is long only under load.
    Rung("kill the group", Process.kill, 0.2, at_least=2.0, may_be_cut=False),
)


def _why(error: OSError | ValueError, launch: Launch) -> str:
    # The system's own words are the same for a folder as for a program that is not there.
    is_missing = isinstance(error, (FileNotFoundError, NotADirectoryError))
    if is_missing and launch.cwd is not None and not Path(launch.cwd).is_dir():
        return f"cwd names no folder: {os.fspath(launch.cwd)!r}"
    return str(error)


def _fd(pipe: object) -> int:
    return pipe.fileno()  # type: ignore[attr-defined, no-any-return]


# A forked child holds copies of our pipes: while it does, closing ours would not end the runtime.
_live: weakref.WeakSet[Process] = weakref.WeakSet()
_hooked = False


def _close_pipes_after_fork(process: Process) -> None:
    global _hooked
    _live.add(process)
    if not _hooked and hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_close_all_pipes)
        _hooked = True


def _close_all_pipes() -> None:
    for process in list(_live):
        process.close_pipes()
