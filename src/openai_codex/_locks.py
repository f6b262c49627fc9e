"""Locks that a signal handler may find in the hands of the frame below it; and how to do without.

See docs/interrupts.md, *What Ctrl-C may interrupt*. A handler runs on the main thread between any
two steps of the frame below it, which may hold a lock. It must be able to take that lock, and must
not keep it while it waits for another thread that needs it.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Any
from weakref import WeakValueDictionary

__all__ = ["is_held_here", "let_go", "signal_lock", "sleep_on"]

_LOOK_EVERY = 1.0
"""Seconds after which a wait of the main thread looks for a signal that slipped through."""

# Weak: a lock goes with its client, and a long life makes many of them.
_ours: WeakValueDictionary[int, Any] = WeakValueDictionary()


def signal_lock() -> Any:
    """Return a lock that a signal handler may take above its holder, and that `let_go` frees."""
    # Whoever may find itself above its own frame takes it twice, and a plain lock would wait for
    # ever.
    lock = threading.RLock()
    _ours[id(lock)] = lock
    return lock


def is_held_here(lock: Any) -> bool:
    """Return whether this thread holds the lock: whether it runs above a frame that does."""
    held: bool = lock._is_owned()  # as `threading.Condition` asks it
    return held


class let_go:  # noqa: N801  # it is used like a function
    """Frees, while this thread waits, the locks that are held by the frame below a signal handler.

    What is under such a lock is written so that others may come in between; see the page. Outside
    of signal handlers nothing that waits holds one, so that there is nothing to free.
    """

    __slots__ = ("_held",)

    def __enter__(self) -> None:
        # As `threading.Condition` does: it gives back every level of the lock, however deep it is
        # held.
        self._held = [(lock, lock._release_save()) for lock in _held_here()]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for lock, state in self._held:
            lock._acquire_restore(state)


def sleep_on(sleeper: threading.Lock, seconds: float | None) -> None:
    """Wait until somebody releases `sleeper`, which is held, at most `seconds`.

    On the main thread in slices: a signal that comes after the interpreter has looked for one, and
    before the wait has begun, does not end the wait, and its handler runs only after it.
    """
    if threading.current_thread() is not threading.main_thread():
        sleeper.acquire(timeout=-1 if seconds is None else seconds)
        return
    end = None if seconds is None else time.monotonic() + seconds
    left = _LOOK_EVERY if seconds is None else min(seconds, _LOOK_EVERY)
    while left > 0 and not sleeper.acquire(timeout=left):
        left = _LOOK_EVERY if end is None else min(end - time.monotonic(), _LOOK_EVERY)


def _held_here() -> list[Any]:
    if threading.current_thread() is not threading.main_thread():  # handlers run there alone
        return []
    # References, of which there is a copy: another thread may add a client while this looks.
    locks = [ref() for ref in _ours.valuerefs()]
    return [lock for lock in locks if lock is not None and is_held_here(lock)]
