"""`Budget`: how much may be spent, and what happens when it is. Pure.

A budget is what the program asks for. An `Allowance` is a budget at work: it belongs to one turn,
one thread or one client, remembers what had been spent before it, and grows when more is granted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, Protocol

from .._checks import check_count, check_kind, checked_bound, checked_seconds
from .spend import Spend

if TYPE_CHECKING:
    from datetime import timedelta

    from .._core.account import Counts

__all__ = ["Allowance", "Budget", "BudgetRequest", "OnUsageLimit"]

Scope = Literal["turn", "goal", "thread", "client"]

OnUsageLimit = Literal["raise", "wait"]
"""What a client does when the account's usage limit is reached."""


@dataclass(frozen=True)
class BudgetRequest:
    """What an `on_exceeded` function is asked: which limit was reached, and what was spent of it.

    `budget` is what may be spent, with all that was granted before; `spent` is held against it.
    """

    budget: Budget
    limit: str
    scope: Scope
    spent: Spend
    thread_id: str
    turn_id: str


OnExceeded = Literal["interrupt", "wrap_up"] | Callable[[BudgetRequest], Any]


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Limits on what a turn, a thread or a client may spend, its sub-agents included.

    tokens         input and output tokens together
    output_tokens  output tokens alone
    usd            US dollars, as a Decimal, an int, a float or a string; needs prices
    seconds        the time that turns take, in seconds or as a timedelta
    model_calls    responses of the model
    commands       shell commands
    tool_calls     calls of Python and MCP tools
    warn_at        the share of a limit at which one warning is logged; None for none
    on_exceeded    "interrupt", "wrap_up", or a function
    grace          seconds that a turn has to wrap up, or that the function has to decide

    The narrowest limit that is reached acts. "interrupt" stops the turn and its sub-agents' turns.
    "wrap_up" first tells the agent to finish, once, and interrupts `grace` seconds later, or when
    a tenth more than the limit is spent, of calls at least two, and never before the agent had two
    responses to answer in. A function, plain or async, gets a
    `BudgetRequest` and returns a `Budget` of what is granted on top, or None; while it decides the
    turn goes on. A grant that is spent already, and None, stop all turns that the budget holds for.
    Raises ValueError or TypeError for limits that cannot be.
    """

    tokens: int | None = None
    output_tokens: int | None = None
    usd: Decimal | None = None
    seconds: float | None = None
    model_calls: int | None = None
    commands: int | None = None
    tool_calls: int | None = None
    warn_at: float | None = 0.8
    on_exceeded: OnExceeded = "interrupt"
    grace: float = 60.0

    if TYPE_CHECKING:  # what may be given is more than what is kept

        def __init__(
            self,
            *,
            tokens: int | None = None,
            output_tokens: int | None = None,
            usd: Decimal | float | str | None = None,
            seconds: float | timedelta | None = None,
            model_calls: int | None = None,
            commands: int | None = None,
            tool_calls: int | None = None,
            warn_at: float | None = 0.8,
            on_exceeded: OnExceeded = "interrupt",
            grace: float | timedelta = 60.0,
        ) -> None: ...

    def __post_init__(self) -> None:
        for name in _COUNTED:
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        # Frozen, so that a budget can be shared: what was given is put into one form here, and here
        # alone.
        object.__setattr__(self, "usd", _dollars(self.usd))
        object.__setattr__(self, "seconds", checked_seconds("seconds", self.seconds))
        object.__setattr__(self, "grace", checked_bound("grace", self.grace))
        # A budget without a limit would hold for nothing, and look as if it did.
        if not self.limits:
            raise ValueError(f"a budget needs a limit: give one of {', '.join(_LIMITS)}")
        _check_share(self.warn_at)
        if self.on_exceeded not in ("interrupt", "wrap_up") and not callable(self.on_exceeded):
            raise ValueError('on_exceeded must be "interrupt", "wrap_up" or a function')

    @property
    def limits(self) -> Mapping[str, Any]:
        """The limits that are set, by name."""
        return {name: value for name in _LIMITS if (value := getattr(self, name)) is not None}

    def __repr__(self) -> str:
        limits = ", ".join(f"{name}={value}" for name, value in self.limits.items())
        return f"Budget({limits})"


class Wakes(Protocol):
    """What looks at an allowance again when it is woken."""

    def wake(self) -> None:
        """Look again."""


class Allowance:
    """A budget at work in one turn, goal, thread or client; `before` is not held against it."""

    def __init__(self, budget: Budget, *, scope: Scope, before: Spend | None = None) -> None:
        self.budget = budget
        """What may be spent, with all that was granted on top."""
        self.scope: Scope = scope
        self.has_warned = False
        self.is_exhausted = False  # and all turns that share it have been woken
        self._is_asking = threading.Lock()  # one question at a time, for all turns that share it
        self._turned_away: set[Wakes] = set()
        self.is_refused = False  # nothing more is granted, to none of those turns
        self._limits = dict(budget.limits)
        self._before = Spend() if before is None else before
        self._carried = Spend()

    def grant(self, more: Budget) -> None:
        """Add limits to those that are set; a limit that was not set stays unset."""
        granted = {name: value for name, value in more.limits.items() if name in self._limits}
        sums = {name: self._limits[name] + value for name, value in granted.items()}
        self.budget = replace(self.budget, **sums)
        self._limits = dict(self.budget.limits)
        # What was granted is warned of as well, and wakes those that share it when it is gone.
        self.has_warned = self.is_exhausted = False

    def may_ask(self, asker: Wakes) -> bool:
        """Tell whether this turn may ask for more, and nobody else until `has_asked`."""
        # Noted first: a question that is answered in between wakes it, or has let it in.
        self._turned_away.add(asker)
        if not self._is_asking.acquire(blocking=False):
            return False
        self._turned_away.discard(asker)
        return True

    def has_asked(self) -> None:
        """Let the next turn ask; those that had to wait look at what came of this question."""
        self._is_asking.release()
        # In single steps, and of one set: a turn may be turned away on another thread meanwhile.
        waiting = list(self._turned_away)
        self._turned_away.difference_update(waiting)
        for each in waiting:
            each.wake()

    def has_turned_away(self, asker: Wakes) -> bool:
        """Tell whether this turn waits for the answer to another one's question."""
        return asker in self._turned_away

    def charge(self, spent: Spend) -> None:
        """Hold what was spent elsewhere against it as well."""
        self._carried += spent

    def held(self, spent: Spend) -> Spend:
        """Return what of an account is held against it."""
        return spent.since(self._before) + self._carried

    def values(self, counts: Counts, seconds: float) -> dict[str, Any]:
        """Return what is held against each limit that is set."""
        spent = _values(counts, seconds)
        return {name: spent[name] + self._shift(name) for name in self._limits}

    def left(self, name: str, counts: Counts, seconds: float) -> Any:
        """Return what is left of one limit, or None where it is not set."""
        limit = self._limits.get(name)
        return None if limit is None else limit - self.values(counts, seconds)[name]

    def exceeded(self, counts: Counts, seconds: float, *, goes_on: bool) -> str | None:
        """Return the name of the limit that is passed, or that is reached while the turn goes on.

        A turn that ends with the very last token of its budget has kept it.
        """
        if counts.unpriced and "usd" in self._limits:
            return "usd"
        values = self.values(counts, seconds)
        return next((each for each in values if self._is_over(each, values[each], goes_on)), None)

    def would_stop(self, name: str, value: Any) -> bool:
        """Tell whether a turn that goes on has to stop with so much spent of one limit."""
        return self._is_over(name, value, goes_on=True)

    def is_spent(self, counts: Counts, seconds: float) -> str | None:
        """Return the name of a limit of which nothing is left for another turn."""
        if counts.unpriced and "usd" in self._limits:
            return "usd"
        values = self.values(counts, seconds)
        # A single turn may be told to run no command at all, and still has all else to spend.
        passed: frozenset[str] = _PASSED if self.scope == "turn" else frozenset()
        names = (name for name in self._limits if name not in passed)
        return next((name for name in names if values[name] >= self._limits[name]), None)

    def nears(self, counts: Counts, seconds: float) -> str | None:
        """Return the name of a limit whose share of `warn_at` is spent, once."""
        name = self.near(counts, seconds)
        self.has_warned = self.has_warned or name is not None
        return name

    def near(self, counts: Counts, seconds: float) -> str | None:
        """Return what `nears` would, and leave it to that."""
        share = self.budget.warn_at
        if share is None or self.has_warned:
            return None
        values = self.values(counts, seconds)
        shares = {name: share * float(limit) for name, limit in self._limits.items()}
        return next((name for name in shares if float(values[name]) >= shares[name]), None)

    def left_to_finish(self, name: str, counts: Counts, seconds: float) -> str:
        """Return how much of a limit is left for wrapping up: what `overdrawn` lets pass."""
        # Rounded down, and never below zero: an agent can do nothing about what is overdrawn.
        left = max(0.0, self._most(name) - float(self.values(counts, seconds)[name]))
        return f"{left:.2f}" if name in ("usd", "seconds") else f"{int(left)}"

    def overdrawn(self, counts: Counts, seconds: float) -> frozenset[str]:
        """Return the limits of which more is spent than wrapping up may take."""
        values = self.values(counts, seconds)
        return frozenset(name for name in self._limits if float(values[name]) > self._most(name))

    def left_to_overdraw(self, counts: Counts, seconds: float) -> float:
        """Return the seconds that wrapping up may still take of a limit of time."""
        return max(0.0, self._most("seconds") - float(self.values(counts, seconds)["seconds"]))

    def _most(self, name: str) -> float:
        """Return what may be spent with wrapping up: a tenth more, or two more calls."""
        limit = float(self._limits[name])
        # Of few calls a tenth is none: one may be under way, and the answer takes the next.
        return max(1.1 * limit, limit + 2) if name in _CALLS else 1.1 * limit

    def _shift(self, name: str) -> Any:
        # An unknown amount of money counts nothing here: it has stopped the turn already.
        return (getattr(self._carried, name) or 0) - (getattr(self._before, name) or 0)

    def _is_over(self, name: str, value: Any, goes_on: bool) -> bool:
        limit = self._limits[name]
        return bool(value > limit or (value == limit and goes_on and name not in _PASSED))


