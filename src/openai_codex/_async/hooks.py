"""Calls the hooks that only look: in order for each thread, beside the reader."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .._core.careful_log import CarefulLog
from .._core.messages import Closed
from .._drivers.aio import HandlerLoop, run_handler, run_in_background
from .._safe_text import safe_repr
from ..errors import CodexError
from ..questions.handlers import Handlers
from ..questions.hooks import CommandEnd, TurnNews

if TYPE_CHECKING:
    from ..questions.answerers import Answerers

__all__ = ["AsyncHooks"]

_log = CarefulLog("openai_codex.hooks")

# What may wait for a thread's hooks: past it they are too slow, and miss what comes.
_MOST_WAITING = 10_000

Call = tuple[str, Callable[[Any], Any], Any]


class AsyncHooks:
    """Takes the events that hooks are about, and has them called."""

    def __init__(
        self, answerers: Answerers, parent_of: Any, loop: HandlerLoop, connection_of: Any
    ) -> None:
        self._answerers = answerers
        self._connection_of = connection_of
        self._parent_of = parent_of
        self._loop = loop
        self._waiting: dict[str, deque[Call]] = {}
        self._handlers: dict[str, Handlers] = {}  # of threads whose turns run: whose hooks count

    # --- on the reader ---------------------------------------------------------------------------

    def put(self, item: Any) -> None:
        """Take an event; never blocks, and never raises for what a message lacks."""
        if isinstance(item, Closed):
            return
        try:
            self._take(item.method, item.params)
        except (AttributeError, KeyError, TypeError) as error:
            _log.debug("no hook for %s: %s", item.method, safe_repr(error))

    def _take(self, method: str, params: dict[str, Any]) -> None:
        thread_id = str(params.get("threadId"))
        if method == "turn/started":
            self._handlers[thread_id] = self._of(thread_id)
            self._call(thread_id, "turn_started", TurnNews.from_wire, params)
        elif method == "turn/completed":
            self._call(thread_id, "turn_ended", TurnNews.from_wire, params)
            self._handlers.pop(thread_id, None)
        elif params["item"].get("type") == "commandExecution":
            self._call(thread_id, "after_command", CommandEnd.from_wire, params)

    def _of(self, thread_id: str) -> Handlers:
        own = self._answerers.setup_of(thread_id, self._parent_of).handlers
        return own.over(self._answerers.handlers) if own is not None else self._answerers.handlers

    def _call(
        self, thread_id: str, slot: str, make: Callable[[Any], Any], params: dict[str, Any]
    ) -> None:
        handlers = self._handlers.get(thread_id) or self._of(thread_id)
        hook = getattr(handlers, slot)
        if hook is None:
            return
        waiting = self._waiting.get(thread_id)
        if waiting is not None and len(waiting) >= _MOST_WAITING:
            _log.warning("the hooks of thread %s are too slow: %s is left out", thread_id, slot)
            return
        call = (slot, hook, make(params))
        if waiting is not None:  # its calls are being made
            waiting.append(call)
            return
        self._waiting[thread_id] = deque([call])
        context = self._answerers.context_of(thread_id, self._parent_of)
        try:
            run_in_background(functools.partial(self._drain, thread_id), context=context)
        except CodexError as error:  # kept, its place would hold up all later calls for ever
            del self._waiting[thread_id]
            _log.warning("the hook in Handlers.%s was not called: %s", slot, error)

    # --- elsewhere -------------------------------------------------------------------------------

    async def _drain(self, thread_id: str) -> None:
        """Call what waits for one thread, in its order."""
        while (call := self._next(thread_id)) is not None:
            slot, hook, told = call
            try:
                await run_handler(hook, told, seconds=None, settled=None, loop=self._loop)
            except (Exception, SystemExit) as error:  # its mistake is its own
                _log.warning("the hook in Handlers.%s failed: %s", slot, safe_repr(error))

    def _next(self, thread_id: str) -> Call | None:
        """Return the next call for a thread, under the session's lock, as `put` is."""
        connection = self._connection_of()

        def take(_: object) -> Call | None:
            waiting = self._waiting[thread_id]
            if waiting:
                return waiting.popleft()
            del self._waiting[thread_id]
            return None

        if connection is None:  # closed, and gone
            return take(None)
        call: Call | None = connection.driver.locked(take)
        return call
