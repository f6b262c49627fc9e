"""Sums of what was spent: of a model response, an agent, a turn, a thread, a client. Pure."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

__all__ = ["Account", "Counts", "Price", "Usage", "price_of", "wire_total"]

# In the order of the fields of `Usage`.
_NAMES = (
    "inputTokens",
    "cachedInputTokens",
    "cacheWriteInputTokens",
    "outputTokens",
    "reasoningOutputTokens",
)
# Rollout files spell them as the runtime's own structs do.
_STORED = {
    re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name): name
    for name in (*_NAMES, "totalTokens")
}
_STORED_NAMES = tuple(_STORED)[: len(_NAMES)]


class Usage(NamedTuple):
    """The tokens of one model response.

    `input` includes `cached`, and `output` includes `reasoning`.
    """

    input: int = 0
    cached: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0

    @classmethod
    def of(cls, raw: Any, names: Iterable[str] = _NAMES) -> Usage:
        """Return the usage that a TokenUsageBreakdown tells; what it lacks is 0."""
        if type(raw) is not dict:
            return cls()
        # `type`, because True is an int; a negative count would give back what was spent.
        told = map(raw.get, names)
        return cls(*[count if type(count) is int and count > 0 else 0 for count in told])

    @classmethod
    def of_stored(cls, raw: Any) -> Usage:
        """Return the usage that a record of a rollout file tells."""
        return cls.of(raw, _STORED_NAMES)

    def since(self, before: Usage) -> Usage:
        """Return what was used after `before`, nothing where that is more."""
        return Usage(
            max(0, self.input - before.input),
            max(0, self.cached - before.cached),
            max(0, self.cache_write - before.cache_write),
            max(0, self.output - before.output),
            max(0, self.reasoning - before.reasoning),
        )


def wire_total(stored: Any) -> dict[str, Any] | None:
    """Return the TokenUsageBreakdown of the wire that a rollout file tells, or None."""
    if type(stored) is not dict:
        return None
    return {_STORED[name]: value for name, value in stored.items() if name in _STORED}


Price = Callable[[str | None, str | None, Usage], Decimal | None]
"""The price in US dollars of one response: (model, service tier, usage), or None if unknown."""


def price_of(
    price: Price | None, model: str | None, tier: str | None, usage: Usage
) -> Decimal | None:
    """Return what a price function says, as a Decimal; raises what it raises.

    A number of another type is taken as it reads. Raises TypeError for what is no number, and
    ValueError for one that no response can cost.
    """
    told: Any = None if price is None else price(model, tier, usage)
    if told is None:
        return None
    if type(told) is bool or not isinstance(told, (Decimal, int, float)):
        raise TypeError(f"prices= must return a Decimal or None, got {told!r}")
    # By way of text, as a budget's money: Decimal(0.1) is a little more than what was meant.
    dollars = told if isinstance(told, Decimal) else Decimal(str(told))
    if not dollars.is_finite() or dollars < 0:
        raise ValueError(f"prices= must return an amount of at least 0 US dollars, got {told!r}")
    return dollars


@dataclass(slots=True)
class Counts:
    """Sums of what was spent; `usd` leaves out the responses of the models in `unpriced`."""

    input: int = 0
    cached: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0
    usd: Decimal = Decimal(0)  # thousands of tiny sums: floats would drift away from the bill
    seconds: float = 0.0
    model_calls: int = 0
    commands: int = 0
    tool_calls: int = 0
    unpriced: frozenset[str] = frozenset()

    def add(self, usage: Usage, usd: Decimal | None, model: str | None, *, calls: int = 1) -> None:
        """Count model responses."""
        given, cached, written, output, reasoning = usage  # in one go: it is looked at often
        self.input += given
        self.cached += cached
        self.cache_write += written
        self.output += output
        self.reasoning += reasoning
        self.model_calls += calls
        # One price that is not known makes the sum unknown, and a budget in money must not be held
        # against a sum that is too low.
        name = model or "unknown"
        if usd is not None:
            self.usd += usd
        elif name not in self.unpriced:
            self.unpriced |= {name}

    @property
    def size(self) -> tuple[int, int]:
        """Which of two sums tells more: its tokens, then its model calls."""
        return self.input + self.output, self.model_calls

    def include(self, other: Counts) -> None:
        """Add all that `other` has."""
        usage = Usage(other.input, other.cached, other.cache_write, other.output, other.reasoning)
        self.add(usage, other.usd, None, calls=other.model_calls)
        self.seconds += other.seconds
        self.commands += other.commands
        self.tool_calls += other.tool_calls
        self.unpriced |= other.unpriced


class Account:
    """What one root turn, one thread or one client spent, and the same by the agents' threads."""

    __slots__ = ("_seen", "by_agent", "clock", "counts", "running", "tier")

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.counts = Counts()
        self.by_agent: dict[str, Counts] = {}
        self.running: dict[str, tuple[str, float, bool]] = {}
        """The turns that run now: their thread, when they began, and whether they are roots."""
        self.tier: str | None = None
        """The service tier of a turn, where it is not its thread's."""
        self.clock = clock
        # By both ids: that of an item need only be its own within its turn.
        self._seen: set[tuple[str, str]] = set()

    def agent(self, thread_id: str) -> Counts:
        """Return the sums of one agent."""
        # Both: to make sums with each look costs, and of two threads that make them one may win.
        return self.by_agent.get(thread_id) or self.by_agent.setdefault(thread_id, Counts())

    def add(
        self, agent: str, usage: Usage, usd: Decimal | None, model: str | None, *, calls: int = 1
    ) -> None:
        """Count model responses of one agent."""
        self.counts.add(usage, usd, model, calls=calls)
        self.agent(agent).add(usage, usd, model, calls=calls)

    def count(self, agent: str, what: str) -> None:
        """Count one of the `commands` or `tool_calls` of one agent."""
        for counts in (self.counts, self.agent(agent)):
            setattr(counts, what, getattr(counts, what) + 1)

    def elapsed(self) -> float:
        """Return the seconds that its root turns took, with those that still run."""
        now = self.clock()
        # A copy, which one step makes: a turn's reader asks for the time that is left on a thread
        # of its own, while the reader of the runtime notes turns that begin and end.
        running = list(self.running.values())
        return self.counts.seconds + sum(now - began for _, began, is_root in running if is_root)

    def is_new(self, turn_id: str, item_id: str) -> bool:
        """Tell whether an item begins for the first time: a retried response repeats its items."""
        key = (turn_id, item_id)
        if key in self._seen:
            return False
        self._seen.add(key)
        return True
