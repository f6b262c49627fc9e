"""What a connection needs of the accounts and budgets of its client; `spending` has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .._turns.budget import Allowance, Budget
    from .._turns.limits import Limit
    from .._turns.spend import Spend
    from .usage_limits import AsyncUsageLimits

__all__ = ["AsyncAccounts"]


class AsyncAccounts(Protocol):
    """The sums of a client, and the limits that its budgets put on a turn."""

    usage_limits: AsyncUsageLimits

    def of_thread(self, thread_id: str) -> Spend:
        """Return what the turns of one thread spent."""
        ...

    def of_turn(self, turn_id: str) -> Spend:
        """Return what one turn has spent so far."""
        ...

    def allowance(self, budget: Budget | None) -> Allowance | None:
        """Return a budget at work in one `run`, or None."""
        ...

    def carry(self, allowance: Allowance | None, turn_id: str) -> None:
        """Hold what a turn spent against the turns that follow in one `run`."""

    def goal_allowance(self, thread_id: str, budget: Budget | None) -> Allowance | None:
        """Return a budget at work in a goal, or None."""
        ...

    def limits(
        self,
        thread_id: str,
        own: Allowance | None,
        *,
        model: str | None = None,
        tier: str | None = None,
        check: bool = True,
    ) -> list[Limit]:
        """Return the limits of a turn that is about to start."""
        ...

    def brake_again(self, thread_id: str) -> dict[str, Any] | None:
        """Return a thread's configuration with its brake, for a runtime that counts from zero."""
        ...

    def share_account(self, thread_id: str, heir_id: str) -> None:
        """Count what a thread spent as spent by the one that is to go on in its place, too."""
        ...

    def hand_over(self, thread_id: str, heir_id: str) -> None:
        """Let the budget of a thread hold for the one that goes on in its place."""

    async def set_thread(self, thread_id: str, budget: Budget | None) -> None:
        """Give a thread a new budget, from now on."""
