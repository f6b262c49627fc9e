"""The runtime's own limit on a thread's tokens: it holds though this program dies.

It is an inner brake, not the account: the runtime counts uncached input and output, in memory, by a
rule that changes between versions, and one that does not know it ignores it. So it lies beyond what
the budget may let through, where the runtime would end a turn that is to wrap up, or to be granted
more. Ephemeral threads have none, since the runtime takes a new limit only when it loads a stored
thread.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .._core.careful_log import CarefulLog
from .._core.deadline import Deadline
from .._turns.budget import Budget
from ..errors import InvalidRequestError, JsonRpcError
from .stopping import RETRY_EVERY

if TYPE_CHECKING:
    from .rpc import AsyncRpc

__all__ = ["AsyncBrake", "brake_limit", "request_braked"]

_log = CarefulLog("openai_codex.budgets")

_FEATURE = "features.rollout_budget"

# In tenths of the budget: a turn that wraps up has two more responses, and a tenth more. What a
# function will grant is not known when the runtime is told its limit, which it does not change
# while a turn runs.
_TENTHS = {"interrupt": 10, "wrap_up": 20}
_TENTHS_OF_A_FUNCTION = 100


def brake_limit(budget: Budget, spent: int) -> int:
    """Return the tokens that the runtime is to let through, after so many that were spent."""
    wanted = budget.on_exceeded
    tenths = _TENTHS_OF_A_FUNCTION if callable(wanted) else _TENTHS[wanted]
    # One more: the runtime stops a turn that takes the very last token, which has kept its budget.
    return (budget.tokens or 0) * tenths // 10 + 1 - spent


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
    def without(self) -> dict[str, Any]:
        """The thread's configuration as the program gave it."""
        return self._own

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

    async def renew(self, wanted: int | None, spent: int) -> None:
        """Let the runtime load the thread again, where the old limit would stop a new budget.

        `wanted` is how many tokens more it is to let through, None for any number.
        """
        rpc = self._rpc()
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


async def request_braked(
    rpc: AsyncRpc, method: str, params: dict[str, Any], brake: AsyncBrake | None
) -> tuple[Any, AsyncBrake | None]:
    """Open a thread with its brake, or without it where the runtime does not know it."""
    try:
        return await rpc.request(method, params), brake
    except InvalidRequestError:
        if brake is None:
            raise
    # An older runtime refuses the setting, in words alone; what it refuses for another reason, it
    # refuses again.
    params["config"] = brake.without  # nor may a restart send it again
    result = await rpc.request(method, params)
    _log.debug("this runtime has no limit of its own on tokens: the budget holds without it")
    return result, None
