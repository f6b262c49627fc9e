"""The runtime's own limit on a thread's tokens: it holds though this program dies.

It is an inner brake, not the account: the runtime counts uncached input and output, in memory, by a
rule that changes between versions, and one that does not know it ignores it. Ephemeral threads have
none, since the runtime takes a new limit only when it loads a stored thread.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .._core.careful_log import CarefulLog
from .._core.deadline import Deadline
from .._turns.budget import Budget
from ..errors import JsonRpcError
from .stopping import RETRY_EVERY

if TYPE_CHECKING:
    from .rpc import AsyncRpc

__all__ = ["AsyncBrake"]

_log = CarefulLog("openai_codex.budgets")

_FEATURE = "features.rollout_budget"


class AsyncBrake:
    """The brake of one thread: the limit that the runtime was given, and how it is renewed."""

    def __init__(self, config: Mapping[str, Any], *, limit: int, spent: int) -> None:
        self._own = dict(config)  # what the program gave, which a reload must not lose
        self._limit = limit
        self._before = spent
        self._rpc: Callable[[], AsyncRpc | None] = lambda: None
        self._thread_id = ""

    def attach(self, rpc: AsyncRpc, thread_id: str) -> None:
        """Learn whose brake it is."""
        self._rpc = weakref.ref(rpc)
        self._thread_id = thread_id

    @property
    def config(self) -> dict[str, Any]:
        """The thread's configuration with the brake; a program's own setting of it wins."""
        if not self._limit:
            return self._own
        feature = {
            "enabled": True,
            "limit_tokens": self._limit,
            "reminder_at_remaining_tokens": [],
            "sampling_token_weight": 1.0,
            "prefill_token_weight": 1.0,
        }
        return {_FEATURE: feature, **self._own}

    def for_the_rest(self, spent: int) -> dict[str, Any]:
        """Return the configuration with a brake for what is left of the limit, at least a token."""
        if self._limit:
            self._limit, self._before = max(self._before + self._limit - spent, 1), spent
        return self.config

    async def renew(self, budget: Budget | None, spent: int) -> None:
        """Let the runtime load the thread again, where the old limit would stop a new budget."""
        rpc = self._rpc()
        wanted = budget.tokens if budget is not None else None
        left = self._before + self._limit - spent
        # What the runtime allows is more than the new budget, which this program holds by itself.
        if rpc is None or (wanted is not None and left >= wanted):
            return
        if not await self._is_idle(rpc):
            text = "thread %s is running: its runtime keeps the old limit"
            _log.warning(text, self._thread_id, extra={"thread_id": self._thread_id})
            return
        self._limit, self._before = wanted or 0, spent
        try:
            await self._reload(rpc)
        except JsonRpcError as error:  # it has no turn yet, so nothing of its limit is used up
            ids = {"thread_id": self._thread_id}
            _log.debug("thread %s keeps its brake: %s", self._thread_id, error, extra=ids)

    async def _is_idle(self, rpc: AsyncRpc) -> bool:
        """Tell whether nothing runs in the thread; a turn that was just stopped takes a moment."""
        deadline = Deadline(rpc.config.interrupt_timeout)
        while rpc.locked(lambda session: session.ledger.running_turns(self._thread_id)):
            if deadline.is_over:
                return False
            await rpc.pause(RETRY_EVERY)
        return True

    async def _reload(self, rpc: AsyncRpc) -> None:
        named = {"threadId": self._thread_id}
        # By way of the archive, which makes the runtime let go of the thread at once.
        await rpc.request("thread/archive", named)
        await rpc.request("thread/unarchive", named)
        params = {**named, "excludeTurns": True, "config": self.config}
        await rpc.request("thread/resume", params)
