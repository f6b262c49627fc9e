"""The settings that each thread had last: a resume alone does not bring all of them back."""

from __future__ import annotations

from .messages import Params

__all__ = ["ThreadSettings"]

_MOST = 4096
"""How many threads are remembered: a client may see any number."""


class ThreadSettings:
    """The settings of threads whose turns changed them (thread/settings/updated)."""

    def __init__(self) -> None:
        self._by_thread: dict[str, Params] = {}

    def note(self, params: Params) -> None:
        """Take the params of a report; the thread that was reported longest ago may have to go."""
        settings = params.get("threadSettings")
        if type(settings) is dict:
            self.forget(params)
            self._by_thread[str(params.get("threadId"))] = settings
            if len(self._by_thread) > _MOST:
                self._by_thread.pop(next(iter(self._by_thread)))

    def forget(self, params: Params) -> None:
        """Let go of a thread's settings."""
        self._by_thread.pop(str(params.get("threadId")), None)

    def of(self, thread_id: str) -> Params:
        """Return what was reported of a thread last, {} where nothing was changed."""
        return self._by_thread.get(thread_id, {})