_COUNTED = ("tokens", "output_tokens", "model_calls", "commands", "tool_calls")
_LIMITS = ("tokens", "output_tokens", "usd", "seconds", "model_calls", "commands", "tool_calls")
_CALLS = frozenset({"model_calls", "commands", "tool_calls"})
# Their item has begun when it is counted: one more than allowed is what must not be.
_PASSED = frozenset({"commands", "tool_calls"})
assert {each.name for each in fields(Budget)} >= set(_LIMITS)


def _values(counts: Counts, seconds: float) -> dict[str, Any]:
    return {
        "tokens": counts.input + counts.output,
        "output_tokens": counts.output,
        "usd": counts.usd,
        "seconds": seconds,
        "model_calls": counts.model_calls,
        "commands": counts.commands,
        "tool_calls": counts.tool_calls,
    }


def _dollars(value: Any) -> Decimal | None:
    if value is None:
        return None
    check_kind("usd", value, Decimal, int, float, str)
    try:
        # By way of text: Decimal(0.1) is a little more than the dime that was meant.
        dollars = Decimal("nan" if isinstance(value, bool) else str(value))
    except ArithmeticError:  # not a number
        dollars = Decimal("nan")
    if not dollars.is_finite() or dollars < 0:
        raise ValueError(f"usd must be an amount of at least 0 US dollars, got {value!r}")
    return dollars


def _check_share(share: Any) -> None:
    if share is None:
        return
    check_kind("warn_at", share, int, float)
    if isinstance(share, bool) or not 0 < share <= 1:
        raise ValueError(f"warn_at must be more than 0 and at most 1, or None; got {share!r}")
