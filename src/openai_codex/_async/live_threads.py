"""The threads that a program holds, and with which options each was opened. Asks nothing.

A thread is live while the program holds an object of it: its `Thread`, or a turn's handle.
"""

from __future__ import annotations

import weakref
from typing import Any

from .._core.messages import Params
from .._drivers.aio import Lock

__all__ = ["AsyncLiveThread", "AsyncLiveThreads"]

# Options of thread/start, resume and fork that are not in a thread's file, or not as overridden.
_GIVEN_AGAIN = frozenset(
    {"baseInstructions", "config", "developerInstructions", "modelProvider", "serviceTier"}
)


class AsyncLiveThread:
    """What it takes to resume one thread."""

    def __init__(self, thread_id: str) -> None:
        self.id = thread_id
        self.given: Params = {}
        self.is_ephemeral = False
        self.agents: list[AsyncLiveThread] = []  # sub-agents that are to come back with it
        self.lock = Lock()  # several turns may be started in it at once


class AsyncLiveThreads:
    """The live threads of one client, held weakly."""

    def __init__(self) -> None:
        self._threads: weakref.WeakValueDictionary[str, AsyncLiveThread] = (
            weakref.WeakValueDictionary()
        )

    def hold(self, thread_id: str) -> AsyncLiveThread:
        """Return the live thread of this id, to be kept for as long as it is to live."""
        live = self._threads.get(thread_id)
        if live is None:
            live = self._threads[thread_id] = AsyncLiveThread(thread_id)
        return live

    def opened(self, thread_id: str, params: Params, result: Any) -> AsyncLiveThread:
        """Note with which options a thread was started, resumed or forked."""
        live = self.hold(thread_id)
        live.given = {name: params[name] for name in params if name in _GIVEN_AGAIN}
        live.is_ephemeral = bool(params.get("ephemeral") or _thread(result).get("ephemeral"))
        return live

    def ids(self) -> set[str]:
        """Return the ids of the threads that are live now."""
        return set(self._threads.keys())


def _thread(result: Any) -> Params:
    thread = result.get("thread") if isinstance(result, dict) else None
    return thread if isinstance(thread, dict) else {}
