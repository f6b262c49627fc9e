"""A thread for one piece of work; where the system starts none, that work alone fails."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..errors import CodexError

__all__ = ["start_thread"]


def start_thread(work: Callable[[], object], *, name: str) -> threading.Thread:
    """Start a thread that the program does not wait for; raises CodexError where none starts."""
    thread = threading.Thread(target=work, name=name, daemon=True)
    try:
        thread.start()
    except RuntimeError as error:  # a limit of the system, or the end of the program
        raise CodexError(f"no thread could be started for this: {error}") from error
    return thread
