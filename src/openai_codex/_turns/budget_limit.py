"""The limit that a budget puts on a turn: its own budget, its thread's or its client's. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from .._core.deadline import Deadline
from ..errors import BudgetExceededError, CodexError, spent_text
from .budget import Allowance, Budget, BudgetRequest
from .limits import Act, Activity, Announce, Consult, Interrupt, Limit, Steer, TurnFacts
from .spend import Spend, spend_of

if TYPE_CHECKING:
    from .._core.account import Account
    from .._core.messages import NotificationLike

__all__ = ["BUDGET_WARNING", "BudgetLimit"]

BUDGET_WARNING = "budget/warning"
"""The method of the event that a stream gets when a share of a limit is spent; it is our own."""

# A model call is sure to follow: the response that was counted last asked for these.
_GO_ON = frozenset(
    {"commandExecution", "fileChange", "dynamicToolCall", "mcpToolCall", "collabAgentToolCall"}
)

# What one response takes more of than anybody knows beforehand.
_BY_RESPONSE = frozenset({"tokens", "output_tokens", "usd"})

# Seconds until a turn looks at its time again that waits for what another one is granted. That
# wakes it, but its reader may sleep for as long as it was told before.
_ANOTHER_ASKS = 1.0


class AccountOf(Protocol):
    """Finds the account that an allowance is held against, given the turn's id."""

    def __call__(self, turn_id: str) -> Account:
        """Return the account."""
        ...


