"""What differs between operating systems: how to spawn, how to end a process and its children.

One value per system, injected, so that each can be tested on any.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["POSIX", "WINDOWS", "Exit", "Platform", "Posix", "Windows", "current"]


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: its code, negative for a signal, or None where nobody can tell."""

    code: int | None


class Platform(Protocol):
    """What the drivers ask of an operating system."""

    def spawn_options(self) -> dict[str, Any]:
        """Return what `subprocess.Popen` needs to give the child a group of its own."""
        ...

    def open_pidfd(self, pid: int) -> int | None:
        """Return a descriptor that becomes readable when the process ends, or None."""
        ...

    def reap(self, child: subprocess.Popen[Any]) -> Exit | None:
        """Return how a child ended, and give its number back; None while it runs."""
        ...

    def terminate_tree(self, pid: int) -> None:
        """Ask the process and its children to end."""

    def kill_tree(self, pid: int) -> None:
        """End the process and its children, those that are left."""


class Posix:
    """Linux, macOS and their like: process groups and signals."""

    def spawn_options(self) -> dict[str, Any]:
        """Start a session, so that Ctrl-C in our terminal is ours to handle."""
        return {"start_new_session": True}  # which makes a group of its own, to be ended whole

    def open_pidfd(self, pid: int) -> int | None:
        """Open a pidfd where the kernel has them."""
        if not hasattr(os, "pidfd_open"):  # Linux alone, and not everywhere there
            return None
        with contextlib.suppress(OSError):
            # A sandbox may refuse the call though the kernel knows it; then the process is looked
            # at.
            return os.pidfd_open(pid)
        return None

    def reap(self, child: subprocess.Popen[Any]) -> Exit | None:
        """Wait for it without blocking.

        `Popen.poll` says 0 for a child whose status is lost: the program ignores SIGCHLD, or reaps
        every child itself. That would be a success which nobody saw.
        """
        try:
            pid, status = os.waitpid(child.pid, os.WNOHANG)
        except ChildProcessError:
            child.returncode = 0  # so that Popen does not wait for it, too
            return Exit(None)
        if pid == 0:
            return None
        child.returncode = os.waitstatus_to_exitcode(status)
        return Exit(child.returncode)

    def terminate_tree(self, pid: int) -> None:
        """Send SIGTERM to the group."""
        self._signal(pid, signal.SIGTERM)

    def kill_tree(self, pid: int) -> None:
        """Send SIGKILL to the group."""
        self._signal(pid, signal.SIGKILL)

    def _signal(self, pid: int, number: int) -> None:
        # Gone already, or, on macOS, about to be: a zombie's group refuses signals there.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, number)


class Windows:
    """Windows: no console window; `taskkill` ends the tree."""

    # By number: `subprocess` has these names on Windows alone, and this class is tested elsewhere.
    CREATE_NEW_PROCESS_GROUP = 0x00000200
    CREATE_NO_WINDOW = 0x08000000

    def spawn_options(self) -> dict[str, Any]:
        """Open no console window and let Ctrl-C be ours to handle."""
        return {"creationflags": self.CREATE_NO_WINDOW | self.CREATE_NEW_PROCESS_GROUP}

    def open_pidfd(self, pid: int) -> int | None:
        """Windows has none."""
        return None

    def reap(self, child: subprocess.Popen[Any]) -> Exit | None:
        """Ask for its exit code, which Windows keeps as long as there is a handle."""
        code = child.poll()
        return None if code is None else Exit(code)

    def terminate_tree(self, pid: int) -> None:
        """Ask the tree to end."""
        self._taskkill(pid)

    def kill_tree(self, pid: int) -> None:
        """End the tree."""
        self._taskkill(pid, "/F")

    def _taskkill(self, pid: int, *flags: str) -> None:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(
                ["taskkill", "/T", *flags, "/PID", str(pid)],
                capture_output=True,
                # `taskkill` itself may hang, and `close` has a bound to keep.
                timeout=5,
                check=False,
                creationflags=self.CREATE_NO_WINDOW if sys.platform == "win32" else 0,
            )


POSIX = Posix()
WINDOWS = Windows()


def current() -> Platform:
    """Return the platform we run on."""
    return WINDOWS if sys.platform == "win32" else POSIX
