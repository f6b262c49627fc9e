"""What a test process holds: threads, descriptors, children. Looks; ends nothing."""

from __future__ import annotations

import gc
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from openai_codex._core.session import Session

BOUND = 10.0
"""Seconds that a thread which is on its way out may take; only a failing test waits so long."""


@dataclass(frozen=True)
class Belongings:
    """Hold what the process had at one moment."""

    threads: frozenset[threading.Thread]
    fds: frozenset[str]
    children: frozenset[int]

    @classmethod
    def now(cls) -> Belongings:
        """Look around."""
        return cls(frozenset(threading.enumerate()), frozenset(_fds()), frozenset(children()))

    def assert_nothing_came(self) -> None:
        """Compare, after threads that are ending have ended and garbage is gone."""
        self._join_new_threads()
        now = Belongings.now()
        if len(now.fds) > len(self.fds) or now.children - self.children:
            gc.collect()
            now = Belongings.now()
        left = sorted(thread.name for thread in now.threads - self.threads)
        assert not left, f"threads are left: {left}"
        assert not now.children - self.children, "processes are left"
        assert len(now.fds) <= len(self.fds), f"descriptors are left: {now.fds - self.fds}"

    def _join_new_threads(self) -> None:
        end = time.monotonic() + BOUND
        for thread in set(threading.enumerate()) - self.threads:
            thread.join(max(0.0, end - time.monotonic()))


def _fds() -> list[str]:
    own = Path("/proc/self/fd")
    return [f"{fd.name} -> {fd.readlink()}" for fd in list(own.iterdir()) if fd.is_symlink()]


def children() -> list[int]:
    """Return the children of this process, the dead but not reaped ones too."""
    tasks = list(Path("/proc/self/task").iterdir())
    return [int(pid) for task in tasks for pid in _children_of(task).split()]


def _children_of(task: Path) -> str:
    try:
        return (task / "children").read_text()
    except OSError:  # the thread ended meanwhile, and its children are another one's now
        return ""


def busy(session: Session) -> list[object]:
    """Return what a session still has under way: calls, listeners, those in or at its gates."""
    gates = (session.calls._gate, session.calls._turn_starts_gate)
    calls = [box for gate in gates for box in (*gate._inside, *gate._queue)]
    return [*session.calls._open.values(), *session.routes.boxes(), *calls]


def resident_bytes() -> int:
    """Return the memory of this process that is in use."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