class BudgetLimit(Limit):
    """An allowance, asked whenever something was spent in a turn, or in its sub-agents' turns."""

    methods: ClassVar[frozenset[str]] = frozenset(
        {"turn/started", "thread/tokenUsage/updated", "item/started"}
    )
    counts_all = False
    stops_agents = True
    raises = BudgetExceededError.__name__

    def __init__(self, allowance: Allowance, *, account_of: AccountOf, thread_id: str) -> None:
        self.allowance = allowance
        self._account_of = account_of
        self._thread_id = thread_id
        self.turn_id: str | None = None
        self._goes_on = False
        self._is_changed = False
        self._has_steered = False
        self._responses = 0  # of the agent, since it was told to finish
        self._asked_at: Any = None  # what was spent of the limit that a question is open about
        self._grace: Deadline | None = None
        self._name = "tokens"

    def wake(self) -> None:
        """Ask again: something was spent elsewhere that is held against the same allowance."""
        self._is_changed = True
        if self.look is not None:
            self.look()

    def see(self, event: NotificationLike, *, is_agents: bool) -> None:
        """Take something that was spent, or that shows that more will be."""
        params = event.params
        # Its own turn's first event names it; one of a sub-agent would name the wrong account.
        if self.turn_id is None and not is_agents:
            self.turn_id = _turn_of(params)
        # The report of a response says nothing of that: it comes when its tools are done.
        if event.method != "thread/tokenUsage/updated":
            item = params.get("item")
            self._goes_on = type(item) is dict and str(item.get("type")) in _GO_ON
        elif self._has_steered and not is_agents:
            self._responses += 1
        self._is_changed = True

    def left(self) -> float | None:
        """Return the seconds that are left of the budget's time, or of the grace."""
        waits = [self._seconds_left(), self._grace.left() if self._grace is not None else None]
        return min((each for each in waits if each is not None), default=None)

    def check(self, activity: Activity) -> Act | None:
        """Return what the budget wants done now."""
        account = self.account()
        # Asked after every batch, so it looks at sums only when something was spent, or time is up.
        if account is None or not (self._is_changed or self.left() == 0.0):
            return None
        self._is_changed = False
        counts, seconds = account.counts, account.elapsed()
        near = self.allowance.nears(counts, seconds)
        name = self.allowance.exceeded(counts, seconds, goes_on=self._goes_on)
        if name is not None:
            self._name = name
            return self._act(account)
        return self._announce(near) if near is not None else None

    def done(self, act: Act, outcome: Any) -> str | None:
        """Take what the `on_exceeded` function granted, or that it granted nothing."""
        self._is_changed = True
        if not isinstance(act, Consult):
            return None
        text = self._granted(outcome)
        self.allowance.has_asked()
        return text

    def _granted(self, outcome: Any) -> str | None:
        allowance = self.allowance
        if isinstance(outcome, Budget):
            allowance.grant(outcome)
            # It would be asked again at once, and for ever.
            allowance.is_refused = allowance.would_stop(self._name, self._asked_at)
            return f"{outcome} is spent already: the turn stops" if allowance.is_refused else None
        allowance.is_refused = True
        if outcome is None or isinstance(outcome, BaseException):  # which is logged already
            return None
        return f"on_exceeded must return a Budget or None, got {outcome!r}: the turn stops"

    def error(self, facts: TurnFacts) -> CodexError:
        """Return the BudgetExceededError."""
        return BudgetExceededError(
            budget=self.allowance.budget,
            limit=self._name,
            scope=self.allowance.scope,
            spent=self.spent(),
            result=facts.result,
        )

    def spent(self) -> Spend:
        """Return what is held against the allowance."""
        account = self.account()  # without one, what earlier turns of the same `run` spent is held
        return self.allowance.held(spend_of(account) if account is not None else Spend())

    # --- internals -------------------------------------------------------------------------------

    def account(self) -> Account | None:
        """Return the account that the allowance is held against, None before a turn has begun."""
        if self.allowance.scope == "turn" and self.turn_id is None:
            return None
        return self._account_of(self.turn_id or "")

    def _seconds_left(self) -> float | None:
        account = self.account()
        if account is None or "seconds" not in self.allowance.budget.limits:
            return None
        if self.allowance.has_turned_away(self):
            return _ANOTHER_ASKS
        counts, elapsed = account.counts, account.elapsed()
        # An agent that was told to finish is not looked at again before that has taken too long.
        if self._has_steered:
            return self.allowance.left_to_overdraw(counts, elapsed)
        return max(0.0, float(self.allowance.left("seconds", counts, elapsed)))

    def _act(self, account: Account) -> Act | None:
        wanted = self.allowance.budget.on_exceeded
        unknown = self._name == "usd" and bool(account.counts.unpriced)
        # A price that is not known stops at once: no share of it can be wrapped up within.
        if wanted == "interrupt" or unknown or self.allowance.is_refused:
            return Interrupt()
        # A function has its own time; until it answers, or that is over, the turns go on.
        return self._ask(wanted, account) if callable(wanted) else self._wrap_up(account)

    def _wrap_up(self, account: Account) -> Act | None:
        if self._is_out_of_grace(account):
            return Interrupt()
        if self._has_steered:
            return None
        # Once: an agent that is told at every response spends its last tokens on reading that.
        self._has_steered = True
        self._grace = Deadline(self.allowance.budget.grace)
        return Steer(self._farewell(account))

    def _is_out_of_grace(self, account: Account) -> bool:
        if self._grace is None:
            return False
        overdrawn = self.allowance.overdrawn(account.counts, account.elapsed())
        if not self._has_had_its_say:
            overdrawn -= _BY_RESPONSE
        return self._grace.is_over or bool(overdrawn)

    @property
    def _has_had_its_say(self) -> bool:
        """Whether an agent goes on that was told to finish.

        One response was under way when it was told, and takes more than a tenth of many a budget;
        in the next one it answers.
        """
        return self._responses > 2 or (self._responses == 2 and self._goes_on)

    def _ask(self, function: Callable[[BudgetRequest], Any], account: Account) -> Act | None:
        if not self.allowance.may_ask(self):
            return None  # another turn asks for the same allowance; its answer is for all
        self._asked_at = self.allowance.values(account.counts, account.elapsed())[self._name]
        request = BudgetRequest(
            budget=self.allowance.budget,
            limit=self._name,
            scope=self.allowance.scope,
            spent=self.spent(),
            thread_id=self._thread_id,
            turn_id=self.turn_id or "",
        )
        return Consult(function, request, seconds=self.allowance.budget.grace)

    def _farewell(self, account: Account) -> str:
        left = self.allowance.left_to_finish(self._name, account.counts, account.elapsed())
        unit = {"usd": "US dollars"}.get(self._name, self._name.replace("_", " "))
        return (
            f"The budget for this task is spent. Finish now with your best answer: {left} {unit} "
            "left for it."
        )

    def _announce(self, name: str) -> Announce:
        spent = self.spent()
        scope, budget = self.allowance.scope, self.allowance.budget
        params = {
            "threadId": self._thread_id,
            "turnId": self.turn_id,
            "scope": scope,
            "limit": name,
            "spent": spent.to_dict(),
        }
        return Announce(BUDGET_WARNING, params, spent_text(name, scope, budget, spent))


def _turn_of(params: dict[str, Any]) -> str | None:
    turn = params.get("turn")
    named = params.get("turnId") or (turn.get("id") if type(turn) is dict else None)
    # A review's own turn works for the one that its caller knows.
    root = turn.get("rootTurnId") if type(turn) is dict else None
    return root or named
