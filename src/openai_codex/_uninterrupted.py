"""`uninterrupted`: steps that belong together, where Ctrl-C and signal handlers never come between.

See docs/interrupts.md, *What Ctrl-C may interrupt*.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["uninterrupted"]


def uninterrupted(work: Callable[[], None]) -> None:
    """Do `work` where Ctrl-C and signal handlers never come in between: on a thread beside.

    Ctrl-C in the caller, which waits, lets the thread finish: what it began must look for that.
    """
    if threading.current_thread() is not threading.main_thread():
        work()
        return
    errors: list[BaseException] = []
    # A bare lock and not `Thread.join`: Ctrl-C ends this wait, and leaves the thread as it is.
    done = threading.Lock()
    done.acquire()

    def run() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            done.release()

    try:
        threading.Thread(target=run, name="codex-uninterrupted", daemon=True).start()
    except RuntimeError:  # no thread can be started, as at the end of the program
        work()
        return
    done.acquire()
    if errors:
        raise errors[0]
