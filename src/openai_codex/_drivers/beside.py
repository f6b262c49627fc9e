"""Work that must not block who asks for it, and must be done though the program ends."""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["beside"]


def beside(work: Callable[[], None]) -> None:
    """Do `work` on a thread of its own, for which the program waits when it ends."""
    try:
        threading.Thread(target=work, name="codex-close").start()
    except RuntimeError:  # the program has ended, and starts no more threads
        work()
