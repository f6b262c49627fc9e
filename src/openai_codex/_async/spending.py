"""What one client spends, and the budgets that hold for its turns: joins the ledger to the limits.

A turn that a caller of ours started is stopped by the limits that its watch asks. A turn that
nobody here started - a goal's, the queue's, another client's - has no watch: it is stopped here.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .._checks import check_callable, check_kind
from .._core.account import Account, Counts, Usage, price_of
from .._core.careful_log import CarefulLog
from .._drivers.aio import run_handler, run_in_background
from .._drivers.usage_history import read_usage_history
from .._turns.budget import Allowance, Budget
from .._turns.budget_limit import BudgetLimit
from .._turns.limits import Limit
from .._turns.spend import Spend, spend_of
from ..errors import BudgetExceededError, CodexError, UnknownPriceError, spent_text
from .brake import AsyncBrake, brake_limit
from .stopping import interrupt_tree
from .usage_limits import AsyncUsageLimits

if TYPE_CHECKING:
    from .._core.account import Price
    from .._core.ledger import Ledger
    from .._core.session import Session
    from .rpc import AsyncRpc

__all__ = ["AsyncSpending"]

_log = CarefulLog("openai_codex.budgets")


class AsyncSpending:
    """The accounts and the allowances of one client."""

    def __init__(
        self,
        budget: Budget | None = None,
        prices: Price | None = None,
        *,
        usage_limits: AsyncUsageLimits | None = None,
    ) -> None:
        check_kind("budget", budget, Budget)
        check_callable("prices", prices)
        self.prices = prices
        self.usage_limits = usage_limits or AsyncUsageLimits("raise", None, None)
        self._client = Allowance(budget, scope="client") if budget is not None else None
        self._threads: dict[str, Allowance] = {}
        self._brakes: dict[str, AsyncBrake] = {}
        # Weak: a limit goes with its turn, and a long life starts thousands of them. A plain set,
        # which is copied in one step: turns start on any thread while the reader looks here.
        self._limits: set[weakref.ref[BudgetLimit]] = set()
        # Weak: the connection's inbox and turns lead back here, and a client that nobody closed
        # must still be collected, or its runtime would outlive it.
        self._rpc: Callable[[], AsyncRpc | None] = lambda: None
        if budget is not None:
            self._price_for(budget)

    def attach(self, rpc: AsyncRpc) -> None:
        """Count what this connection spends."""
        self._rpc = weakref.ref(rpc)
        rpc.locked(self._join)

    def _join(self, session: Session) -> None:
        session.ledger.price = self.prices
        session.ledger.on_spent = self._on_spent

    # --- what was spent --------------------------------------------------------------------------

    def of_client(self) -> Spend:
        """Return what all turns of this client spent."""
        return self._read(lambda ledger: spend_of(ledger.total))

    def of_thread(self, thread_id: str) -> Spend:
        """Return what the turns of one thread spent."""
        return self._read(lambda ledger: spend_of(ledger.of_thread(thread_id)))

    def of_turn(self, turn_id: str) -> Spend:
        """Return what one turn has spent so far."""
        return self._read(lambda ledger: spend_of(ledger.of_turn(turn_id)))

    def _read(self, look: Any) -> Spend:
        rpc = self._rpc()
        if rpc is None:
            return Spend()
        spend: Spend = rpc.locked(lambda session: look(session.ledger))
        return spend

    # --- what may be spent -----------------------------------------------------------------------

    def allowance(self, budget: Budget | None) -> Allowance | None:
        """Return a budget at work in one `run`, or None."""
        check_kind("budget", budget, Budget)
        if budget is None:
            return None
        self._price_for(budget)
        return Allowance(budget, scope="turn")

    def goal_allowance(self, thread_id: str, budget: Budget | None) -> Allowance | None:
        """Return a budget at work in a goal: what its thread spends from now on counts."""
        check_kind("budget", budget, Budget)
        if budget is None:
            return None
        self._price_for(budget)
        return Allowance(budget, scope="goal", before=self.of_thread(thread_id))

    def carry(self, allowance: Allowance | None, turn_id: str) -> None:
        """Hold what a turn spent against the allowance of the turns that follow in one `run`."""
        if allowance is not None:
            allowance.charge(self.of_turn(turn_id))

    def limit_thread(self, thread_id: str, budget: Budget | None, *, from_now: bool) -> None:
        """Let a budget hold for a thread: for all that it spent, or for what it spends from now."""
        if budget is None:
            self._threads.pop(thread_id, None)
            return
        self._price_for(budget)
        before = self.of_thread(thread_id) if from_now else None
        self._threads[thread_id] = Allowance(budget, scope="thread", before=before)

    def share_account(self, thread_id: str, heir_id: str) -> None:
        """Count what a thread spent as spent by the one that is to go on in its place, too."""
        rpc = self._rpc()
        if rpc is not None:
            rpc.locked(lambda session: session.ledger.hand_over(thread_id, heir_id))

    def hand_over(self, thread_id: str, heir_id: str) -> None:
        """Let the budget of a thread hold for the one that goes on in its place."""
        allowance = self._threads.pop(thread_id, None)
        if allowance is not None:
            self._threads[heir_id] = allowance
        self.keep_brake(heir_id, self._brakes.pop(thread_id, None))

    async def recall(self, path: str | None, thread_id: str) -> None:
        """Take up what a stored thread and its sub-agents had spent, where its file is at hand."""
        rpc = self._rpc()
        if rpc is None or path is None:
            return
        priced = rpc.driver.session.ledger.priced
        read = functools.partial(_read_history, priced)
        # On a thread: rollouts may have hundreds of megabytes, and the loop has others to serve.
        counts, by_agent, total = await run_handler(read, path, seconds=None, settled=None)
        rpc.locked(lambda session: session.ledger.history(thread_id, counts, by_agent, total=total))

    async def set_thread(self, thread_id: str, budget: Budget | None) -> None:
        """Give a thread a new budget, from now on, and its brake with it."""
        check_kind("budget", budget, Budget)
        self.limit_thread(thread_id, budget, from_now=True)
        has_tokens = budget is not None and budget.tokens is not None
        wanted = brake_limit(budget, 0) if budget is not None and has_tokens else None
        await self._renew_brake(thread_id, wanted)

    async def _renew_brake(self, thread_id: str, wanted: int | None) -> None:
        brake = self._brakes.get(thread_id)
        if brake is not None:
            await brake.renew(wanted, self.of_thread(thread_id).tokens)

    async def brake_resumed(
        self, thread_id: str, params: dict[str, Any], budget: Budget
    ) -> AsyncBrake | None:
        """Do what `brake` does for a thread that is resumed, whose old brake may be in its way."""
        spent = self.of_thread(thread_id).tokens
        wanted = brake_limit(budget, spent) if budget.tokens is not None else None
        # A thread that is resumed while it is loaded keeps the limit that it has: renew that first.
        if wanted is None or wanted > 1:
            await self._renew_brake(thread_id, wanted)
        return self.brake(params, budget, spent)

    def brake(self, params: dict[str, Any], budget: Budget, spent: int) -> AsyncBrake | None:
        """Put the runtime's own brake into a thread's params, for what is left of its tokens."""
        left = brake_limit(budget, spent)
        if budget.tokens is None or left <= 1 or params.get("ephemeral"):
            return None
        brake = AsyncBrake(params.get("config") or {}, limit=left, spent=spent)
        params["config"] = brake.config
        return brake

    def keep_brake(self, thread_id: str, brake: AsyncBrake | None) -> None:
        """Remember a thread's brake, which a new budget has to renew."""
        rpc = self._rpc()
        if brake is not None and rpc is not None:
            brake.attach(rpc, thread_id)
            self._brakes[thread_id] = brake

    def brake_again(self, thread_id: str) -> dict[str, Any] | None:
        """Return a thread's configuration with its brake, for a runtime that counts from zero."""
        brake = self._brakes.get(thread_id)
        return brake.for_the_rest(self.of_thread(thread_id).tokens) if brake is not None else None

    def limits(
        self,
        thread_id: str,
        own: Allowance | None,
        *,
        model: str | None = None,
        tier: str | None = None,
        check: bool = True,
    ) -> list[Limit]:
        """Return the limits of a turn that is about to start: its own, its thread's, the client's.

        `model` and `tier` are those of the turn, where they are not the thread's.
        Raises BudgetExceededError where nothing is left, UnknownPriceError where money cannot be
        counted; without `check`, for a turn that runs already, it is stopped for them instead.
        """
        if own is None and not self._threads and self._client is None:
            return []
        found = [own, self._threads.get(thread_id), self._client]
        limits = [self._limit(each, thread_id) for each in found if each is not None]
        if check:
            for limit in limits:
                self._check_left(limit)
            # Before the turn: a budget in money that nobody can count would hold for nothing.
            if any("usd" in limit.allowance.budget.limits for limit in limits):
                self._check_price(thread_id, model, tier)
        self._limits.update(weakref.ref(each, self._limits.discard) for each in limits)
        return list(limits)

    def _limit(self, allowance: Allowance, thread_id: str) -> BudgetLimit:
        def account_of(turn_id: str) -> Account:
            rpc = self._rpc()
            if rpc is None:
                return Account()
            # Without the lock: the limits of a turn ask on the reader, which holds it.
            return _account_in(rpc.driver.session.ledger, allowance, thread_id, turn_id)

        return BudgetLimit(allowance, account_of=account_of, thread_id=thread_id)

    def _check_left(self, limit: BudgetLimit) -> None:
        allowance = limit.allowance
        account = limit.account() or Account()  # of a turn that has not begun
        name = allowance.is_spent(account.counts, account.elapsed())
        if name is not None:
            raise BudgetExceededError(
                budget=allowance.budget,
                limit=name,
                scope=allowance.scope,
                spent=limit.spent(),
                result=None,
            )

    def _check_price(self, thread_id: str, model: str | None, tier: str | None) -> None:
        known, known_tier = self._account(lambda ledger: ledger.model_of(thread_id))
        model, tier = model or known, tier or known_tier
        # Asked about a response of one token each: all that matters is whether there is a price.
        if price_of(self.prices, model, tier, Usage(input=1, output=1)) is None:
            raise UnknownPriceError(model)

    def _price_for(self, budget: Budget) -> None:
        """Take the catalogue's prices for a budget in money, where the program gave none."""
        if self.prices is not None or "usd" not in budget.limits:
            return
        from ..prices import catalogue_prices

        self.prices = catalogue_prices()
        rpc = self._rpc()
        if rpc is not None:
            rpc.locked(self._join)

    def _account(self, look: Any) -> Any:
        rpc = self._rpc()
        if rpc is None:
            raise CodexError("not started yet: enter `async with`, or await any call first")
        return rpc.locked(lambda session: look(session.ledger))

    # --- turns without a watch -------------------------------------------------------------------

    def _on_spent(self, thread_id: str, turn_id: str) -> None:
        """Look whether turns must stop that see no event of this one. Called on the reader."""
        shared = [each for each in (self._threads.get(thread_id), self._client) if each is not None]
        rpc = self._rpc() if shared else None
        if rpc is None:
            return
        ledger = rpc.driver.session.ledger
        is_watched = self._is_watched(turn_id)
        for allowance in shared:
            account = _account_in(ledger, allowance, thread_id, turn_id)
            counts, seconds = account.counts, account.elapsed()
            if not allowance.is_exhausted and allowance.exceeded(counts, seconds, goes_on=False):
                allowance.is_exhausted = True
                # Beside the reader: the other turns' limits steer, and ask the program.
                run_in_background(functools.partial(self._wake_all, allowance))
            if is_watched:
                continue
            if allowance.is_spent(counts, seconds):
                run_in_background(functools.partial(self._stop, thread_id, turn_id))
                return
            if allowance.near(counts, seconds) is not None:
                run_in_background(functools.partial(self._warn, allowance, thread_id, turn_id))

    def _is_watched(self, turn_id: str) -> bool:
        """Tell whether a turn has limits of its own, which stop it with an error for its caller."""
        return any(limit.turn_id == turn_id for limit in self._living())

    def _living(self) -> list[BudgetLimit]:
        """Return the limits of all turns that are held, on whichever thread others start."""
        return [limit for each in list(self._limits) if (limit := each()) is not None]

    async def _wake_all(self, allowance: Allowance) -> None:
        """Let every turn look that shares an allowance of which nothing is left."""
        for limit in self._living():
            if limit.allowance is allowance:
                limit.wake()

    async def _warn(self, allowance: Allowance, thread_id: str, turn_id: str) -> None:
        """Warn of a turn that nobody reads who could be told by an event."""
        rpc = self._rpc()
        text = rpc and rpc.locked(
            lambda session: self._warning(session.ledger, allowance, thread_id, turn_id)
        )
        if text is not None:
            ids = {"thread_id": thread_id, "turn_id": turn_id}
            _log.warning("turn %s: %s", turn_id, text, extra=ids)

    def _warning(
        self, ledger: Ledger, allowance: Allowance, thread_id: str, turn_id: str
    ) -> str | None:
        account = _account_in(ledger, allowance, thread_id, turn_id)
        if self._is_watched(turn_id):
            return None
        name = allowance.nears(account.counts, account.elapsed())
        if name is None:
            return None
        spent = allowance.held(spend_of(account))
        return spent_text(name, allowance.scope, allowance.budget, spent)

    async def _stop(self, thread_id: str, turn_id: str) -> None:
        rpc = self._rpc()
        # Once more, when the reader is done with what came at once: the limits of a turn see its
        # events after the ledger, and may not have known their turn yet.
        if rpc is None or rpc.locked(lambda _: self._is_watched(turn_id)):
            return
        ids = {"thread_id": thread_id, "turn_id": turn_id}
        text = "the budget is spent: stopping turn %s, which no caller started"
        _log.warning(text, turn_id, extra=ids)
        rpc.witness.stopped(turn_id, BudgetExceededError.__name__)
        try:
            await interrupt_tree(rpc, thread_id, turn_id)
            await self._pause_goal(rpc, thread_id)
        except CodexError as error:
            _log.warning("could not stop turn %s: %s", turn_id, error, extra=ids)

    async def _pause_goal(self, rpc: AsyncRpc, thread_id: str) -> None:
        """Pause the thread's goal, if any: it would start the next turn by itself."""
        reply = await rpc.request("thread/goal/get", {"threadId": thread_id})
        goal = reply.get("goal") if isinstance(reply, dict) else None
        if isinstance(goal, dict) and goal.get("status") == "active":
            params = {"threadId": thread_id, "status": "paused"}
            await rpc.request("thread/goal/set", params)


def _read_history(
    priced: Callable[[str | None, str | None, Usage], Decimal | None], path: str
) -> tuple[Counts, dict[str, Counts], dict[str, Any] | None]:
    """Return the sums of a stored thread, by agent too, and its total as its file has it."""
    history = read_usage_history(path)
    account = Account()
    for agent, model, usage in history.responses:
        account.add(agent, usage, priced(model, None, usage), model)
    for agent, what in history.calls:
        account.count(agent, what)
    for agent, seconds in history.seconds.items():
        account.agent(agent).seconds += seconds
    account.counts.seconds = history.seconds.get(history.thread_id, 0.0)
    return account.counts, account.by_agent, history.total


def _account_in(ledger: Ledger, allowance: Allowance, thread_id: str, turn_id: str) -> Account:
    """Return the account that an allowance is held against."""
    if allowance.scope == "turn":
        return ledger.of_turn(turn_id)
    return ledger.total if allowance.scope == "client" else ledger.of_thread(thread_id)
