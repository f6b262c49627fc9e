"""A machine that starts no more threads of a kind, as at a limit of the system."""

from __future__ import annotations

import threading

import pytest

__all__ = ["no_threads"]


def no_threads(patch: pytest.MonkeyPatch, name: str) -> None:
    """Let no thread of this name start, until `patch.undo()`."""

    def no_thread(thread: threading.Thread) -> None:
        if thread.name == name:
            raise RuntimeError("can't start new thread")
        start_thread(thread)

    start_thread = threading.Thread.start
    patch.setattr(threading.Thread, "start", no_thread)
