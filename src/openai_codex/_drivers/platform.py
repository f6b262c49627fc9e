"""What differs between operating systems: how to spawn, how to end a process and its children.

One value per system, injected, so that each can be tested on any.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
from typing import Any, Protocol

__all__ = ["POSIX", "WINDOWS", "Platform", "Posix", "Windows", "current"]


class Platform(Protocol):
    """What the drivers ask of an operating system."""

    polls_pipes: bool
    """Whether pipes can be polled; where not, threads read and write them."""

    has_epoll: bool
    """Whether what a thread polls can be changed while it sleeps."""

    def spawn_options(self) -> dict[str, Any]:
        """Return what `subprocess.Popen` needs to give the child a group of its own."""
        ...

    def open_pidfd(self, pid: int) -> int | None:
        """Return a descriptor that becomes readable when the process ends, or None."""
        ...

    def terminate_tree(self, pid: int) -> None:
        """Ask the process and its children to end."""

    def kill_tree(self, pid: int) -> None:
        """End the process and its children; nobody left is fine."""


class Posix:
    """Linux, macOS and their like: process groups and signals."""

    polls_pipes = True
    has_epoll = hasattr(select, "epoll")

    def spawn_options(self) -> dict[str, Any]:
        """Start a session, so that Ctrl-C in our terminal is ours to handle."""
        return {"start_new_session": True}

    def open_pidfd(self, pid: int) -> int | None:
        """Open a pidfd where the kernel has them."""
        if not hasattr(os, "pidfd_open"):
            return None
        with contextlib.suppress(OSError):
            return os.pidfd_open(pid)
        return None

    def terminate_tree(self, pid: int) -> None:
        """Send SIGTERM to the group."""
        self._signal(pid, signal.SIGTERM)

    def kill_tree(self, pid: int) -> None:
        """Send SIGKILL to the group."""
        self._signal(pid, signal.SIGKILL)

    def _signal(self, pid: int, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, number)


class Windows:
    """Windows: no console window; `taskkill` ends the tree."""

    polls_pipes = False
    has_epoll = False
    CREATE_NEW_PROCESS_GROUP = 0x00000200
    CREATE_NO_WINDOW = 0x08000000

    def spawn_options(self) -> dict[str, Any]:
        """Open no console window and let Ctrl-C be ours to handle."""
        return {"creationflags": self.CREATE_NO_WINDOW | self.CREATE_NEW_PROCESS_GROUP}

    def open_pidfd(self, pid: int) -> int | None:
        """Windows has none."""
        return None

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
                timeout=5,
                check=False,
                creationflags=self.CREATE_NO_WINDOW if sys.platform == "win32" else 0,
            )


POSIX = Posix()
WINDOWS = Windows()


def current() -> Platform:
    """Return the platform we run on."""
    return WINDOWS if sys.platform == "win32" else POSIX
