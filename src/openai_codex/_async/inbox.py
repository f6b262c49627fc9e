"""Where the runtime's questions arrive; every one of them is answered, by refusal if by nobody."""

from __future__ import annotations

import functools
import logging
import weakref
from typing import TYPE_CHECKING

from .._core.messages import Closed, Question, Settled
from .._drivers.aio import run_in_background
from ..config import AppServerConfig
from ..refusals import METHOD_NOT_FOUND, REFUSALS

if TYPE_CHECKING:
    from .rpc import AsyncRpc

__all__ = ["AsyncInbox"]

_log = logging.getLogger("openai_codex.approvals")


class AsyncInbox:
    """Take questions off the reader and answer them elsewhere."""

    def __init__(self, config: AppServerConfig) -> None:
        self._config = config
        self._rpc: weakref.ref[AsyncRpc] | None = None

    def attach(self, rpc: AsyncRpc) -> None:
        """Learn whose questions these are; weakly, or the connection would keep itself alive."""
        self._rpc = weakref.ref(rpc)

    def put(self, item: Question | Settled | Closed) -> None:
        """Take what the session delivers."""
        if isinstance(item, Question):
            run_in_background(functools.partial(self._refuse, item))

    async def _refuse(self, question: Question) -> None:
        rpc = self._rpc() if self._rpc is not None else None
        if rpc is None:
            return
        refusal = REFUSALS.get(question.method)
        if refusal is None:
            text = f"this client cannot answer {question.method}"
            rpc.driver.refuse(question.id, code=METHOD_NOT_FOUND, message=text)
        else:
            rpc.driver.answer(question.id, refusal)
        _log.warning("declined %s: nobody is there to answer it", question.method)
