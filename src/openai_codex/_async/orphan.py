"""A turn whose start was given up: when it starts after all, nobody watches it, so it is stopped.

Never raises to anyone: there is nobody to raise to. What goes wrong is logged.
"""

from __future__ import annotations

import functools
import logging
import weakref
from typing import TYPE_CHECKING

from .._core.messages import Closed, Failure, Reply
from .._drivers.aio import run_in_background
from ..deadline import Deadline
from ..errors import CodexError, TransportClosedError
from ..replies import text_in
from .interrupt import interrupt_turn

if TYPE_CHECKING:
    from .rpc import AsyncRpc

__all__ = ["AsyncOrphan"]

_log = logging.getLogger("openai_codex.turns")


class AsyncOrphan:
    """Take the late reply to a turn/start, and interrupt the turn that it names."""

    def __init__(self, rpc: AsyncRpc, thread_id: str) -> None:
        self._rpc = weakref.ref(rpc)  # the session holds us: we must not keep the connection alive
        self._thread_id = thread_id

    def put(self, item: Reply | Failure | Closed) -> None:
        """Take what became of the call."""
        if isinstance(item, Reply):
            run_in_background(functools.partial(self._stop, item))

    async def _stop(self, started: Reply) -> None:
        rpc = self._rpc()
        if rpc is None:
            return
        try:
            turn_id = text_in(started.result, "turn", "id", method="turn/start")
            _log.info("turn %s started after its caller had given up: interrupting it", turn_id)
            deadline = Deadline(rpc.config.interrupt_timeout)
            box = rpc.turn_box()  # nothing comes into it: nobody watches the turn
            await interrupt_turn(rpc, self._thread_id, turn_id, box=box, deadline=deadline)
        except TransportClosedError:
            pass  # it went with its runtime
        except CodexError as error:
            _log.warning("could not interrupt a turn that nobody watches: %s", error)
