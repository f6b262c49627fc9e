"""The runtime's process: spawned in a group of its own, ended with everything it started.

Knows no protocol and no threads; both drivers use it. `end_now` climbs the shutdown `LADDER` for
those who may block; who may not climbs it in its own way of waiting.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import StartupError, TransportClosedError, WrongProcessError
from .launch import Launch
from .platform import Platform
from .stderr import StderrTail

__all__ = ["LADDER", "Process", "Rung"]


class Process:
    """Hold one running runtime and the facts about it."""

    def __init__(self, launch: Launch, *, platform: Platform) -> None:
        """Spawn; raises StartupError when the system refuses."""
        self.argv = launch.argv
        self.stderr = StderrTail()
        self.platform = platform
        self._exit: int | None = None
        self._exit_lock = threading.Lock()
        try:
            self._popen = subprocess.Popen(
                launch.argv,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(launch.env),
                cwd=launch.cwd,
                **platform.spawn_options(),
            )
        except (OSError, ValueError) as error:
            raise StartupError(f"the codex runtime could not be started: {error}") from error
        self.pid = self._popen.pid
        self.owner_pid = os.getpid()
        self.pidfd = platform.open_pidfd(self.pid)
        _close_pipes_after_fork(self)

    # --- pipes -------------------------------------------------------------------------------

    @property
    def stdin_fd(self) -> int:
        """Return the descriptor that leads to the runtime."""
        return _fd(self._popen.stdin)

    @property
    def stdout_fd(self) -> int:
        """Return the descriptor of what the runtime answers."""
        return _fd(self._popen.stdout)

    @property
    def stderr_fd(self) -> int:
        """Return the descriptor of what the runtime complains."""
        return _fd(self._popen.stderr)

    def close_stdin(self) -> None:
        """Tell the runtime to end; it does so on end of file. Idempotent."""
        if self._popen.stdin is not None:
            with contextlib.suppress(OSError):
                self._popen.stdin.close()

    def close_pipes(self) -> None:
        """Close every descriptor that is held for this process. Idempotent."""
        for pipe in (self._popen.stdin, self._popen.stdout, self._popen.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        pidfd, self.pidfd = self.pidfd, None
        if pidfd is not None:
            os.close(pidfd)

    def check_owner(self) -> None:
        """Raise WrongProcessError in a forked child, which must not touch its parent's pipes."""
        if self.owner_pid != os.getpid():
            raise WrongProcessError(
                "this client was made before os.fork() and belongs to the parent process: "
                "make a new client in the child"
            )

    # --- exit --------------------------------------------------------------------------------

    @property
    def returncode(self) -> int | None:
        """Return the exit code, negative for a signal, or None while it runs."""
        return self.poll()

    @property
    def is_alive(self) -> bool:
        """Tell whether it still runs."""
        return self.poll() is None

    def poll(self) -> int | None:
        """Look whether it ended; when it did, end what is left of its group, and reap it."""
        with self._exit_lock:
            if self._exit is None and os.getpid() == self.owner_pid and self._has_ended(0):
                # Not reaped yet where there is a pidfd: the group's number is still its own.
                self.platform.kill_tree(self.pid)
                self._exit = self._popen.wait()
            return self._exit

    def _has_ended(self, seconds: float) -> bool:
        if self.pidfd is None:
            return self._popen.poll() is not None
        poll = select.poll()  # not select(), which cannot take descriptors over 1023
        poll.register(self.pidfd, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def closed_error(self, reason: str) -> TransportClosedError:
        """Return the error that tells how the runtime ended."""
        code = self.poll()
        return TransportClosedError(
            reason,
            exit_code=code if code is not None and code >= 0 else None,
            signal=-code if code is not None and code < 0 else None,
            stderr_tail=self.stderr.text,
        )

    def wait(self, seconds: float) -> bool:
        """Wait, blocking, until it ended; returns whether it did."""
        end = time.monotonic() + seconds
        while self.poll() is None:
            left = end - time.monotonic()
            if left <= 0:
                return False
            if self.pidfd is not None:
                self._has_ended(left)
            else:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._popen.wait(left)
        return True

    def terminate(self) -> None:
        """Ask the group to end."""
        if self.is_alive:
            self.platform.terminate_tree(self.pid)

    def kill(self) -> None:
        """End the group."""
        if self.is_alive:
            self.platform.kill_tree(self.pid)

    def end_now(self, seconds: float) -> None:
        """Climb the ladder, blocking, within about `seconds`; its stdin is closed already."""
        for rung in LADDER:
            rung.act(self)
            if self.wait(rung.patience(seconds)):
                return


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the shutdown ladder: what to do, and its share of the time allowed in seconds."""

    name: str
    act: Callable[[Process], object]
    share: float
    at_least: float = 0.0

    def patience(self, seconds: float) -> float:
        """Return how long to wait for this step to help, of the `seconds` for all of them."""
        return max(seconds * self.share, self.at_least)


# Before the first rung the pump closes stdin: only it knows whether somebody is writing there.
LADDER = (
    Rung("let it end by itself", Process.poll, 0.5),
    Rung("terminate the group", Process.terminate, 0.3),
    # Nothing outlives that: it takes as long as the system needs, which is long only under load.
    Rung("kill the group", Process.kill, 0.2, at_least=2.0),
)


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
